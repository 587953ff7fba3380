package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.CompiledProgram;
import dev.purebpf.cli.Json;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.syscalls.Waiting;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** By which way hits came about, in the kernel and in a program whose functions are known. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class TraceStackTest {
    private static final String TRACEPOINT = "tracepoint:syscalls:sys_enter_getppid";

    @TempDir static Path directory;

    private static String program;

    /** What {@link #begins} has found out. */
    private static List<Map<String, Object>> begins;

    @BeforeAll
    static void requireTracing() throws Exception {
        Traced.requireTracing();
        program =
                CompiledProgram.compile(
                        TraceStackTest.class,
                        "stacks",
                        directory,
                        "-no-pie",
                        "-fno-omit-frame-pointer",
                        "-fno-optimize-sibling-calls");
    }

    /** Traces the program, which ends when its functions must have been named. */
    private static List<String> trace(
            Path file, int calls, BooleanSupplier isNamed, String... words) throws IOException {
        Path end = directory.resolve("end-" + file.getFileName());
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--", program, Integer.toString(calls), end.toString()));
        var named =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                Waiting.until(isNamed);
                            } finally {
                                create(end);
                            }
                        });
        Run run = Traced.run(file, all.toArray(String[]::new));
        assertEquals("", run.err());
        assertEquals(0, run.exitCode());
        named.join();
        return Files.readAllLines(file);
    }

    /** {@return whether this process, which is the tracer, too, has opened the program} */
    private static boolean isProgramOpen() {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.anyMatch(line -> line.endsWith(" " + program));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void create(Path file) {
        try {
            Files.createFile(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> functions(Map<String, Object> hit, String stack) {
        List<String> functions = new ArrayList<>();
        for (Object frame : (List<?>) hit.getOrDefault(stack, List.of())) {
            functions.add(String.valueOf(((Map<?, ?>) frame).get("function")));
        }
        return functions;
    }

    private static String prefix() {
        return System.getProperty("os.arch").equals("aarch64") ? "__arm64" : "__x64";
    }

    @Test
    void everyKindOfProbeTellsTheWayToIt() throws IOException {
        String call = prefix() + "_sys_getppid";
        List<String> probes = new ArrayList<>(List.of(TRACEPOINT));
        probes.add("uprobe:" + program + ":innermost");
        probes.add("usdt:" + program + ":stacks:called");
        if (Kernel.host().features().has(Feature.UPROBE_MULTI)) {
            probes.add("uretprobe:" + program + ":outer*");
        }
        if (Traced.hasKprobes()) {
            probes.addAll(List.of("kprobe:" + call, "kretprobe:" + call));
        }
        List<String> words = new ArrayList<>(List.of("--output", "json", "--stack"));
        words.addAll(probes);
        Path file = directory.resolve("shown.json");
        List<String> lines =
                trace(file, 1, () -> file.toFile().length() > 0, words.toArray(String[]::new));
        assertEquals(probes.size(), lines.size(), lines.toString());
        for (String line : lines) {
            Map<String, Object> hit = Json.object(line);
            String probe = (String) hit.get("probe");
            List<String> user = functions(hit, "user_stack");
            List<String> kernel = functions(hit, "kernel_stack");
            assertTrue(user.contains("main"), line);
            Map<?, ?> frame = (Map<?, ?>) ((List<?>) hit.get("user_stack")).getFirst();
            assertEquals(program, frame.get("file"), line);
            if (probe.startsWith("u")) {
                assertEquals(List.of(), kernel, line);
            }
            if (probe.startsWith("uprobe:")) {
                // It has no frame of its own yet, so that kernels before 6.12 miss who called it.
                assertEquals("innermost", user.getFirst(), line);
                assertEquals(0L, frame.get("offset"), line);
                assertEquals(List.of("outermost", "main"), from("outermost", user, 2), line);
            } else if (!probe.startsWith("uretprobe:")) {
                List<String> all = List.of("innermost", "middle", "outermost", "main");
                assertEquals(all, from("innermost", user, 4), line);
            }
            if (probe.startsWith("kprobe:")) {
                assertFalse(kernel.isEmpty(), line);
            }
        }
    }

    /** All of one run: in an emulated machine each reads the kernel's symbols for a second. */
    private static List<Map<String, Object>> begins() throws IOException {
        if (begins == null) {
            List<String> probes =
                    new ArrayList<>(List.of("tp_btf:sys_enter", "rawtracepoint:sys_enter"));
            if (Traced.listsFunctions()) {
                probes.add("fentry:do_sys_openat2");
            }
            begins = typed(probes);
        }
        return begins;
    }

    private static List<Map<String, Object>> typed(List<String> probes) throws IOException {
        List<String> words = new ArrayList<>(List.of("--output", "json", "--stack"));
        words.addAll(probes);
        Path file = Files.createTempFile(directory, "typed", ".json");
        return trace(file, 1, TraceStackTest::isProgramOpen, words.toArray(String[]::new)).stream()
                .map(Json::object)
                .toList();
    }

    /** Their context has no registers, as those of tracepoints and probes have. */
    @ParameterizedTest
    @CsvSource({
        "tp_btf:sys_enter, 2",
        "rawtracepoint:sys_enter, 2",
        "fentry:do_sys_openat2, 1",
        "fexit:do_sys_openat2, 1"
    })
    void typedProbesTellTheWayToThem(String probe, int hits) throws IOException {
        boolean isOfFunction = probe.startsWith("f");
        assumeTrue(
                !isOfFunction || Traced.listsFunctions(),
                "needs a kernel that allows programs at its functions (CONFIG_FUNCTION_TRACER)");
        // A function that is traced at its end, too, is not on the stack at its begin.
        List<Map<String, Object>> found =
                probe.startsWith("fexit:") ? typed(List.of(probe)) : begins();
        List<Map<String, Object>> ofInnermost = new ArrayList<>();
        List<String> all = List.of("innermost", "middle", "outermost", "main");
        for (Map<String, Object> hit : found) {
            if (!probe.equals(hit.get("probe"))) {
                continue;
            }
            String line = hit.toString();
            List<String> user = functions(hit, "user_stack");
            if (!user.isEmpty() && user.getFirst().equals("innermost")) {
                assertEquals(all, user.subList(0, 4), line);
                List<String> kernel = functions(hit, "kernel_stack");
                // At its end it may have left the stack.
                if (!probe.startsWith("fexit")) {
                    assertEquals(isOfFunction, kernel.contains("do_sys_openat2"), line);
                }
                assertTrue(kernel.stream().anyMatch(name -> name.contains("syscall")), line);
                ofInnermost.add(hit);
            }
        }
        assertEquals(hits, ofInnermost.size(), ofInnermost.toString());
    }

    private static List<String> from(String name, List<String> all, int count) {
        int at = Math.max(0, all.indexOf(name));
        return all.subList(at, Math.min(all.size(), at + count));
    }

    /**
     * Its memory is gone, mostly before anybody could look; its file, and that of the C library,
     * are not.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ofAProgramThatEndsAtOnceTheFunctionsAreKnown(boolean counted) throws IOException {
        Path end = Files.createTempFile(directory, "ends", "at-once");
        List<String> words = new ArrayList<>(List.of("--output", "json", "--stack"));
        if (counted) {
            words.add("--count");
        }
        words.addAll(List.of(TRACEPOINT, "--", program, "1", end.toString()));
        List<String> lines = Traced.lines(directory, words.toArray(String[]::new));
        assertEquals(1, lines.size(), lines.toString());
        List<String> user = functions(Json.object(lines.getFirst()), "user_stack");
        List<String> all = List.of("innermost", "middle", "outermost", "main");
        assertEquals(all, from("innermost", user, 4), lines.getFirst());
    }

    @Test
    void atATracepointTheWayOfTheKernelBeginsWhereItIs() throws IOException {
        List<String> words = new ArrayList<>(List.of("--output", "json", "--stack"));
        for (String kind : List.of("tracepoint:sched:", "rawtracepoint:", "tp_btf:")) {
            words.add(kind + "sched_process_exit");
        }
        words.addAll(List.of("--", "true"));
        List<String> lines = Traced.lines(directory, words.toArray(String[]::new));
        assertEquals(3, lines.size(), lines.toString());
        for (String line : lines) {
            List<String> kernel = functions(Json.object(line), "kernel_stack");
            assertEquals("do_exit", kernel.getFirst(), line);
        }
    }

    @Test
    void hitsAreCountedForEachWayToThem() throws IOException {
        Path file = directory.resolve("counted.txt");
        List<String> table =
                trace(file, 5, TraceStackTest::isProgramOpen, "--count", "--stack", TRACEPOINT);
        assertTrue(table.get(1).matches(" +5 +\\d+  stacks +" + TRACEPOINT), table.toString());
        // A C library that keeps frame pointers tells who called main, too.
        List<String> user =
                table.stream()
                        .filter(line -> line.contains(program) && !line.contains(" _start+"))
                        .toList();
        for (int i = 0; i < 4; i++) {
            String function = List.of("innermost", "middle", "outermost", "main").get(i);
            assertTrue(
                    user.get(i).matches("    " + function + "\\+0x[0-9a-f]+ \\[" + program + "]"),
                    table.toString());
        }
        assertEquals(4, user.size(), table.toString());
    }
}
