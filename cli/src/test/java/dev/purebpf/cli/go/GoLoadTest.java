package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.Json;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.go.GoPrograms.GoProgram;
import dev.purebpf.cli.syscalls.Waiting;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A program under load is not disturbed by being traced, however that ends. */
@Tag("kernel")
class GoLoadTest {
    private static final int ENOUGH = 500;

    @TempDir static Path folder;

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    /** Not as they were made for machines, where each start of a tracer takes seconds. */
    private static List<GoProgram> programs() throws Exception {
        return GoPrograms.compiled(GoPrograms.source("load"), folder, GoPrograms.NO_OPTION);
    }

    @Test
    void aProgramOutlivesItsTracers() throws Exception {
        for (GoProgram program : programs()) {
            try (Running target = PureBpf.startProcess(List.of(program.path().toString()))) {
                String pid = Long.toString(target.process().pid());
                checked(trace(pid, false), program.what());
                trace(pid, true);
                checked(trace(pid, false), program.what());
                target.process().getOutputStream().close();
                Run run = target.end();
                assertEquals(0, run.exitCode(), program.what() + ": " + run.err());
                assertEquals(
                        List.of("working", "wrong 0 done true"), run.outLines(), program.what());
            }
        }
    }

    @Test
    void allProcessesThatRunAFileAreTraced() throws Exception {
        Path program = programs().getLast().path();
        Path file = folder.resolve("all.txt");
        try (Running tracer =
                PureBpf.start(
                        List.of(), "go", "-o", file.toString(), program.toString(), "main.work")) {
            Set<Long> pids = new HashSet<>();
            // Until there are two, for the first may run before anything is attached.
            Waiting.until(() -> work(program, pids) && seen(file).size() > 1);
            tracer.process().toHandle().destroy();
            Run run = tracer.end();
            assertEquals("", run.out() + run.err());
            assertTrue(pids.containsAll(seen(file)), pids + ": " + seen(file));
        }
    }

    @Test
    void whatATracerThatStandsStillMissesIsCounted() throws Exception {
        Path program = programs().getLast().path();
        Path file = folder.resolve("lost.json");
        GoCode sum = GoCode.of(program, "main.sum");
        try (Running target = PureBpf.startProcess(List.of(program.toString(), "100", "later"));
                Running tracer =
                        PureBpf.start(
                                List.of(),
                                "go",
                                "--output",
                                "json",
                                "-o",
                                file.toString(),
                                "-p",
                                Long.toString(target.process().pid()),
                                "main.sum")) {
            long pid = target.process().pid();
            Waiting.until(() -> !sum.isUntouched(pid));
            tracer.signal("STOP");
            target.process().getOutputStream().close();
            assertEquals(0, target.end().exitCode());
            tracer.signal("CONT");
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            List<String> lines = new ArrayList<>(Files.readAllLines(file));
            long lost = (Long) Json.object(lines.removeLast()).get("lost");
            assertTrue(lost > 0, run.err());
            // Of each of 4 × 100 lists, 200 elements and the end.
            assertEquals(4 * 100 * 201, lines.size() + lost, run.err());
            assertEquals(
                    List.of(
                            "purebpf: "
                                    + lost
                                    + " calls were lost: they came faster than they could be"
                                    + " read."),
                    run.errLines());
        }
    }

    @Test
    void afterCtrlCAProgramsCodeIsAsItWas() throws Exception {
        for (GoProgram program : programs()) {
            GoCode guarded = GoCode.of(program.path(), "main.guarded");
            try (Running target = PureBpf.startProcess(List.of(program.path().toString()))) {
                long pid = target.process().pid();
                try (Running tracer =
                        PureBpf.start(
                                List.of(),
                                "go",
                                "--returns",
                                "-o",
                                "/dev/null",
                                "-p",
                                Long.toString(pid),
                                "main.guarded")) {
                    Waiting.until(() -> !guarded.isUntouched(pid));
                    tracer.signal("INT");
                    Run run = tracer.end();
                    assertEquals(0, run.exitCode(), run.err());
                    assertTrue(guarded.isUntouched(pid), program.what());
                }
                target.process().getOutputStream().close();
                assertEquals(0, target.end().exitCode(), program.what());
            }
        }
    }

    /** Runs the program to its end. */
    private static boolean work(Path program, Set<Long> pids) {
        try (Running running = PureBpf.startProcess(List.of(program.toString()))) {
            pids.add(running.process().pid());
            running.process().getOutputStream().close();
            return running.end().exitCode() == 0;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return the processes that are in a trace} */
    private static Set<Long> seen(Path file) {
        Set<Long> pids = new HashSet<>();
        try {
            if (Files.exists(file)) {
                for (String line : Files.readAllLines(file)) {
                    String[] words = line.split("[ /]");
                    if (words.length > 3) {
                        pids.add(Long.valueOf(words[2]));
                    }
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return pids;
    }

    /** {@return what was traced until there was enough, by a tracer that is ended or killed} */
    private static List<String> trace(String pid, boolean killed) throws Exception {
        Path file = Files.createTempFile(folder, "trace", ".json");
        try (Running tracer =
                PureBpf.start(
                        List.of(),
                        "go",
                        "--returns",
                        "--output",
                        "json",
                        "-p",
                        pid,
                        "-o",
                        file.toString(),
                        "main.sum",
                        "main.guarded",
                        "main.work")) {
            Waiting.forLines(file, ENOUGH);
            if (killed) {
                tracer.process().toHandle().destroyForcibly();
                tracer.end();
                return List.of();
            }
            // By its handle: otherwise what it says could no longer be read.
            tracer.process().toHandle().destroy();
            Run run = tracer.end();
            assertEquals("", run.out(), run.err());
            return Files.readAllLines(file);
        }
    }

    /** What a function gave is what it has to give for what it took. */
    static void checked(List<String> lines, String what) {
        int checked = 0;
        for (String line : lines) {
            Map<String, Object> call = Json.object(line);
            if (!"main.guarded".equals(call.get("function"))
                    || call.get("arguments") == null
                    || call.get("results") == null) {
                continue;
            }
            long n = value(call, "arguments");
            assertEquals(n % 3 == 0 ? -n : n, value(call, "results"), what + ": " + line);
            checked++;
        }
        assertTrue(checked > 0, what + ": " + new ArrayList<>(lines));
    }

    private static long value(Map<String, Object> call, String list) {
        return (Long) ((Map<?, ?>) ((List<?>) call.get(list)).getFirst()).get("value");
    }
}
