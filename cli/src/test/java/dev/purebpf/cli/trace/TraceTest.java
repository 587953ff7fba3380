package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

    @TempDir static Path directory;

    @BeforeAll
    static void requireTracepoints() {
        PureBpf.requireKernel();
        assumeTrue(
                Files.isDirectory(Path.of("/sys/kernel/tracing/events/syscalls")),
                "needs tracefs: mount -t tracefs tracefs /sys/kernel/tracing");
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
        assertTrue(tooMany.err().contains("tracepoints are too many at once"), tooMany.err());
    }

    @Test
    void whatThereIsIsListed() {
        Run run = PureBpf.runHere("trace", "--list", "tracepoint:sched:sched_process_e*");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.outLines().containsAll(List.of(EXEC, EXIT)), run.out());
        assertEquals(1, PureBpf.runHere("trace", "--list", "tracepoint:no_such:*").exitCode());
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
