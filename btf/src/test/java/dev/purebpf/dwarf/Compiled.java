package dev.purebpf.dwarf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The program shapes.c with debugging information. */
final class Compiled {
    private Compiled() {}

    /**
     * {@return the program, compiled into a folder; skips the test where it cannot be}
     *
     * @param folder where to
     * @param command the compiler and its options, one after the other
     */
    static Path shapes(Path folder, String command) throws IOException, InterruptedException {
        Path source = folder.resolve("shapes.c");
        if (!Files.exists(source)) {
            try (InputStream in = Compiled.class.getResourceAsStream("shapes.c")) {
                assertNotNull(in);
                Files.copy(in, source);
            }
        }
        Path program = Files.createTempFile(folder, "shapes", "");
        List<String> words = new ArrayList<>(Arrays.asList(command.split(" ")));
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin", words.getFirst())),
                "needs the compiler " + words.getFirst());
        words.addAll(List.of("-o", program.toString(), source.toString()));
        assertEquals(0, new ProcessBuilder(words).inheritIO().start().waitFor(), words::toString);
        return program;
    }

    /**
     * {@return a copy of a program whose debugging information is compressed with zstd; skips the
     * test where there is no objcopy that can}
     *
     * @param program the program
     */
    static Path withZstd(Path program) throws IOException, InterruptedException {
        Path copy = program.resolveSibling(program.getFileName() + ".zstd");
        List<String> words =
                List.of(
                        "objcopy",
                        "--compress-debug-sections=zstd",
                        program.toString(),
                        copy.toString());
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/objcopy"))
                        && new ProcessBuilder(words).inheritIO().start().waitFor() == 0,
                "needs an objcopy that compresses with zstd (binutils 2.40)");
        return copy;
    }
}
