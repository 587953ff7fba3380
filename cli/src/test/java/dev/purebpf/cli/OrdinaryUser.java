package dev.purebpf.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The user nobody, who has no rights, with a copy of {@code purebpf} that everybody may read. */
public final class OrdinaryUser implements AutoCloseable {
    private final Path folder;
    private final List<String> purebpf;

    private OrdinaryUser(Path folder, List<String> purebpf) {
        this.folder = folder;
        this.purebpf = purebpf;
    }

    /** Becoming somebody else takes root. */
    public static OrdinaryUser create() throws IOException {
        assumeTrue(
                "root".equals(System.getProperty("user.name")),
                "needs root, to become somebody else");
        Path folder = Files.createTempDirectory(Path.of("/tmp"), "purebpf-test");
        open(folder);
        return new OrdinaryUser(folder, PureBpf.command(PureBpf.publicClassPath(folder)));
    }

    /** {@return a copy of a program that this user may run} */
    public Path copyOf(Path program) throws IOException {
        Path copy = Files.copy(program, folder.resolve(program.getFileName()));
        open(copy);
        return copy;
    }

    private static void open(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Runs {@code purebpf} to its end. */
    public PureBpf.Run run(String... arguments) throws IOException, InterruptedException {
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "setpriv",
                                "--reuid=65534",
                                "--regid=65534",
                                "--clear-groups",
                                "--inh-caps=-all"));
        words.addAll(purebpf);
        words.addAll(Arrays.asList(arguments));
        try (PureBpf.Running running = PureBpf.startProcess(words)) {
            return running.end();
        }
    }

    /** Removes the copies. */
    @Override
    public void close() throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
