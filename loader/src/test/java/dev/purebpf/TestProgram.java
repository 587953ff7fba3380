package dev.purebpf;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Programs in C that tests run. */
final class TestProgram {
    /** A line of the source that says what it is linked with. */
    private static final String LINK = "// link: ";

    /** How a program ended, and all that it wrote. */
    record End(int exitCode, String said) {}

    private TestProgram() {}

    /**
     * {@return the program, compiled; skips the test where that is not possible}
     *
     * @param name of the source, a resource beside this class, without {@code .c}
     * @param folder where the program goes
     */
    static Path compile(String name, Path folder) throws IOException, InterruptedException {
        Path source = folder.resolve(name + ".c");
        try (InputStream in = TestProgram.class.getResourceAsStream(name + ".c")) {
            Files.copy(in, source);
        }
        Path program = folder.resolve(name);
        List<String> command = new ArrayList<>(List.of("cc", "-O1", "-o"));
        command.addAll(List.of(program.toString(), source.toString()));
        for (String line : Files.readAllLines(source)) {
            if (line.startsWith(LINK)) {
                command.addAll(List.of(line.substring(LINK.length()).split(" ")));
            }
        }
        try {
            End end = run(folder, command);
            assumeTrue(end.exitCode == 0, () -> name + " cannot be compiled: " + end.said);
        } catch (IOException e) {
            abort("needs a C compiler: " + e.getMessage());
        }
        return program;
    }

    /** Runs a program to its end. */
    static End run(Path folder, List<String> command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new End(process.waitFor(), said);
    }
}
