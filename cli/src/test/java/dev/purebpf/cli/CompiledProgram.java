package dev.purebpf.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Test programs in C, which are resources of the tests. */
public final class CompiledProgram {
    private CompiledProgram() {}

    /**
     * Compiles one.
     *
     * @param test a class in whose package the source NAME.c is
     * @param name the program's name
     * @param directory where the program shall be
     * @param options for the compiler
     * @return the program's path
     */
    public static String compile(Class<?> test, String name, Path directory, String... options)
            throws IOException, InterruptedException {
        Path source = directory.resolve(name + ".c");
        try (InputStream in = test.getResourceAsStream(name + ".c")) {
            assertNotNull(in);
            Files.copy(in, source);
        }
        String path = directory.resolve(name).toString();
        String compiler = null;
        for (String candidate : List.of("cc", "gcc", "clang", "clang-14")) {
            if (isInstalled(candidate)) {
                compiler = candidate;
                break;
            }
        }
        assumeTrue(compiler != null, "needs a C compiler");
        List<String> words = new ArrayList<>(List.of(compiler, "-O1"));
        words.addAll(List.of(options));
        words.addAll(List.of("-o", path, source.toString()));
        try (PureBpf.Running running = PureBpf.startProcess(words)) {
            PureBpf.Run run = running.end();
            assertEquals(0, run.exitCode(), run.err());
        }
        return path;
    }

    /** {@return whether a program is on the path} */
    public static boolean isInstalled(String program) {
        for (String directory : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }
}
