package dev.purebpf.cli.syscalls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.Json;
import dev.purebpf.cli.Main;
import dev.purebpf.cli.OrdinaryUser;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.UnreadPipe;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * {@code purebpf syscalls} as a process among others: its streams and exit codes, signals, what it
 * tells those who may not trace. None of this depends on the kernel's version, and each test starts
 * Java: so it has no place in the emulated machines. Traces what the test has started, and nothing
 * else.
 */
class SyscallsCommandTest {
    @TempDir static Path directory;
    private static CallsProgram calls;
    private static String program;

    @BeforeAll
    static void compile() throws Exception {
        PureBpf.requireKernel();
        calls = new CallsProgram(directory);
        program = calls.path();
    }

    @ParameterizedTest
    @CsvSource({"exit 0, 0", "exit 7, 7", "signal 9, 137", "signal 15, 143", "signal 11, 139"})
    void theExitCodeIsThatOfTheCommand(String way, int expected) throws Exception {
        List<String> words = new ArrayList<>(List.of("-o", "/dev/null", program));
        words.addAll(List.of(way.split(" ")));
        assertEquals(expected, run(words.toArray(String[]::new)).exitCode());
    }

    @Test
    void theStreamsOfTheCommandAreItsOwn() throws Exception {
        Path file = directory.resolve("streams.txt");
        try (Running running =
                PureBpf.start(
                        List.of(),
                        "syscalls",
                        "-o",
                        file.toString(),
                        "--",
                        "sh",
                        "-c",
                        "cat; echo mistake >&2; exit 4")) {
            running.process().getOutputStream().write("to cat\n".getBytes(StandardCharsets.UTF_8));
            running.process().getOutputStream().close();
            Run run = running.end();
            assertEquals("to cat\n", run.out());
            assertEquals("mistake\n", run.err());
            assertEquals(4, run.exitCode());
        }
        TraceLines.parse(Files.readAllLines(file));
    }

    @Test
    void withoutAFileTheTraceOfACommandGoesToStandardError() throws Exception {
        Run run = run("--", "echo", "hello");
        assertEquals("hello\n", run.out());
        TraceLines.parse(run.errLines());
    }

    @ParameterizedTest
    @CsvSource({"ring, 8M, 500000", "ring, 4K, 100000", "perf, 1M, 100000", "perf, 4K, 100000"})
    void ofABurstEachCallIsShownOrCountedAsLost(String buffer, String size, int count)
            throws Exception {
        int few = total(calls.countByStrace(dd(10)));
        Path file = directory.resolve("burst.txt");
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "--buffer",
                                buffer,
                                "--buffer-size",
                                size,
                                "-o",
                                file.toString(),
                                "--"));
        words.addAll(List.of(dd(count)));
        Run run = run(words.toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        long shown;
        try (var lines = Files.lines(file)) {
            shown = lines.count();
        }
        // One read and one write for each byte.
        assertEquals(few + 2L * (count - 10), shown + TraceLines.lost(run.err()), "shown " + shown);
        assertTrue(shown > 0);
    }

    @Test
    void programsAreToldOfLossesInTheirOwnForm() throws Exception {
        int few = total(calls.countByStrace(quietDd(10)));
        List<String> words =
                new ArrayList<>(List.of("--output", "json", "--buffer-size", "4K", "--"));
        words.addAll(List.of(quietDd(50_000)));
        Run run = run(words.toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        long shown = 0;
        long lost = 0;
        for (String line : run.errLines()) {
            Map<String, Object> object = Json.object(line);
            if (object.get("lost") instanceof Long number) {
                lost += number;
            } else {
                shown++;
            }
        }
        assertEquals(few + 2L * (50_000 - 10), shown + lost);
        assertTrue(shown > 0 && lost > 0, shown + " shown, " + lost + " lost");
    }

    @Test
    void theSummaryAloneHasARowForEachCall() throws Exception {
        Set<String> called = calls.countByStrace(program, "children").keySet();
        Run run = run("--summary-only", "--", program, "children");
        assertTrue(run.err().startsWith("         calls"), run.err());
        assertEquals(called.size() + 2, run.errLines().size());
    }

    @Test
    void interruptingATracerOfAProcessEndsItCleanly() throws Exception {
        Path file = directory.resolve("interrupted.txt");
        try (Running target = calls.steady();
                Running tracer =
                        PureBpf.start(
                                List.of(),
                                "syscalls",
                                "--summary",
                                "-p",
                                Long.toString(target.process().pid()),
                                "-o",
                                file.toString())) {
            Waiting.forLines(file, 50);
            tracer.signal("INT");
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            assertEquals("", run.err());
            List<String> lines = Files.readAllLines(file);
            assertTrue(lines.getLast().endsWith(" total"), lines.getLast());
            assertTrue(target.process().isAlive());
        }
    }

    @Test
    void ctrlCGoesToTheCommandAndEndsBoth() throws Exception {
        Path file = directory.resolve("ctrl-c.txt");
        // A session of its own, as a terminal's foreground is, to send the signal to all of it.
        try (Running tracer =
                PureBpf.start(
                        List.of("setsid", "--wait"),
                        "syscalls",
                        "--summary",
                        "-o",
                        file.toString(),
                        "--",
                        "sleep",
                        "1000")) {
            Waiting.forLines(file, 0);
            Waiting.until(
                    () -> tracer.process().descendants().anyMatch(SyscallsCommandTest::isSleep));
            ProcessHandle sleep =
                    tracer.process()
                            .descendants()
                            .filter(SyscallsCommandTest::isSleep)
                            .findFirst()
                            .orElseThrow();
            PureBpf.signal("INT", -group(sleep));
            Run run = tracer.end();
            assertEquals(130, run.exitCode(), run.err());
            assertEquals("", run.err());
            List<String> lines = Files.readAllLines(file);
            assertTrue(lines.getLast().endsWith(" total"), lines.getLast());
        }
    }

    @Test
    void aCommandThatCtrlCDidNotReachIsAskedToEnd() throws Exception {
        try (Running tracer =
                PureBpf.start(List.of(), "syscalls", "-o", "/dev/null", "--", "sleep", "1000")) {
            Waiting.until(
                    () -> tracer.process().descendants().anyMatch(SyscallsCommandTest::isSleep));
            tracer.signal("INT");
            Run run = tracer.end();
            assertEquals(143, run.exitCode(), run.err());
            assertEquals("", run.err());
        }
    }

    @Test
    void aCommandThatHasItsOwnMeaningForCtrlCGoesOn() throws Exception {
        Path ready = directory.resolve("ready");
        String script = "trap 'exit 7' INT; touch " + ready + "; while :; do sleep 0.05; done";
        try (Running tracer =
                PureBpf.start(List.of(), "syscalls", "-o", "/dev/null", "--", "sh", "-c", script)) {
            Waiting.until(() -> Files.exists(ready));
            ProcessHandle shell = tracer.process().children().findFirst().orElseThrow();
            tracer.signal("INT");
            assertFalse(tracer.process().waitFor(500, TimeUnit.MILLISECONDS));
            PureBpf.signal("INT", shell.pid());
            Run run = tracer.end();
            assertEquals(7, run.exitCode(), run.err());
            assertEquals("", run.err());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 50, 100, 150, 200, 250, 300, 400, 600})
    void ctrlCDuringTheStartEndsItToo(int milliseconds) throws Exception {
        Path loaded = directory.resolve("classes-" + milliseconds);
        List<String> words = new ArrayList<>(List.of("setsid"));
        words.addAll(PureBpf.command(System.getProperty("java.class.path")));
        words.add(2, "-Xlog:class+load:file=" + loaded);
        words.addAll(List.of("syscalls", "-o", "/dev/null", "--", "sleep", "1000"));
        try (Running tracer = PureBpf.startProcess(words)) {
            ProcessHandle self = tracer.process().toHandle();
            // Java 25 takes a signal in the middle of its own start for an internal error.
            Waiting.until(() -> leadsItsGroup(self) && hasLoaded(loaded, Main.class));
            Thread.sleep(milliseconds);
            PureBpf.signal("INT", -self.pid());
            Run run = tracer.end();
            // 143 if it came while the command was on its way.
            assertTrue(Set.of(130, 143).contains(run.exitCode()), run.toString());
            assertEquals("", run.err());
        }
    }

    private static boolean hasLoaded(Path log, Class<?> type) {
        try {
            return Files.readString(log).contains(type.getName() + " ");
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "HUP, 143"})
    void whatEndsTheTracerIsPassedOnToTheCommand(String signal, int expected) throws Exception {
        Path file = directory.resolve("terminated-" + signal);
        try (Running tracer =
                PureBpf.start(
                        List.of(), "syscalls", "-o", file.toString(), "--", "sleep", "1000")) {
            Waiting.until(
                    () -> tracer.process().descendants().anyMatch(SyscallsCommandTest::isSleep));
            tracer.signal(signal);
            Run run = tracer.end();
            assertEquals(expected, run.exitCode(), run.err());
            assertEquals("", run.err());
        }
    }

    @Test
    void neitherItselfNorAKernelThreadIsTraced() throws Exception {
        List<String> words = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" -p $$", "sh"));
        words.addAll(PureBpf.command(System.getProperty("java.class.path")));
        words.add("syscalls");
        try (Running running = PureBpf.startProcess(words)) {
            assertParagraph(running.end(), "is this purebpf");
        }
        assumeTrue(isNamed(ProcessHandle.of(2), "kthreadd"), "needs the machine's own PIDs");
        assertParagraph(run("-p", "2"), "is a thread of the kernel");
    }

    @Test
    void aReaderThatHasSeenEnoughEndsItQuietly() throws Exception {
        try (Running target = calls.steady()) {
            List<String> words = new ArrayList<>(List.of("sh", "-c", "\"$@\" | head -n 3", "sh"));
            words.addAll(PureBpf.command(System.getProperty("java.class.path")));
            words.addAll(List.of("syscalls", "-p", Long.toString(target.process().pid())));
            try (Running pipeline = PureBpf.startProcess(words)) {
                Run run = pipeline.end();
                assertEquals("", run.err());
                assertEquals(3, TraceLines.parse(run.outLines()).size());
            }
        }
    }

    @Test
    void aReaderThatHasSeenEnoughEndsTheCommandToo() throws Exception {
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "sh",
                                "-c",
                                "{ \"$@\" 2>&1; echo $? >&3; } 3>&2 | head -n 3",
                                "sh"));
        words.addAll(PureBpf.command(System.getProperty("java.class.path")));
        words.addAll(List.of("syscalls", "--"));
        words.addAll(List.of(endlessDd()));
        try (Running pipeline = PureBpf.startProcess(words)) {
            Run run = pipeline.end();
            assertEquals("143\n", run.err());
            assertEquals(3, run.outLines().size(), run.out());
        }
    }

    @Test
    void whoeverAsksForTheEndNeedNotReadATraceToTheCommand() throws Exception {
        List<String> words = new ArrayList<>(List.of("syscalls", "-o", "", "--"));
        words.addAll(List.of(endlessDd()));
        try (UnreadPipe pipe = UnreadPipe.in(directory)) {
            words.set(2, pipe.path().toString());
            try (Running tracer = PureBpf.start(List.of(), words.toArray(String[]::new))) {
                Waiting.until(() -> UnreadPipe.isAwaitedBy(tracer.process().toHandle()));
                tracer.signal("TERM");
                Run run = tracer.end();
                assertEquals(143, run.exitCode());
                assertTrue(run.err().contains("the end of the trace is missing"), run.err());
            }
        }
    }

    @Test
    void whoeverPressesCtrlCNeedReadNeitherTheTraceNorWhatIsSaid() throws Exception {
        try (UnreadPipe pipe = UnreadPipe.in(directory);
                Running target = PureBpf.startProcess(List.of(endlessDd()))) {
            String both = "exec \"$@\" > " + pipe.path() + " 2>&1";
            try (Running tracer =
                    PureBpf.start(
                            List.of("sh", "-c", both, "sh"),
                            "syscalls",
                            "-p",
                            Long.toString(target.process().pid()))) {
                Waiting.until(() -> UnreadPipe.isAwaitedBy(tracer.process().toHandle()));
                tracer.signal("INT");
                assertEquals(0, tracer.end().exitCode());
                assertTrue(target.process().isAlive());
            }
        }
    }

    @Test
    void aFullDiskIsSaidAndTheCommandGoesOn() throws Exception {
        assumeTrue(Files.exists(Path.of("/dev/full")), "needs /dev/full");
        Run run = run("-o", "/dev/full", "--", "sh", "-c", "echo done");
        assertEquals("done\n", run.out());
        assertEquals(1, run.exitCode());
        assertParagraph(run, "No space left on device");
    }

    @Test
    void whatCannotBeTracedIsSaidBeforeAnythingIsSetUp() throws Exception {
        Path text = Files.writeString(directory.resolve("text"), "no program");
        assertParagraph(run("--", "no-such-program"), "there is no program 'no-such-program' in");
        assertParagraph(run("--", "./no/such"), "there is no program './no/such'");
        assertParagraph(run("--", text.toString()), "is no program that you may run");
        assertParagraph(run("--", directory.toString()), "is no program that you may run");
        Path script = Files.writeString(directory.resolve("script"), "#!/no/interpreter\n");
        script.toFile().setExecutable(true);
        assertParagraph(run("--", script.toString()), "the interpreter that its first line names");
        assertParagraph(run("--", ""), "empty name");
        assertParagraph(run("-o", directory + "/no/file", "--", "true"), "cannot be written to");
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        assertParagraph(run("-p", Long.toString(dead.pid())), "there is no process");
    }

    @Test
    void aThreadOrACorpseIsNoProcessToTrace() throws Exception {
        try (Running target = calls.steady()) {
            long thread;
            try (var tasks = Files.list(Path.of("/proc/" + target.process().pid() + "/task"))) {
                thread =
                        tasks.mapToLong(task -> Long.parseLong(task.getFileName().toString()))
                                .filter(tid -> tid != target.process().pid())
                                .findFirst()
                                .orElseThrow();
            }
            assertParagraph(
                    run("-p", Long.toString(thread)),
                    "is a thread of process " + target.process().pid());
        }
        // The shell becomes a program that does not wait for its child, which ends only then.
        String script =
                "(until grep -qx sleep /proc/$$/comm; do sleep 0.05; done) & exec sleep 1000";
        try (Running parent = PureBpf.startProcess(List.of("sh", "-c", script))) {
            Waiting.until(
                    () -> parent.process().children().anyMatch(SyscallsCommandTest::isZombie));
            long corpse =
                    parent.process()
                            .children()
                            .filter(SyscallsCommandTest::isZombie)
                            .findFirst()
                            .orElseThrow()
                            .pid();
            assertParagraph(run("-p", Long.toString(corpse)), "has exited already");
        }
    }

    @Test
    void anOrdinaryUserIsToldWhatIsMissing() throws Exception {
        try (OrdinaryUser user = OrdinaryUser.create()) {
            assertParagraph(user.run("syscalls", "--", "true"), "root");
        }
    }

    @Test
    void rootWithoutTheCapabilitiesIsToldWhichAreMissing() throws Exception {
        assumeTrue(isRoot(), "needs root, to give capabilities up");
        Run run =
                PureBpf.run(
                        List.of(
                                "setpriv",
                                "--bounding-set=-bpf,-perfmon,-sys_admin",
                                "--inh-caps=-all"),
                        "syscalls",
                        "--",
                        "true");
        assertParagraph(run, "CAP_BPF");
    }

    @Test
    void aPidNamespaceOfItsOwnIsSaid() throws Exception {
        assumeTrue(isRoot(), "needs root, to make a PID namespace");
        List<String> inNamespace = List.of("unshare", "--pid", "--fork", "--mount-proc");
        List<String> trial = new ArrayList<>(inNamespace);
        trial.add("true");
        assumeTrue(
                new ProcessBuilder(trial).start().waitFor() == 0,
                "unshare cannot make a PID namespace here, as in a chroot");
        Run run = PureBpf.run(inNamespace, "syscalls", "--", "true");
        assertParagraph(run, "--pid=host");
    }

    @Test
    void debugTellsWhatTheVerifierThought() throws Exception {
        Run run = run("--debug", "-o", "/dev/null", "--", "true");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().contains("attached on_sys_enter: "), run.err());
        Run failed = run("--debug", "--", "no-such-program");
        assertTrue(failed.err().contains("\tat dev.purebpf"), failed.err());
    }

    private static String[] quietDd(int count) {
        List<String> words = new ArrayList<>(List.of(dd(count)));
        words.add("status=none");
        return words.toArray(String[]::new);
    }

    private static String[] endlessDd() {
        return new String[] {"dd", "if=/dev/zero", "of=/dev/null", "bs=1", "status=none"};
    }

    private static String[] dd(int count) {
        return new String[] {"dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=" + count};
    }

    private static Run run(String... arguments) throws IOException, InterruptedException {
        String[] words = new String[arguments.length + 1];
        words[0] = "syscalls";
        System.arraycopy(arguments, 0, words, 1, arguments.length);
        return PureBpf.run(words);
    }

    private static void assertParagraph(Run run, String part) {
        assertEquals(1, run.exitCode(), run.err());
        List<String> own =
                run.errLines().stream().filter(line -> line.startsWith("purebpf: ")).toList();
        assertEquals(1, own.size(), run.err());
        assertTrue(own.getFirst().contains(part), run.err());
        assertFalse(run.err().contains("\tat "), run.err());
    }

    private static boolean isSleep(ProcessHandle process) {
        return process.info().command().orElse("").endsWith("/sleep")
                || name(process).equals("sleep");
    }

    private static String name(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/comm")).strip();
        } catch (IOException e) {
            return "";
        }
    }

    private static boolean isNamed(Optional<ProcessHandle> process, String name) {
        return process.isPresent() && name(process.get()).equals(name);
    }

    private static boolean leadsItsGroup(ProcessHandle process) {
        try {
            return group(process) == process.pid();
        } catch (IOException e) {
            return false;
        }
    }

    private static long group(ProcessHandle process) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        // pid (name) state parent group
        return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[2]);
    }

    private static boolean isZombie(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/stat")).contains(") Z ");
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private static int total(Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }
}
