package dev.purebpf.cli.syscalls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * {@code purebpf syscalls} from end to end on this machine's kernel, strace being the judge. Traces
 * what the test has started, and nothing else.
 */
@Tag("kernel")
class SyscallsTest {

    /** What depends on timing when threads are involved. */
    private static final Set<String> TIMING =
            Set.of("futex", "mmap", "munmap", "mprotect", "madvise", "brk", "restart_syscall");

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
    @ValueSource(strings = {"ring", "perf"})
    void countsAndNamesAreThoseOfStrace(String buffer) throws Exception {
        for (String way : List.of("getppid 100", "children", "refused", "exit 3", "signal 15")) {
            String[] command = (program + " " + way).split(" ");
            Map<String, Integer> expected = calls.countByStrace(command);
            Map<String, Integer> counted = TraceLines.count(trace(buffer, command));
            assertEquals(expected, counted, way);
        }
    }

    @Test
    void callsOfThreadsAreAllThere() throws Exception {
        for (String way : List.of("threads", "exec-in-thread", "ended")) {
            Map<String, Integer> expected = calls.countByStrace(program, way);
            Map<String, Integer> counted = TraceLines.count(trace("auto", program, way));
            expected.keySet().removeAll(TIMING);
            counted.keySet().removeAll(TIMING);
            assertEquals(expected, counted, way);
        }
    }

    @Test
    void threadsAreToldApart() throws Exception {
        List<TraceLines.Line> lines = trace("auto", program, "threads");
        assertEquals(5, lines.stream().map(TraceLines.Line::tid).distinct().count());
        assertEquals(1, lines.stream().map(TraceLines.Line::pid).distinct().count());
        Map<Integer, Long> counts =
                lines.stream()
                        .filter(line -> line.call().equals("getppid"))
                        .collect(
                                Collectors.groupingBy(TraceLines.Line::tid, Collectors.counting()));
        assertEquals(List.of(100L, 100L, 100L, 100L), List.copyOf(counts.values()));
    }

    @Test
    void theFirstLineIsTheExecOfTheCommandAndTheLastItsExit() throws Exception {
        List<TraceLines.Line> lines = trace("auto", "true");
        assertEquals("execve", lines.getFirst().call());
        assertTrue(lines.getFirst().arguments().contains("/true\", argv: 0x"));
        assertEquals("exit_group", lines.getLast().call());
        assertEquals("?", lines.getLast().result());
    }

    @Test
    void anExecByAThreadIsShownUnderTheNumberThatItTakesOver() throws Exception {
        List<TraceLines.Line> lines = trace("auto", program, "exec-in-thread");
        List<TraceLines.Line> execs =
                lines.stream().filter(line -> line.call().equals("execve")).toList();
        assertEquals(2, execs.size());
        assertTrue(execs.get(1).arguments().startsWith("filename: \"/bin/true\""));
        assertEquals("0", execs.get(1).result());
        assertEquals(execs.get(1).pid(), execs.get(1).tid());
    }

    @Test
    void aCallThatItsTaskDiesInHasNoResult() throws Exception {
        Run run = run("--", "sh", "-c", "sleep 1000 & sleep 0.2; kill -9 $!; wait $!");
        assertEquals(137, run.exitCode());
        assertTrue(
                run.errLines().stream()
                        .anyMatch(line -> line.matches(".*clock_nanosleep\\(.*\\) = \\?.*")),
                run.err());
        Run ended = run("--", program, "ended");
        assertEquals(3, ended.exitCode());
        assertTrue(
                ended.errLines().stream()
                        .anyMatch(line -> line.matches(".* read\\(fd: \\d+, .*\\) = \\?.*")),
                ended.err());
    }

    @Test
    void aStringInAPageThatIsNotInMemoryIsReadAfterTheCall() throws Exception {
        Run run = run("--", program, "page-fault", directory.resolve("page").toString());
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().contains("filename: \"/no/such/file\", flags: 0x0"), run.err());
        assertTrue(
                run.err().contains("filename: 0x8, flags: 0x0, mode: 0) = -1 EFAULT"), run.err());
    }

    @Test
    void thePathOfAnExecIsShownAlsoIfItsPageWasNotInMemory() throws Exception {
        Run run = run("--", program, "page-fault-in-exec", directory.resolve("path").toString());
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().contains("execve(filename: \"/bin/true\", argv: 0x"), run.err());
    }

    @Test
    void ofAProcessThatIsKilledTheCallsOfAllThreadsAreShown() throws Exception {
        Path file = directory.resolve("killed.txt");
        Run run = run("-o", file.toString(), "--", program, "killed");
        assertEquals(137, run.exitCode(), run.err());
        long reads =
                Files.readAllLines(file).stream()
                        .filter(line -> line.matches(".* read\\(fd: \\d+, .*\\) = \\? .*"))
                        .count();
        assertEquals(100, reads);
    }

    @Test
    void aCallThatSeccompAnswersIsShownByItsEnd() throws Exception {
        List<String> lines =
                run("--", program, "refused").errLines().stream()
                        .filter(line -> line.contains("getppid"))
                        .toList();
        assertEquals(3, lines.size());
        assertTrue(
                lines.getFirst().endsWith("= -1 EPERM (Operation not permitted) <?>"),
                lines.toString());
    }

    @Test
    void callsOf32BitProgramsHaveTheirOwnNamesAndStrings() throws Exception {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "needs x86-64");
        Run run = run("--", program, "compat");
        assumeTrue(run.exitCode() == 0, "needs CONFIG_IA32_EMULATION");
        assertTrue(run.err().contains(" 32-bit getppid() = "), run.err());
        assertTrue(
                run.err().contains(" 32-bit open(filename: \"/etc/passwd\", flags: 0x0"),
                run.err());
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

    private static String[] quietDd(int count) {
        List<String> words = new ArrayList<>(List.of(dd(count)));
        words.add("status=none");
        return words.toArray(String[]::new);
    }

    private static String[] dd(int count) {
        return new String[] {"dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=" + count};
    }

    @Test
    void everyLineOfJsonIsAnObjectThatSaysTheSameAsTheText() throws Exception {
        Path file = directory.resolve("trace.json");
        Run run = run("--output", "json", "-o", file.toString(), "--summary", program, "children");
        assertEquals(0, run.exitCode(), run.err());
        TreeMap<String, Integer> counts = new TreeMap<>();
        TreeMap<String, Integer> summary = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            Map<String, Object> object = Json.object(line);
            if (object.get("summary") instanceof String call) {
                summary.put(call, ((Long) object.get("calls")).intValue());
            } else {
                counts.merge((String) object.get("call"), 1, Integer::sum);
                assertTrue(object.get("pid") instanceof Long);
                assertTrue(((String) object.get("time")).matches("20.*T.*\\.\\d{9}Z"), line);
            }
        }
        assertEquals(calls.countByStrace(program, "children"), counts);
        assertEquals(counts, summary);
    }

    @Test
    void theSummaryAddsUpWhatTheLinesSay() throws Exception {
        Path file = directory.resolve("summary.txt");
        run("--summary", "-o", file.toString(), "--", program, "children");
        List<String> lines = Files.readAllLines(file);
        int header = 0;
        while (!lines.get(header).contains("average s")) {
            header++;
        }
        TreeMap<String, Integer> shown =
                TraceLines.count(TraceLines.parse(lines.subList(0, header)));
        int total = total(shown);
        TreeMap<String, Integer> summed = new TreeMap<>();
        for (String row : lines.subList(header + 1, lines.size() - 1)) {
            String[] columns = row.strip().split(" +");
            summed.put(columns[5], Integer.parseInt(columns[0]));
        }
        assertEquals(shown, summed);
        assertTrue(lines.getLast().matches(" *" + total + " .* total"), lines.getLast());

        Run only = run("--summary-only", "--", program, "children");
        assertTrue(only.err().startsWith("         calls"), only.err());
        assertEquals(summed.size() + 2, only.errLines().size());
    }

    @Test
    void aRunningProcessIsTracedWithItsThreadsUntilItExits() throws Exception {
        Path file = directory.resolve("steady.txt");
        try (Running target = steady();
                Running tracer =
                        PureBpf.start(
                                List.of(),
                                "syscalls",
                                "-p",
                                Long.toString(target.process().pid()),
                                "-o",
                                file.toString())) {
            waitForLines(file, 200);
            target.process().descendants().forEach(ProcessHandle::destroyForcibly);
            target.process().destroyForcibly();
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            assertEquals("", run.err());
            List<TraceLines.Line> lines = TraceLines.parse(Files.readAllLines(file));
            assertEquals(
                    Set.of((int) target.process().pid()),
                    lines.stream().map(TraceLines.Line::pid).collect(Collectors.toSet()),
                    "no children, no others");
            assertEquals(4, lines.stream().map(TraceLines.Line::tid).distinct().count());
        }
    }

    @Test
    void interruptingATracerOfAProcessEndsItCleanly() throws Exception {
        Path file = directory.resolve("interrupted.txt");
        try (Running target = steady();
                Running tracer =
                        PureBpf.start(
                                List.of(),
                                "syscalls",
                                "--summary",
                                "-p",
                                Long.toString(target.process().pid()),
                                "-o",
                                file.toString())) {
            waitForLines(file, 50);
            signal("-INT", tracer.process().pid());
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
            waitForLines(file, 0);
            waitFor(() -> tracer.process().descendants().anyMatch(SyscallsTest::isSleep));
            ProcessHandle sleep =
                    tracer.process()
                            .descendants()
                            .filter(SyscallsTest::isSleep)
                            .findFirst()
                            .orElseThrow();
            signal("-INT", -group(sleep));
            Run run = tracer.end();
            assertEquals(130, run.exitCode(), run.err());
            assertEquals("", run.err());
            List<String> lines = Files.readAllLines(file);
            assertTrue(lines.getLast().endsWith(" total"), lines.getLast());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 50, 100, 150, 200, 250, 300, 400, 600})
    void ctrlCDuringTheStartEndsItToo(int milliseconds) throws Exception {
        try (Running tracer =
                PureBpf.start(
                        List.of("setsid"), "syscalls", "-o", "/dev/null", "--", "sleep", "1000")) {
            ProcessHandle self = tracer.process().toHandle();
            waitFor(() -> leadsItsGroup(self));
            Thread.sleep(milliseconds);
            signal("-INT", -self.pid());
            Run run = tracer.end();
            // 143 if it came while the command was on its way.
            assertTrue(Set.of(130, 143).contains(run.exitCode()), run.toString());
            assertEquals("", run.err());
        }
    }

    @ParameterizedTest
    @CsvSource({"-TERM, 143", "-HUP, 143"})
    void whatEndsTheTracerIsPassedOnToTheCommand(String signal, int expected) throws Exception {
        Path file = directory.resolve("terminated" + signal);
        try (Running tracer =
                PureBpf.start(
                        List.of(), "syscalls", "-o", file.toString(), "--", "sleep", "1000")) {
            waitFor(() -> tracer.process().descendants().anyMatch(SyscallsTest::isSleep));
            signal(signal, tracer.process().pid());
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
    void aCallThatBeganBeforeTheTracingIsShownByItsEnd() throws Exception {
        Path file = directory.resolve("began.txt");
        try (Running target = PureBpf.startProcess(List.of("cat"));
                Running tracer =
                        PureBpf.start(
                                List.of(),
                                "syscalls",
                                "-p",
                                Long.toString(target.process().pid()),
                                "-o",
                                file.toString())) {
            waitForAttached(tracer);
            target.process().getOutputStream().write("late\n".getBytes(StandardCharsets.UTF_8));
            target.process().getOutputStream().close();
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            List<String> lines = Files.readAllLines(file);
            assertTrue(lines.getFirst().matches(".* read\\(fd: 0, .* = 5 <\\?>"), lines.getFirst());
        }
    }

    @Test
    void aReaderThatHasSeenEnoughEndsItQuietly() throws Exception {
        try (Running target = steady()) {
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
        try (Running target = steady()) {
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
            waitFor(() -> parent.process().children().anyMatch(SyscallsTest::isZombie));
            long corpse =
                    parent.process()
                            .children()
                            .filter(SyscallsTest::isZombie)
                            .findFirst()
                            .orElseThrow()
                            .pid();
            assertParagraph(run("-p", Long.toString(corpse)), "has exited already");
        }
    }

    @Test
    void anOrdinaryUserIsToldWhatIsMissing() throws Exception {
        assumeTrue(isRoot(), "needs root, to become somebody else");
        Path open = Files.createTempDirectory(Path.of("/tmp"), "purebpf-test");
        try {
            open.toFile().setReadable(true, false);
            open.toFile().setExecutable(true, false);
            List<String> words =
                    new ArrayList<>(
                            List.of(
                                    "setpriv",
                                    "--reuid=65534",
                                    "--regid=65534",
                                    "--clear-groups",
                                    "--inh-caps=-all"));
            words.addAll(PureBpf.command(PureBpf.publicClassPath(open)));
            words.addAll(List.of("syscalls", "--", "true"));
            try (Running running = PureBpf.startProcess(words)) {
                assertParagraph(running.end(), "root");
            }
        } finally {
            deleteAll(open);
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

    private static List<TraceLines.Line> trace(String buffer, String... command)
            throws IOException, InterruptedException {
        Path file = Files.createTempFile(directory, "trace", ".txt");
        List<String> words = new ArrayList<>(List.of("--buffer", buffer, "-o", file.toString()));
        words.add("--");
        words.addAll(List.of(command));
        Run run = run(words.toArray(String[]::new));
        assertNotEquals(1, run.exitCode(), run.err());
        assertEquals(0, TraceLines.lost(run.err()), run.err());
        return TraceLines.parse(Files.readAllLines(file));
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

    private static Running steady() throws IOException {
        Running target = PureBpf.startProcess(List.of(program, "steady"));
        waitFor(() -> tasks(target.process().pid()) == 4);
        return target;
    }

    private static int tasks(long pid) {
        String[] tasks = Path.of("/proc/" + pid + "/task").toFile().list();
        return tasks == null ? 0 : tasks.length;
    }

    /** The kernel lists what is attached nowhere that costs less than asking for the programs. */
    private static void waitForAttached(Running tracer) {
        waitFor(
                () -> {
                    try (var links =
                            Files.list(Path.of("/proc/" + tracer.process().pid() + "/fd"))) {
                        return links.filter(SyscallsTest::isLink).count() == 4;
                    } catch (IOException e) {
                        return false;
                    }
                });
    }

    private static boolean isLink(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.equals("anon_inode:bpf_link") || target.contains("bpf-raw-tracepoint");
        } catch (IOException e) {
            return false;
        }
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

    private static void waitForLines(Path file, int count) {
        waitFor(
                () -> {
                    try {
                        return Files.exists(file) && Files.readAllLines(file).size() >= count;
                    } catch (IOException e) {
                        return false;
                    }
                });
    }

    private static void waitFor(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "waited for too long");
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static void signal(String signal, long pid) throws Exception {
        try (Running kill =
                PureBpf.startProcess(List.of("kill", signal, "--", Long.toString(pid)))) {
            assertEquals(0, kill.end().exitCode());
        }
    }

    private static int total(Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    private static void deleteAll(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
