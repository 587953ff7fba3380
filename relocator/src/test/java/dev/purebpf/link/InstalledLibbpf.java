package dev.purebpf.link;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The libbpf of this machine, as a program that prints what it would load. */
final class InstalledLibbpf {
    private InstalledLibbpf() {}

    /**
     * Compiles {@code src/test/c/libbpf-relocate.c}; skips the test where that cannot be done.
     *
     * @return the program
     */
    static Path compile(Path folder) throws IOException, InterruptedException {
        Path program = folder.resolve("libbpf-relocate");
        try {
            Process compiler =
                    new ProcessBuilder(
                                    "cc",
                                    "-o",
                                    program.toString(),
                                    "src/test/c/libbpf-relocate.c",
                                    "-lbpf",
                                    "-ldl")
                            .redirectErrorStream(true)
                            .start();
            byte[] output = compiler.getInputStream().readAllBytes();
            assumeTrue(
                    compiler.waitFor() == 0,
                    "libbpf-dev is needed to compare: "
                            + new String(output, StandardCharsets.UTF_8));
        } catch (IOException e) {
            abort("a C compiler is needed to compare with libbpf: " + e.getMessage());
        }
        return program;
    }
}
