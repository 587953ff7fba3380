package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.CompiledProgram;
import dev.purebpf.cli.Json;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.syscalls.Waiting;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What {@code purebpf trace} learns from the kernel about what the test has started. */
@Tag("kernel")
class TraceTest {
    private static final String OPEN = "tracepoint:syscalls:sys_enter_openat";
    private static final String EXEC = "tracepoint:sched:sched_process_exec";
    private static final String EXIT = "tracepoint:sched:sched_process_exit";

    private static final Path KPROBES = Path.of("/sys/kernel/tracing/kprobe_events");

    @TempDir static Path directory;

    private static String greet;

    @BeforeAll
    static void requireTracepoints() throws Exception {
        PureBpf.requireKernel();
        assumeTrue(
                Files.isDirectory(Path.of("/sys/kernel/tracing/events/syscalls")),
                "needs tracefs: mount -t tracefs tracefs /sys/kernel/tracing");
        greet = CompiledProgram.compile(TraceTest.class, "greet", directory);
    }

    @Test
    void aCommandIsTracedFromItsExecToItsExit() throws IOException {
        List<String> lines = trace(EXEC, EXIT, "--", "cat", "/etc/passwd");
        assertEquals(2, lines.size(), lines.toString());
        assertTrue(
                lines.getFirst()
                        .matches(
                                "\\d\\d:\\d\\d:\\d\\d\\.\\d{6} cat (\\d+)/\\1 "
                                        + EXEC
                                        + " filename=\"[^\"]*/cat\" pid=\\1 old_pid=\\1"),
                lines.getFirst());
        assertTrue(
                lines.get(1).matches(".* cat (\\d+)/\\1 " + EXIT + " comm=\"cat\" pid=\\1 .*"),
                lines.get(1));
    }

    @Test
    void argumentsOfASystemCallAreShownWithItsStrings() throws IOException {
        List<String> lines = trace(OPEN, "--", "cat", "/etc/passwd");
        String wanted = " dfd=-100 filename=\"/etc/passwd\" flags=0x0 mode=0";
        assertTrue(lines.stream().anyMatch(line -> line.endsWith(wanted)), lines.toString());
    }

    @Test
    void hitsAreCountedForEachProcess() throws IOException {
        int shown = trace(OPEN, "--", "cat", "/etc/passwd").size();
        List<String> table = trace("--count", OPEN, EXEC, "--", "cat", "/etc/passwd");
        assertEquals(3, table.size(), table.toString());
        String opens = " +" + shown + " +\\d+  cat +" + OPEN;
        String execs = " +1 +\\d+  cat +" + EXEC;
        assertTrue(table.stream().anyMatch(line -> line.matches(opens)), table.toString());
        assertTrue(table.stream().anyMatch(line -> line.matches(execs)), table.toString());
    }

    @Test
    void everyLineOfJsonIsAnObjectWithTheFields() throws IOException {
        List<String> lines = trace("--output", "json", EXEC, "--", "cat", "/etc/passwd");
        assertEquals(1, lines.size(), lines.toString());
        Map<String, Object> hit = Json.object(lines.getFirst());
        assertEquals(EXEC, hit.get("probe"));
        Map<?, ?> fields = (Map<?, ?>) hit.get("fields");
        assertTrue(((String) fields.get("filename")).endsWith("/cat"), lines.toString());
        assertEquals(hit.get("pid"), fields.get("pid"));
    }

    @Test
    void ofAProcessOnlyItsOwnHitsAreShownUntilItExits() throws Exception {
        Path file = directory.resolve("process.txt");
        String fork = "tracepoint:sched:sched_process_fork";
        List<String> words = List.of("sh", "-c", "while :; do sleep 0.05; done");
        try (Running target = PureBpf.startProcess(words)) {
            var end =
                    CompletableFuture.runAsync(
                            () -> {
                                Waiting.forLines(file, 3);
                                target.process().destroyForcibly();
                            });
            String pid = Long.toString(target.process().pid());
            Run run = PureBpf.runHere("trace", "-p", pid, "-o", file.toString(), fork);
            end.join();
            assertEquals(0, run.exitCode(), run.err());
            for (String line : Files.readAllLines(file)) {
                String wanted = ".* sh PID/PID " + fork + " .*parent_pid=PID .*";
                assertTrue(line.matches(wanted.replace("PID", pid)), line);
            }
        }
    }

    @Test
    void manyTracepointsNeedCookies() throws IOException {
        String pattern = "tracepoint:syscalls:sys_enter_*at";
        Path file = directory.resolve("many.txt");
        Run run =
                PureBpf.runHere(
                        "trace", "-o", file.toString(), pattern, "--", "cat", "/etc/passwd");
        if (Kernel.host().features().has(Feature.COOKIE)) {
            assertEquals(0, run.exitCode(), run.err());
            String text = Files.readString(file);
            assertTrue(text.contains(OPEN + " __syscall_nr="), text);
        } else {
            assertEquals(1, run.exitCode());
            assertTrue(run.err().contains("no BPF cookies (5.15)"), run.err());
        }
    }

    @Test
    void whatCannotBeTracedIsToldInOneSentence() {
        Run unknown = PureBpf.runHere("trace", "tracepoint:sched:sched_swich", "--", "true");
        assertEquals(1, unknown.exitCode());
        assertTrue(unknown.err().contains("did you mean sched/sched_switch"), unknown.err());
        Run none = PureBpf.runHere("trace", "tracepoint:no_such:*", "--", "true");
        assertEquals(1, none.exitCode());
        assertTrue(none.err().contains("no tracepoint of this kernel matches"), none.err());
        Run tooMany = PureBpf.runHere("trace", "tracepoint:*:*", "--", "true");
        assertEquals(1, tooMany.exitCode());
        assertTrue(tooMany.err().contains("probes are too many at once"), tooMany.err());
    }

    @Test
    void parametersAndResultOfAProgramsFunctionAreItsRegisters() throws IOException {
        String begin = "uprobe:" + greet + ":greet";
        String end = "uretprobe:" + greet + ":greet";
        List<String> lines = trace("--args", "1", begin, end, "--", greet);
        // Events of two processors may be read in another order.
        assertEquals(
                List.of(
                        begin + " arg0=0x3",
                        begin + " arg0=0x4",
                        end + " returned=0x15",
                        end + " returned=0x1d"),
                lines.stream().map(line -> line.split(" ", 4)[3]).sorted().toList());
        List<String> table = trace("--count", begin, "--", greet);
        assertTrue(table.get(1).matches(" +2 +\\d+  greet +" + begin), table.toString());
    }

    @Test
    void aProgramsFunctionThatIsNotThereIsToldInOneSentence() {
        Run run = PureBpf.runHere("trace", "uprobe:" + greet + ":great", "--", greet);
        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("did you mean greet"), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
    }

    @Test
    void parametersOfTheKernelsFunctionsHaveTheirTypes() throws IOException {
        String open = "do_sys_openat2";
        if (!Files.exists(KPROBES)) {
            Run run = PureBpf.runHere("trace", "kprobe:" + open, "--", "true");
            assertEquals(1, run.exitCode());
            assertEquals(
                    "purebpf: this kernel was built without kprobes (CONFIG_KPROBE_EVENTS);"
                            + " tracepoints and uprobes work without: see purebpf trace --list"
                            + " 'tracepoint:*:*'\n",
                    run.err());
            return;
        }
        List<String> lines =
                trace("kprobe:" + open, "kretprobe:" + open, "--", "cat", "/etc/passwd");
        String called = ".* kprobe:do_sys_openat2 dfd=-100 filename=\"/etc/passwd\" how=0x.*";
        assertTrue(lines.stream().anyMatch(line -> line.matches(called)), lines.toString());
        String returned = " kretprobe:do_sys_openat2 returned=3";
        assertTrue(lines.stream().anyMatch(line -> line.endsWith(returned)), lines.toString());
    }

    @Test
    void functionsOfTheKernelAreListedWhereThereIsAList() throws IOException {
        Run run = PureBpf.runHere("trace", "--list", "kprobe:do_sys_openat*");
        if (!isReadable(Path.of("/sys/kernel/tracing/available_filter_functions"))) {
            assertEquals(1, run.exitCode());
            assertTrue(run.err().contains("name one as it is"), run.err());
            return;
        }
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.outLines().contains("kprobe:do_sys_openat2"), run.out());
        List<String> table = trace("--count", "kprobe:do_sys_openat*", "--", "cat", "/etc/passwd");
        assertTrue(
                table.stream().anyMatch(line -> line.endsWith(" kprobe:do_sys_openat2")),
                table.toString());
    }

    @Test
    void whatThereIsIsListed() {
        Run run = PureBpf.runHere("trace", "--list", "tracepoint:sched:sched_process_e*");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.outLines().containsAll(List.of(EXEC, EXIT)), run.out());
        assertEquals(1, PureBpf.runHere("trace", "--list", "tracepoint:no_such:*").exitCode());
    }

    /** A kernel that is locked down has the file, and refuses to open it. */
    private static boolean isReadable(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return in.read() >= 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static List<String> trace(String... words) throws IOException {
        Path file = Files.createTempFile(directory, "trace", ".txt");
        List<String> all = new ArrayList<>(List.of("trace", "-o", file.toString()));
        all.addAll(List.of(words));
        Run run = PureBpf.runHere(all.toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", run.err());
        return Files.readAllLines(file);
    }
}
