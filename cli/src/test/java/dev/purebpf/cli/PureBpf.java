package dev.purebpf.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.fixtures.JavaProgram;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs the command as a process of its own, as a user would, or in this one. */
public final class PureBpf {
    private static final long PATIENCE_SECONDS = 120;

    /** Those that a parent may have told its children to ignore, with their numbers. */
    private static final Map<String, Integer> IGNORABLE = Map.of("HUP", 1, "INT", 2);

    private static final List<String> OPTIONS =
            List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx48m");

    private PureBpf() {}

    /**
     * How a run ended.
     *
     * @param exitCode the exit code
     * @param out what it wrote to standard output
     * @param err what it wrote to standard error
     */
    public record Run(int exitCode, String out, String err) {
        public List<String> outLines() {
            return out.lines().toList();
        }

        public List<String> errLines() {
            return err.lines().toList();
        }
    }

    /** A run that goes on. */
    public static final class Running implements AutoCloseable {
        private final Process process;
        private final CompletableFuture<String> out;
        private final CompletableFuture<String> err;

        private Running(Process process) {
            this.process = process;
            this.out = reading(process.getInputStream());
            this.err = reading(process.getErrorStream());
        }

        public Process process() {
            return process;
        }

        /**
         * Asks it to end, by SIGTERM. {@link Process#destroy} would close what it says its last
         * word to, while that is read.
         */
        public void terminate() {
            process.toHandle().destroy();
        }

        /**
         * Sends it a signal, as a user does.
         *
         * @param signal its name, such as {@code INT}
         */
        public void signal(String signal) throws IOException, InterruptedException {
            PureBpf.signal(signal, process.pid());
        }

        /** Waits for its end. */
        public Run end() throws InterruptedException {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("does not end; it said: " + out.join() + err.join());
            }
            return new Run(process.exitValue(), out.join(), err.join());
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /** Skips a test that needs the kernel where it would be refused. */
    public static void requireKernel() {
        assumeTrue(mayLoad(), "needs root, or CAP_BPF and CAP_PERFMON");
    }

    private static boolean mayLoad() {
        try {
            String effective = status(Path.of("/proc/self"), "CapEff:");
            long capabilities = Long.parseUnsignedLong(effective, 16);
            long needed = 1L << 39 | 1L << 38;
            return (capabilities & 1L << 21) != 0 || (capabilities & needed) == needed;
        } catch (IOException e) {
            // No /proc: not a machine to test on.
            return false;
        }
    }

    /**
     * Runs {@code purebpf} in this process: where a start of Java takes seconds, as in an emulated
     * machine, this does not. What a command that it traces prints is not caught.
     */
    public static Run runHere(String... arguments) {
        assertEquals(
                "FORK",
                System.getProperty("jdk.lang.Process.launchMechanism"),
                "a traced command has to be a plain fork of this process; start Java with"
                        + " -Djdk.lang.Process.launchMechanism=FORK");
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        PrintStream outBefore = System.out;
        PrintStream errBefore = System.err;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        int exitCode;
        try {
            exitCode = Main.run(arguments);
        } finally {
            System.setOut(outBefore);
            System.setErr(errBefore);
        }
        return new Run(
                exitCode,
                out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8));
    }

    /** Runs {@code purebpf} to its end, with nothing on standard input. */
    public static Run run(String... arguments) throws IOException, InterruptedException {
        return run(List.of(), arguments);
    }

    /** Runs {@code purebpf} to its end by a program such as setpriv. */
    public static Run run(List<String> by, String... arguments)
            throws IOException, InterruptedException {
        try (Running running = start(by, arguments)) {
            running.process.getOutputStream().close();
            return running.end();
        }
    }

    /** Starts {@code purebpf}, by a program such as setsid if one is given. */
    public static Running start(List<String> by, String... arguments) throws IOException {
        List<String> words = new ArrayList<>(by);
        words.addAll(command(classPath()));
        words.addAll(List.of(arguments));
        return startProcess(words);
    }

    /** Starts any program. */
    public static Running startProcess(List<String> words) throws IOException {
        return new Running(new ProcessBuilder(words).start());
    }

    /**
     * Sends a signal by {@code kill}.
     *
     * @param signal its name, such as {@code INT}
     * @param pid the process, or minus the leader of a group for all of that
     */
    public static void signal(String signal, long pid) throws IOException, InterruptedException {
        if (IGNORABLE.containsKey(signal)) {
            requireHeeded(signal, Math.abs(pid));
        }
        List<String> words = List.of("kill", "-" + signal, "--", Long.toString(pid));
        try (Running kill = startProcess(words)) {
            assertEquals(0, kill.end().exitCode(), signal + " to " + pid);
        }
    }

    /**
     * A shell that starts something in the background has that, and all that it starts, ignore
     * Ctrl-C, and nohup the end of the terminal.
     */
    private static void requireHeeded(String signal, long pid) throws IOException {
        long ignored =
                Long.parseUnsignedLong(status(Path.of("/proc", Long.toString(pid)), "SigIgn:"), 16);
        assertEquals(
                0,
                ignored & 1L << IGNORABLE.get(signal) - 1,
                "process "
                        + pid
                        + " ignores SIG"
                        + signal
                        + ", as it is told by what started these tests: do not start them in the"
                        + " background of a script (&, nohup)");
    }

    /** {@return what a process's status has in a line} */
    private static String status(Path process, String begin) throws IOException {
        for (String line : Files.readAllLines(process.resolve("status"))) {
            if (line.startsWith(begin)) {
                return line.substring(begin.length()).strip();
            }
        }
        throw new IOException(process + " has no status " + begin);
    }

    /**
     * {@return what {@code purebpf} consists of, as far as it is known to be less than all that
     * tests need: Java opens each of its files to look for a logger}
     */
    private static String classPath() {
        return System.getProperty(
                "purebpf.tests.class.path", System.getProperty("java.class.path"));
    }

    /** {@return the words that run {@code purebpf} with a class path} */
    public static List<String> command(String classPath) {
        return JavaProgram.command(OPTIONS, classPath, "dev.purebpf.cli.Main");
    }

    /** Copies what {@code purebpf} consists of to where everybody may read it. */
    public static String publicClassPath(Path directory) throws IOException {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (entry.isEmpty() || entry.contains("test-classes")) {
                continue;
            }
            Path from = Path.of(entry);
            Path to = directory.resolve(entries.size() + "-" + from.getFileName());
            copy(from, to);
            entries.add(to.toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    private static void copy(Path from, Path to) throws IOException {
        if (!Files.exists(from)) {
            return;
        }
        try (var files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
                copy.toFile().setReadable(true, false);
                copy.toFile().setExecutable(true, false);
            }
        }
    }

    /** Reads in a thread of its own: those of the common pool are few, and would wait in turn. */
    private static CompletableFuture<String> reading(InputStream from) {
        CompletableFuture<String> text = new CompletableFuture<>();
        Thread reader = new Thread(() -> text.complete(read(from)), "reading a test's process");
        reader.setDaemon(true);
        reader.start();
        return text;
    }

    private static String read(InputStream from) {
        try (from) {
            return new String(from.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
