package dev.purebpf.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
        Process process = start(List.of(delegate, "purebpf", "syscalls", "--", "true"));
        assertTrue(process.waitFor(120, TimeUnit.SECONDS), "does not end");
        assumeTrue(process.exitValue() != NOT_POSSIBLE, "needs BPF tokens (6.9): " + said());
        assertEquals(0, process.exitValue(), said());
        assertTrue(said().contains("execve(filename: "), said());

        String probe = "tracepoint:sched:sched_process_exec";
        process = start(List.of(delegate, "purebpf", "trace", probe, "--", "true"));
        assertTrue(process.waitFor(120, TimeUnit.SECONDS), "does not end");
        assertEquals(1, process.exitValue(), said());
        assertEquals(1, said().lines().count(), said());
        assertTrue(said().contains("need CAP_PERFMON of the machine itself"), said());
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
