package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.CompiledProgram;
import dev.purebpf.cli.Json;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.syscalls.Waiting;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.Kprobe;
import dev.purebpf.symbol.Glob;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** What {@code purebpf trace} learns from the kernel about what the test has started. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class TraceTest {
    private static final String OPEN = "tracepoint:syscalls:sys_enter_openat";
    private static final String EXEC = "tracepoint:sched:sched_process_exec";
    private static final String EXIT = "tracepoint:sched:sched_process_exit";

    private static final Path KPROBES = Traced.TRACEFS.resolve("kprobe_events");

    @TempDir static Path directory;

    private static String greet;

    @BeforeAll
    static void requireTracepoints() throws Exception {
        Traced.requireTracing();
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
    void aPatternNamesManyTracepoints() throws IOException {
        List<String> lines = trace("tracepoint:syscalls:sys_enter_*at", "--", "cat", "/etc/passwd");
        assertTrue(
                lines.stream().anyMatch(line -> line.contains(OPEN + " __syscall_nr=")),
                lines.toString());
    }

    @Test
    void moreTracepointsThanThereAreProgramsNeedCookies() {
        assumeFalse(
                Kernel.host().features().has(Feature.COOKIE),
                "needs a kernel without BPF cookies (before 5.15)");
        String refused = Traced.refusal("tracepoint:syscalls:sys_enter_*", "--", "true");
        assertTrue(refused.contains("no BPF cookies (5.15)"), refused);
    }

    @Test
    void afterItsTimeItEndsWithTheCommand() throws IOException {
        Path file = directory.resolve("duration.txt");
        Run run = Traced.run(file, "--duration", "0.2", EXEC, "--", "sh", "-c", "exec sleep 1000");
        assertEquals(128 + 15, run.exitCode(), run.err());
    }

    @Test
    void afterItsTimeTheTracingOfAProcessEnds() throws Exception {
        try (Running target = PureBpf.startProcess(List.of("sleep", "1000"))) {
            String pid = Long.toString(target.process().pid());
            List<String> table = trace("--count", "--duration", "0.2", "-p", pid, EXIT);
            assertEquals(1, table.size(), table.toString());
            assertTrue(target.process().isAlive());
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
        assertEquals(
                List.of(
                        begin + " arg0=0x3",
                        begin + " arg0=0x4",
                        end + " returned=0x15",
                        end + " returned=0x1d"),
                Traced.hits(lines));
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
        if (!Traced.listsFunctions()) {
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

    @ParameterizedTest
    @CsvSource({
        "kprobe:vfs_reed, did you mean vfs_read",
        "kretprobe:vfs_reed, did you mean vfs_read",
        "kprobe:vfs_reed*, no function of this kernel matches",
        "fentry:vfs_reed*, no function of this kernel matches"
    })
    void functionsThatCannotBeTracedAreToldInOneSentence(String probe, String expected) {
        assumeTrue(
                Files.exists(KPROBES) && Traced.listsFunctions(),
                "needs kprobes (CONFIG_KPROBE_EVENTS, CONFIG_FUNCTION_TRACER)");
        String refused = Traced.refusal(probe, "--", "true");
        assertTrue(refused.contains(expected), refused);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kprobe:", "kretprobe:"})
    void aFunctionOnTheBlacklistIsToldInOneSentence(String kind) throws IOException {
        Path list = Path.of("/sys/kernel/debug/kprobes/blacklist");
        assumeTrue(
                Files.exists(KPROBES) && Files.isReadable(list),
                "needs kprobes (CONFIG_KPROBE_EVENTS), and " + list);
        String function =
                Files.readAllLines(list).stream()
                        .map(line -> line.substring(line.indexOf('\t') + 1))
                        .filter(name -> isOnce(name))
                        .findFirst()
                        .orElseThrow();
        String refused = Traced.refusal(kind + function, "--", "true");
        String probe = kind.replace(':', ' ') + function;
        assertTrue(refused.startsWith("purebpf: attaching to " + probe + " failed: "), refused);
        String sentence =
                ": the kernel allows no probe in " + function + ", it is on its blacklist (";
        assertTrue(refused.contains(sentence), refused);
    }

    private static boolean isOnce(String function) {
        try {
            return Kallsyms.load(Kernel.host()).addresses(function).length == 1;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Tracing itself calls it: it has types, and is not in the list of those that can be traced.
     */
    @ParameterizedTest
    @CsvSource({
        "fentry:NAME, 'NAME cannot be traced by its begin, as tracing itself may need it"
                + " (notrace)'",
        "fexit:NAME, 'NAME cannot be traced by its begin, as tracing itself may need it (notrace)'",
        "fentry:NAM?, 'no function of this kernel matches ''fentry:NAM?'''",
        "kprobe:NAM?, 'no function of this kernel matches ''kprobe:NAM?'''"
    })
    void aFunctionThatMayNotBeTracedIsToldInOneSentence(String probe, String expected) {
        String name = "ktime_get_mono_fast_ns";
        String shorter = name.substring(0, name.length() - 1);
        assumeTrue(
                Traced.listsFunctions()
                        && Kprobe.names(Kernel.host(), new Glob(shorter + "?")).isEmpty(),
                "needs a kernel that cannot trace " + name + ", as later ones cannot");
        String refused =
                Traced.refusal(
                        probe.replace("NAME", name).replace("NAM?", shorter + "?"), "--", "true");
        String sentence = expected.replace("NAME", name).replace("NAM?", shorter + "?");
        assertTrue(refused.contains(sentence), refused);
        assertTrue(
                !probe.endsWith("?") || refused.contains("' prints all that can be traced"),
                refused);
    }

    @Test
    void aPatternNamesManyFunctionsOfTheKernel() throws IOException {
        assumeTrue(
                Kernel.host().features().has(Feature.KPROBE_MULTI) && Traced.listsFunctions(),
                "needs links of many kprobes (5.18, CONFIG_FPROBE)");
        // Some cats have the kernel send the file, without a read.
        String[] reader = {"dd", "if=/etc/passwd", "of=/dev/null", "bs=64k"};
        List<String> table = trace(with(reader, "--count", "kprobe:vfs_*", "kretprobe:vfs_*"));
        for (String name : List.of("kprobe:vfs_read", "kretprobe:vfs_read", "kprobe:vfs_open")) {
            assertTrue(
                    table.stream().anyMatch(line -> line.matches(" +\\d+ +\\d+  dd +" + name)),
                    table.toString());
        }
        List<String> lines = trace(with(reader, "kretprobe:vfs_rea?"));
        long size = Files.size(Path.of("/etc/passwd"));
        String returned = " kretprobe:vfs_read returned=" + size;
        assertTrue(lines.stream().anyMatch(line -> line.endsWith(returned)), lines.toString());
    }

    @Test
    void aPatternNamesManyFunctionsOfAFile() throws IOException {
        String all = "uprobe:" + greet + ":g*";
        assertEquals(
                List.of("uprobe:" + greet + ":goodbye", "uprobe:" + greet + ":greet"),
                Traced.list(all));
        List<String> lines = trace("--args", "1", all, "uret" + all.substring(1), "--", greet);
        assertEquals(
                List.of(
                        "uprobe:" + greet + ":goodbye arg0=0x32",
                        "uprobe:" + greet + ":greet arg0=0x3",
                        "uprobe:" + greet + ":greet arg0=0x4",
                        "uretprobe:" + greet + ":goodbye returned=0x1",
                        "uretprobe:" + greet + ":greet returned=0x15",
                        "uretprobe:" + greet + ":greet returned=0x1d"),
                Traced.hits(lines));
        String none = Traced.refusal("uprobe:" + greet + ":no_such*", "--", greet);
        assertTrue(none.contains("no function of " + greet + " matches"), none);
    }

    @Test
    void whatAPatternNamesAndTheKernelDoesNotAllowIsLeftOutAndSaid() throws Exception {
        String refused = CompiledProgram.compile(TraceTest.class, "refused", directory);
        String all = "uprobe:" + refused + ":may_*";
        String one = "uprobe:" + refused + ":may_not_be_probed";
        Process mapped = new ProcessBuilder(refused, "wait").start();
        try {
            assertEquals('m', mapped.getInputStream().read());
            Path file = directory.resolve("refused.trace");
            Run run = Traced.run(file, all, "--", refused);
            assertEquals(0, run.exitCode(), run.err());
            assertEquals(
                    "purebpf: 1 of 2 probes is left out, as the kernel allows none there: "
                            + one
                            + "\n",
                    run.err());
            assertEquals(
                    List.of("uprobe:" + refused + ":may_be_probed"),
                    Traced.hits(Files.readAllLines(file)));
            assertEquals(0, Traced.run(file, "--output", "json", all, "--", refused).exitCode());
            assertEquals("{\"refused\":[\"" + one + "\"]}", Files.readAllLines(file).getFirst());
            // What was named by its name, or all that was, is an error.
            assertTrue(Traced.refusal(one, "--", refused).contains("cannot probe the instr"));
            String none = "uprobe:" + refused + ":may_not_be_probe?";
            assertTrue(Traced.refusal(none, "--", refused).contains("cannot probe the instr"));
        } finally {
            mapped.destroyForcibly().waitFor();
        }
    }

    @Test
    void whatThereIsIsListed() {
        Run run = PureBpf.runHere("trace", "--list", "tracepoint:sched:sched_process_e*");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.outLines().containsAll(List.of(EXEC, EXIT)), run.out());
        assertEquals(1, PureBpf.runHere("trace", "--list", "tracepoint:no_such:*").exitCode());
    }

    private static String[] with(String[] command, String... words) {
        return Stream.of(words, new String[] {"--"}, command)
                .flatMap(Stream::of)
                .toArray(String[]::new);
    }

    private static List<String> trace(String... words) throws IOException {
        return Traced.lines(directory, words);
    }
}
