package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs {@code purebpf trace} in this process, with the trace in a file. */
final class Traced {
    static final Path TRACEFS = Path.of("/sys/kernel/tracing");

    private Traced() {}

    /** Skips a test where tracing would be refused. */
    static void requireTracing() {
        PureBpf.requireKernel();
        assumeTrue(
                Files.isDirectory(TRACEFS.resolve("events/syscalls")),
                "needs tracefs: mount -t tracefs tracefs /sys/kernel/tracing");
    }

    static boolean hasKprobes() {
        return Files.exists(TRACEFS.resolve("kprobe_events"));
    }

    /** {@return what was traced, when all went well} */
    static List<String> lines(Path directory, String... words) throws IOException {
        Path file = Files.createTempFile(directory, "trace", ".txt");
        Run run = run(file, words);
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", run.err());
        return Files.readAllLines(file);
    }

    /** {@return what the lines say behind time, command and process, sorted} */
    static List<String> hits(List<String> lines) {
        // Events of two processors may be read in another order.
        return lines.stream().map(line -> line.split(" ", 4)[3]).sorted().toList();
    }

    static Run run(Path file, String... words) {
        List<String> all = new ArrayList<>(List.of("trace", "-o", file.toString()));
        all.addAll(List.of(words));
        return PureBpf.runHere(all.toArray(String[]::new));
    }

    /** {@return what went wrong, in one sentence} */
    static String refusal(String... words) {
        List<String> all = new ArrayList<>(List.of("trace"));
        all.addAll(List.of(words));
        Run run = PureBpf.runHere(all.toArray(String[]::new));
        assertEquals(1, run.exitCode(), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        return run.err();
    }

    /** {@return what {@code --list} prints} */
    static List<String> list(String... words) {
        List<String> all = new ArrayList<>(List.of("trace", "--list"));
        all.addAll(List.of(words));
        Run run = PureBpf.runHere(all.toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        return run.outLines();
    }

    /** {@return whether the kernel says which functions can be traced} */
    static boolean listsFunctions() {
        // A kernel that is locked down has the file, and refuses to open it.
        try (InputStream in = Files.newInputStream(TRACEFS.resolve("available_filter_functions"))) {
            return in.read() >= 0;
        } catch (IOException e) {
            return false;
        }
    }
}
