package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Another program that knows the right answer. */
public final class Oracle {
    private static final List<String> FOLDERS =
            List.of("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin");

    private Oracle() {}

    /**
     * {@return what a tool prints, line by line}; skips the test when it is not installed.
     *
     * @param names names of the tool, the first one that is there is taken
     * @param arguments its arguments
     */
    public static List<String> ask(List<String> names, String... arguments) {
        var command = new java.util.ArrayList<String>();
        command.add(find(names));
        command.addAll(List.of(arguments));
        try {
            Path output = Files.createTempFile("oracle", ".txt");
            try {
                Process process =
                        new ProcessBuilder(command)
                                .redirectOutput(output.toFile())
                                .redirectError(ProcessBuilder.Redirect.DISCARD)
                                .start();
                assertEquals(0, process.waitFor(), () -> "exit code of " + command);
                return Files.readAllLines(output);
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Compares line by line; tells the first difference only, as there may be a hundred thousand
     * lines.
     *
     * @param theirs what the oracle says
     * @param ours what we say
     * @param what what it is about
     */
    public static void assertSame(List<String> theirs, List<String> ours, String what) {
        for (int i = 0; i < Math.min(theirs.size(), ours.size()); i++) {
            int line = i;
            assertEquals(theirs.get(i), ours.get(i), () -> what + ", line " + line);
        }
        assertEquals(theirs.size(), ours.size(), () -> what + ", number of lines");
    }

    private static String find(List<String> names) {
        for (String name : names) {
            for (String folder : FOLDERS) {
                if (Files.isExecutable(Path.of(folder, name))) {
                    return folder + "/" + name;
                }
            }
        }
        return abort("none of " + names + " is installed, so there is nothing to compare with");
    }
}
