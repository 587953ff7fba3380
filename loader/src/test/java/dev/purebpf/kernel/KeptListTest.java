package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

class KeptListTest {
    private final List<String> read = new ArrayList<>();

    private String read(String file) {
        read.add(file);
        return "list of " + file;
    }

    @Test
    void eachFileIsReadOnceUntilThereAreOtherModules() throws IOException {
        KeptList<String> kept = new KeptList<>(_ -> true);
        try (var kernel = new FakeKernel().file("/proc/modules", "dummy 1 0 - Live 0x1\n")) {
            assertEquals(Optional.empty(), kept.known(kernel, "a"));
            assertEquals("list of a", kept.load(kernel, "a", this::read));
            assertEquals("list of a", kept.load(kernel, "a", this::read));
            assertEquals(Optional.of("list of a"), kept.known(kernel, "a"));
            assertEquals(Optional.empty(), kept.known(kernel, "b"));
            assertEquals(List.of("a"), read);
            assertEquals("list of b", kept.load(kernel, "b", this::read));
            assertEquals(List.of("a", "b"), read);
            kernel.file("/proc/modules", "dummy 1 0 - Unloading 0x1\n");
            assertEquals("list of b", kept.load(kernel, "b", this::read));
            assertEquals(List.of("a", "b", "b"), read);
        }
    }

    @Test
    void whatMayNotBeKeptIsReadEachTime() throws IOException {
        KeptList<String> kept = new KeptList<>(list -> !list.endsWith("a"));
        try (var kernel = new FakeKernel()) {
            kept.load(kernel, "a", this::read);
            kept.load(kernel, "a", this::read);
            assertEquals(List.of("a", "a"), read);
        }
    }

    @Test
    void linesOfAnotherFormAreComparedAsTheyAre() throws IOException {
        KeptList<String> kept = new KeptList<>(_ -> true);
        for (String modules : List.of("", "\n", "dummy", "dummy 1", "dummy 1 0", "dummy 1 0 -")) {
            read.clear();
            try (var kernel = new FakeKernel().file("/proc/modules", modules)) {
                kept.load(kernel, "a", this::read);
                kept.load(kernel, "a", this::read);
                assertEquals(List.of("a"), read, modules);
            }
        }
    }
}
