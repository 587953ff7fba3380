package dev.purebpf.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.fixtures.JavaProgram;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What only a machine of our own may be used for: tracing all of it, and making users. */
@Tag("kernel")
@Timeout(240)
class WholeMachineTest {
    private static final int NOT_POSSIBLE = 77;
    private static final List<String> COMMAND = List.of("purebpf", "syscalls");

    @TempDir Path folder;

    @BeforeEach
    void onlyInAMachineOfOurOwn() {
        assumeTrue(
                Files.exists(Path.of("/job/start")),
                "is for a virtual machine: vm-tests/run --test WholeMachineTest");
    }

    @Test
    void theWholeMachineIsTraced() throws Exception {
        Path trace = folder.resolve("trace");
        var words = new ArrayList<>(COMMAND);
        words.addAll(List.of("-o", trace.toString()));
        Process tracer = start(words);
        try {
            // Whatever it sees first; what it sees includes this waiting, which is therefore rare.
            while (tracer.isAlive() && (!Files.exists(trace) || Files.size(trace) == 0)) {
                Thread.sleep(200);
            }
            run(List.of("sleep", "0"));
            run(List.of("cat", "/no-such-file"));
            while (tracer.isAlive() && !Files.readString(trace).contains("/no-such-file")) {
                Thread.sleep(200);
            }
            tracer.destroy();
            assertTrue(tracer.waitFor(60, TimeUnit.SECONDS), "does not end");
            assertEquals(0, tracer.exitValue(), said());
            String all = Files.readString(trace);
            String opened =
                    all.lines()
                            .filter(line -> line.contains("\"/no-such-file\", flags"))
                            .findFirst()
                            .orElse("no line");
            assertTrue(opened.contains("cat "), opened);
            assertTrue(opened.contains("open"), opened);
            assertTrue(opened.contains("= -1 ENOENT (No such file or directory)"), opened);
            assertTrue(all.contains("sleep "), "no other program than ours was seen");
        } finally {
            tracer.destroyForcibly();
        }
    }

    /** Of one exchange both ends are told, by whoever they are; of others there are none. */
    @Test
    void httpOfTheWholeMachineIsTold() throws Exception {
        Files.writeString(folder.resolve("hello"), "hello\n");
        String site = folder.toString();
        Process server =
                new ProcessBuilder("httpd", "-f", "-p", "127.0.0.1:8765", "-h", site).start();
        Path trace = folder.resolve("exchanges");
        Process tracer = start(List.of("purebpf", "http", "-a", "-o", trace.toString()));
        try {
            // To look for that takes less than the exchanges that nobody would see.
            while (tracer.isAlive() && !hasBegunToAttach(tracer)) {
                Thread.sleep(500);
            }
            while (tracer.isAlive() && lines(trace) < 4) {
                run(List.of("wget", "-q", "-O", "-", "http://127.0.0.1:8765/hello"));
                // The tracer shall not wait for the processor because of that.
                Thread.sleep(200);
            }
            tracer.destroy();
            assertTrue(tracer.waitFor(60, TimeUnit.SECONDS), "does not end");
            assertEquals(0, tracer.exitValue(), said());
            String told = " 127\\.0\\.0\\.1:\\d+ GET 127\\.0\\.0\\.1:8765 /hello 200 \\d+ \\d+ <.*";
            String all = Files.readString(trace);
            assertTrue(all.lines().anyMatch(line -> line.matches("\\S+ httpd/\\d+ <" + told)), all);
            assertTrue(all.lines().anyMatch(line -> line.matches("\\S+ wget/\\d+ >" + told)), all);
            // Those that were under way when it began may be cut.
            assertTrue(all.lines().allMatch(line -> line.contains(" 127.0.0.1:")), all);
        } finally {
            tracer.destroyForcibly();
            server.destroyForcibly();
        }
    }

    /** {@return whether it holds the link of a raw tracepoint, with which it begins} */
    private static boolean hasBegunToAttach(Process tracer) {
        try (var descriptors = Files.list(Path.of("/proc/" + tracer.pid() + "/fd"))) {
            return descriptors.anyMatch(WholeMachineTest::isLink);
        } catch (IOException e) {
            return false; // It has ended.
        }
    }

    private static boolean isLink(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.equals("anon_inode:bpf_link") || target.contains("bpf-raw-tracepoint");
        } catch (IOException e) {
            return false; // It was closed in the meantime.
        }
    }

    private static long lines(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file).lines().count() : 0;
    }

    @Test
    void twoCapabilitiesAreEnough() throws Exception {
        // Before 5.11 BPF memory counts as locked, and only root may lock more than it is given.
        // With its path: the shell of busybox takes its own setpriv else.
        String line =
                "ulimit -l unlimited; exec /bin/setpriv --reuid=65534 --regid=65534 --clear-groups"
                        + " --inh-caps=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon"
                        + " --bounding-set=-all,+bpf,+perfmon purebpf syscalls -- cat"
                        + " /proc/self/status";
        Process process = start(List.of("sh", "-c", line));
        assertTrue(process.waitFor(120, TimeUnit.SECONDS), "does not end");
        assertEquals(0, process.exitValue(), said());
        String said = said();
        assertTrue(said.contains("Uid:\t65534"), said);
        assertTrue(said.contains("CapEff:\t000000c000000000"), said);
        assertTrue(said.contains("openat(dfd: AT_FDCWD, filename: \"/proc/self/status\""), said);
    }

    /** It is root only of a user namespace, and a BPF token lends it no perf events. */
    @Test
    void aContainerTracesWithWhatIsDelegatedToIt() throws Exception {
        Path source = folder.resolve("delegate.c");
        try (InputStream in = getClass().getResourceAsStream("/dev/purebpf/delegate.c")) {
            Files.copy(in, source);
        }
        String delegate = folder.resolve("delegate").toString();
        run(List.of("cc", "-o", delegate, source.toString()));
        Process trial = start(List.of(delegate, "true"));
        assertTrue(trial.waitFor(120, TimeUnit.SECONDS), "does not end");
        assumeTrue(trial.exitValue() != NOT_POSSIBLE, "needs BPF tokens (6.9): " + said());

        Files.writeString(folder.resolve("hello"), "hello\n");
        String site = folder.toString();
        Process server =
                new ProcessBuilder("httpd", "-f", "-p", "127.0.0.1:8765", "-h", site).start();
        List<String> ends;
        try {
            String url = "http://127.0.0.1:8765/hello";
            ends =
                    runInContainer(
                            delegate,
                            List.of("syscalls", "--", "true"),
                            List.of("http", "--", "wget", "-q", "-O", "-", url),
                            List.of("trace", "tracepoint:sched:sched_process_exec", "--", "true"),
                            List.of("trace", "uprobe:libc.so.6:exit", "--", "true"));
        } finally {
            server.destroyForcibly();
        }
        String traced = ends.getFirst();
        assertTrue(traced.endsWith("\nexit 0\n"), traced);
        assertTrue(traced.contains("execve(filename: "), traced);
        String told = ends.get(1);
        assertTrue(told.endsWith("\nexit 0\n"), told);
        assertTrue(told.contains(" GET 127.0.0.1:8765 /hello 200 "), told);
        for (String refused : ends.subList(2, 4)) {
            assertTrue(refused.endsWith("\nexit 1\n"), refused);
            assertEquals(2, refused.lines().count(), refused);
            assertTrue(refused.contains("need CAP_PERFMON of the machine itself"), refused);
        }
    }

    /**
     * Runs commands one after the other, by one Java: its start takes longer than they do.
     *
     * @return what each wrote, and a line with its exit code
     */
    @SafeVarargs
    private List<String> runInContainer(String delegate, List<String>... commands)
            throws Exception {
        List<String> words = new ArrayList<>(List.of(delegate));
        words.addAll(JavaProgram.command(List.of(), "dev.purebpf.cli.CommandsInTurn"));
        for (List<String> command : commands) {
            if (command != commands[0]) {
                words.add(";");
            }
            words.addAll(command);
        }
        Process process = start(words);
        assertTrue(process.waitFor(200, TimeUnit.SECONDS), "does not end");
        assertEquals(0, process.exitValue(), said());
        List<String> ends = List.of(said().split("(?<=\nexit \\d{1,3}\n)"));
        assertEquals(commands.length, ends.size(), said());
        return ends;
    }

    /** Where everybody may load a few harmless types of programs, which tracing ones are not. */
    @Test
    void anOrdinaryUserIsToldInOneParagraph() throws Exception {
        Path disabled = Path.of("/proc/sys/kernel/unprivileged_bpf_disabled");
        String before = Files.readString(disabled);
        Files.writeString(disabled, "0");
        try {
            String user = "/bin/setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all";
            Process process =
                    start(List.of("sh", "-c", "exec " + user + " purebpf syscalls -- true"));
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), "does not end");
            assertEquals(1, process.exitValue(), said());
            assertEquals(1, said().lines().count(), said());
            assertTrue(said().startsWith("purebpf: "), said());
            assertTrue(said().contains("this process lacks CAP_BPF and CAP_PERFMON"), said());
        } finally {
            Files.writeString(disabled, before);
        }
    }

    private Process start(List<String> words) throws IOException {
        return new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile())
                .start();
    }

    private static void run(List<String> words) throws IOException, InterruptedException {
        new ProcessBuilder(words)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private String said() throws IOException {
        return new String(Files.readAllBytes(folder.resolve("said")), StandardCharsets.UTF_8);
    }
}
