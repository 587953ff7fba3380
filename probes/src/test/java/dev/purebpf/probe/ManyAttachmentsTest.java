package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Link;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Attaching and detaching again and again, by several threads where the kernel lets them, leaves
 * nothing: no descriptor, no link, no probe in the kernel or in a program, no entry in tracefs, no
 * mapping. How often says {@code -Dpurebpf.tests.attachments}.
 */
@Tag("kernel")
class ManyAttachmentsTest extends WithMarkedProgram {
    private static final int TIMES = Integer.getInteger("purebpf.tests.attachments", 2);

    /** As many as there are records in the fixture for USDT probes. */
    private static final int THREADS = 4;

    /** What Java itself maps meanwhile: code, heap, stacks. */
    private static final int MAPPINGS_OF_JAVA = 40;

    @ParameterizedTest
    @EnumSource
    void nothingIsLeft(ProbeKind kind) throws Exception {
        try (ProbeKind.Loaded loaded = kind.load(called.pid())) {
            assertAttachedOnce(loaded);
            List<String> descriptors = descriptors();
            List<String> mappings = mappings();
            int threads = kind.isAlone() ? 1 : THREADS;
            try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    int rounds = (TIMES + i) / threads;
                    all.add(executor.submit(() -> attachAndDetach(loaded, rounds)));
                }
                for (Future<?> each : all) {
                    await(each);
                }
            }
            assertEquals(descriptors, descriptors());
            assertEquals(List.of(), LiveProbes.entries("uprobe_events"));
            assertEquals(List.of(), LiveProbes.entries("kprobe_events"));
            assertEquals(List.of(), LiveProbes.linksOf(loaded.program()));
            assertEquals(0, called.call(1), "still counted in the program");
            LiveProbes.assertNotProbed("vfs_read");
            assertMappedAsBefore(mappings);
        }
    }

    private static void assertAttachedOnce(ProbeKind.Loaded loaded) throws IOException {
        try (Link link = loaded.attach(marked)) {
            assertTrue(link.isAttached());
            assertEquals(loaded.kind().isOfFile() ? 1 : 0, called.call(1));
        }
    }

    /** What a thread throws is what the test throws: a kernel may be too old for a second time. */
    private static void await(Future<?> thread) throws Exception {
        try {
            thread.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                default -> throw e;
            }
        }
    }

    private static void attachAndDetach(ProbeKind.Loaded loaded, int rounds) {
        for (int i = 0; i < rounds; i++) {
            Link link = loaded.attach(marked);
            link.close();
            assertFalse(link.isAttached());
        }
    }

    /** What has no name or is Java's own varies a little; whatever we mapped has one. */
    private static void assertMappedAsBefore(List<String> before) throws IOException {
        List<String> now = mappings();
        assertEquals(named(before), named(now));
        assertTrue(now.size() <= before.size() + MAPPINGS_OF_JAVA, before.size() + " before");
    }

    private static List<String> named(List<String> mappings) {
        return mappings.stream()
                .filter(line -> line.contains("anon_inode:") || line.contains(folder.toString()))
                .toList();
    }

    private static List<String> mappings() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps"));
    }

    /**
     * {@return what all descriptors of this process are of} Java opens its own libraries when it
     * needs them, and a socket for whoever wants to look into it.
     */
    private static List<String> descriptors() throws IOException {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path each : all) {
                String name = Files.readSymbolicLink(each).toString();
                if (!name.endsWith(".jar") && !name.startsWith("socket:")) {
                    found.add(name);
                }
            }
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }
}
