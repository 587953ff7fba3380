package dev.purebpf.cli.syscalls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.Json;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What {@code purebpf syscalls} learns from the kernel, strace being the judge. The command runs in
 * this process, so that the emulated machines can afford it; as a process it is tried by {@link
 * SyscallsCommandTest}. Traces what the test has started, and nothing else.
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
        Traced traced =
                run("sh", "-c", "exec 2>/dev/null; sleep 1000 & sleep 0.2; kill -9 $!; wait $!");
        assertEquals(137, traced.exitCode());
        assertTrue(traced.has("(?: |clock_)nanosleep\\(.*\\) = \\?"), traced.text());
        Traced ended = run(program, "ended");
        assertEquals(3, ended.exitCode());
        assertTrue(ended.has(" read\\(fd: \\d+, .*\\) = \\?"), ended.text());
    }

    @Test
    void aStringInAPageThatIsNotInMemoryIsReadAfterTheCall() throws Exception {
        Traced traced = run(program, "page-fault", directory.resolve("page").toString());
        assertEquals(0, traced.exitCode(), traced.text());
        String text = traced.text();
        assertTrue(text.contains("filename: \"/no/such/file\", flags: 0x0"), text);
        assertTrue(text.contains("filename: 0x8, flags: 0x0, mode: 0) = -1 EFAULT"), text);
    }

    @Test
    void thePathOfAnExecIsShownAlsoIfItsPageWasNotInMemory() throws Exception {
        Traced traced = run(program, "page-fault-in-exec", directory.resolve("path").toString());
        assertEquals(0, traced.exitCode(), traced.text());
        String text = traced.text();
        assertTrue(text.contains("execve(filename: \"/bin/true\", argv: 0x"), text);
    }

    @Test
    void ofAProcessThatIsKilledTheCallsOfAllThreadsAreShown() throws Exception {
        Traced traced = run(program, "killed");
        assertEquals(137, traced.exitCode(), traced.text());
        assertEquals(100, traced.matching(" read\\(fd: \\d+, .*\\) = \\? ").size());
    }

    @Test
    void aCallThatSeccompAnswersIsShownByItsEnd() throws Exception {
        List<String> lines = run(program, "refused").matching("getppid");
        assertEquals(3, lines.size());
        assertTrue(
                lines.getFirst().endsWith("= -1 EPERM (Operation not permitted) <?>"),
                lines.toString());
    }

    @Test
    void callsOf32BitProgramsHaveTheirOwnNamesAndStrings() throws Exception {
        assumeTrue(
                System.getProperty("os.arch").equals("amd64"),
                "needs x86-64: of aarch64, no names of 32-bit calls are known");
        Traced traced = run(program, "compat");
        assumeTrue(traced.exitCode() == 0, "needs CONFIG_IA32_EMULATION");
        String text = traced.text();
        assertTrue(text.contains(" 32-bit getppid() = "), text);
        assertTrue(text.contains(" 32-bit open(filename: \"/etc/passwd\", flags: 0x0"), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring", "perf"})
    void ofABurstEachCallIsShownOrCountedAsLost(String buffer) throws Exception {
        int few = total(calls.countByStrace(dd(10)));
        int count = 20_000;
        Path file = Files.createTempFile(directory, "burst", ".txt");
        List<String> words = new ArrayList<>(List.of("--buffer", buffer, "--buffer-size", "4K"));
        words.addAll(List.of("-o", file.toString(), "--"));
        words.addAll(List.of(dd(count)));
        Run run = runHere(words);
        assertEquals(0, run.exitCode(), run.err());
        long shown = Files.readAllLines(file).size();
        // One read and one write for each byte.
        assertEquals(few + 2L * (count - 10), shown + TraceLines.lost(run.err()), "shown " + shown);
        assertTrue(shown > 0);
    }

    private static String[] dd(int count) {
        String words = "dd if=/dev/zero of=/dev/null bs=1 status=none count=" + count;
        return words.split(" ");
    }

    @Test
    void everyLineOfJsonIsAnObjectThatSaysTheSameAsTheText() throws Exception {
        Path file = directory.resolve("trace.json");
        Run run =
                runHere(
                        List.of(
                                "--output",
                                "json",
                                "-o",
                                file.toString(),
                                "--summary",
                                program,
                                "children"));
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
        runHere(List.of("--summary", "-o", file.toString(), "--", program, "children"));
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
    }

    @Test
    void aRunningProcessIsTracedWithItsThreadsUntilItExits() throws Exception {
        Path file = directory.resolve("steady.txt");
        try (Running target = calls.steady()) {
            var end =
                    CompletableFuture.runAsync(
                            () -> {
                                Waiting.forLines(file, 200);
                                target.process().destroyForcibly();
                            });
            String pid = Long.toString(target.process().pid());
            Run run = runHere(List.of("-p", pid, "-o", file.toString()));
            end.join();
            assertEquals(0, run.exitCode(), run.err());
            assertEquals(0, TraceLines.lost(run.err()), run.err());
            List<TraceLines.Line> lines = TraceLines.parse(Files.readAllLines(file));
            assertEquals(
                    Set.of((int) target.process().pid()),
                    lines.stream().map(TraceLines.Line::pid).collect(Collectors.toSet()),
                    "no children, no others");
            assertEquals(4, lines.stream().map(TraceLines.Line::tid).distinct().count());
        }
    }

    @Test
    void aCallThatBeganBeforeTheTracingIsShownByItsEnd() throws Exception {
        Path file = directory.resolve("began.txt");
        try (Running target = PureBpf.startProcess(List.of("cat"))) {
            var end =
                    CompletableFuture.runAsync(
                            () -> {
                                // However it goes on: at the end of its input cat ends, too.
                                try (var input = target.process().getOutputStream()) {
                                    Waiting.forTracer(ProcessHandle.current().pid());
                                    input.write("late\n".getBytes(StandardCharsets.UTF_8));
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
            String pid = Long.toString(target.process().pid());
            Run run = runHere(List.of("-p", pid, "-o", file.toString()));
            end.join();
            assertEquals(0, run.exitCode(), run.err());
            List<String> lines = Files.readAllLines(file);
            assertTrue(lines.getFirst().matches(".* read\\(fd: 0, .* = 5 <\\?>"), lines.getFirst());
        }
    }

    private static List<TraceLines.Line> trace(String buffer, String... command)
            throws IOException {
        Path file = Files.createTempFile(directory, "trace", ".txt");
        List<String> words = new ArrayList<>(List.of("--buffer", buffer, "-o", file.toString()));
        words.add("--");
        words.addAll(List.of(command));
        Run run = runHere(words);
        assertNotEquals(1, run.exitCode(), run.err());
        assertEquals(0, TraceLines.lost(run.err()), run.err());
        return TraceLines.parse(Files.readAllLines(file));
    }

    /** What became of a command and of its trace. */
    private record Traced(int exitCode, List<String> lines) {
        /** {@return the lines in which something is found} */
        List<String> matching(String pattern) {
            return lines.stream().filter(Pattern.compile(pattern).asPredicate()).toList();
        }

        boolean has(String pattern) {
            return !matching(pattern).isEmpty();
        }

        String text() {
            return String.join("\n", lines);
        }
    }

    private static Traced run(String... command) throws IOException {
        Path file = Files.createTempFile(directory, "run", ".txt");
        List<String> words = new ArrayList<>(List.of("-o", file.toString(), "--"));
        words.addAll(List.of(command));
        Run run = runHere(words);
        return new Traced(run.exitCode(), Files.readAllLines(file));
    }

    private static Run runHere(List<String> arguments) {
        List<String> words = new ArrayList<>(List.of("syscalls"));
        words.addAll(arguments);
        return PureBpf.runHere(words.toArray(String[]::new));
    }

    private static int total(Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }
}
