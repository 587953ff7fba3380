package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.Json;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.syscalls.Waiting;
import dev.purebpf.fixtures.LeakCheck;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How tracings end, and what they lose. It does not depend on the kernel's version and starts Java,
 * and so has no place in the emulated machines.
 */
@ExtendWith(LeakCheck.class)
class GrpcSessionTest {
    private static final int LOAD_CALLS = 4 * 8 * 100;

    @TempDir static Path built;
    private static Path old;
    private static Path program;

    @TempDir Path directory;

    @BeforeAll
    static void build() throws Exception {
        PureBpf.requireKernel();
        old = GrpcPrograms.build(built, "bookworm");
        program = GrpcPrograms.build(built, "trixie");
    }

    private GrpcServer server(Path served) throws Exception {
        return new GrpcServer(served, program, directory);
    }

    private static Running trace(GrpcServer server, Path trace) throws IOException {
        String file = trace.toString();
        return PureBpf.start(List.of(), "grpc", "--output", "json", "-p", server.pid(), "-o", file);
    }

    private static Map<String, Object> last(Path trace) throws IOException {
        return Json.object(Files.readAllLines(trace).getLast());
    }

    @Test
    void ctrlCEndsItCleanlyAndACallThatGoesOnIsToldAsOpen() throws Exception {
        Path trace = directory.resolve("trace.json");
        try (GrpcServer server = server(program);
                Running tracer = trace(server, trace)) {
            server.callUntilTold(tracer, trace);
            Process client = server.hold();
            tracer.signal("INT");
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            assertEquals("", run.err());
            assertEquals("", run.out());
            Map<String, Object> call = last(trace);
            assertEquals("/test.Calls/Wait", call.get("path"));
            assertEquals("server", call.get("side"));
            assertEquals(true, call.get("open"));
            assertEquals(false, call.get("reset"));
            assertEquals(false, call.get("cut"));
            assertNull(call.get("status"));
            assertNull(call.get("latency"));
            assertTrue(server.process().isAlive());
            client.destroyForcibly().waitFor();
            assertTrue(server.call());
        }
    }

    @Test
    void itEndsWithItsProcessAndSoDoTheCallsThatGoOn() throws Exception {
        Path trace = directory.resolve("trace.json");
        try (GrpcServer server = server(program);
                Running tracer = trace(server, trace)) {
            server.callUntilTold(tracer, trace);
            Process client = server.hold();
            server.process().destroyForcibly().waitFor();
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            assertEquals("", run.err());
            Map<String, Object> call = last(trace);
            assertEquals("/test.Calls/Wait", call.get("path"));
            assertEquals(false, call.get("open"));
            assertEquals(true, call.get("reset"));
            assertTrue((Long) call.get("latency") > 0, call::toString);
            client.destroyForcibly().waitFor();
        }
    }

    @Test
    void aServerOutlivesTheDeathOfItsTracer() throws Exception {
        Path trace = directory.resolve("killed.txt");
        try (GrpcServer server = server(old)) {
            try (Running tracer =
                    PureBpf.start(List.of(), "grpc", "-p", server.pid(), "-o", trace.toString())) {
                // Before it there may be calls that began before they were traced.
                while (!isWholeCallTold(trace)) {
                    assertTrue(tracer.process().isAlive());
                    assertTrue(server.call());
                }
                tracer.process().destroyForcibly().waitFor();
            }
            assertTrue(isWholeCallTold(trace));
            assertTrue(server.call());
            assertTrue(server.process().isAlive());
        }
    }

    private static boolean isWholeCallTold(Path trace) throws IOException {
        String whole = ".* < 127\\.0\\.0\\.1:\\d+ /test.Calls/Echo OK <.*";
        return Files.exists(trace)
                && Files.readAllLines(trace).stream().anyMatch(line -> line.matches(whole));
    }

    @ParameterizedTest
    @CsvSource({"bookworm", "trixie"})
    void atFullSpeedWhatIsToldAndWhatWasLostIsWhatWasCalled(String release) throws Exception {
        Path calls = release.equals("bookworm") ? old : program;
        TracedCalls traced = TracedCalls.of(directory, calls, "both", "4", "8", "100");
        assertEquals(0, traced.run().exitCode(), traced.run().err());
        assertEquals(List.of(Integer.toString(LOAD_CALLS)), traced.said());
        assertEquals(2 * LOAD_CALLS, traced.calls().size() + traced.lostCalls());
        assertTrue(traced.calls().stream().allMatch(call -> "OK".equals(call.get("status"))));
    }

    /** All of the calls are made while nobody reads what the kernel tells of them. */
    @Test
    void whatATracerThatStandsStillMissesIsCounted() throws Exception {
        Path trace = directory.resolve("stopped.json");
        Path said = directory.resolve("said");
        Path begin = directory.resolve("begin");
        try (Running tracer =
                PureBpf.start(
                        List.of(),
                        "grpc",
                        "--output",
                        "json",
                        "--capture",
                        "8192",
                        "-o",
                        trace.toString(),
                        "--",
                        program.toString(),
                        "to",
                        said.toString(),
                        "after",
                        begin.toString(),
                        "both",
                        "4",
                        "8",
                        "100")) {
            Waiting.until(() -> Files.exists(said));
            tracer.signal("STOP");
            Files.createFile(begin);
            Waiting.forLines(said, 1);
            tracer.signal("CONT");
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            assertEquals(List.of(Integer.toString(LOAD_CALLS)), Files.readAllLines(said));
            TracedCalls traced = TracedCalls.of(run, trace, List.of());
            assertTrue(traced.lostCalls() > 0);
            assertTrue(!traced.calls().isEmpty());
            assertEquals(2 * LOAD_CALLS, traced.calls().size() + traced.lostCalls());
            for (Map<String, Object> call : traced.calls()) {
                boolean whole = call.get("request") != null && call.get("headers") != null;
                assertEquals(!whole, call.get("cut"), call::toString);
            }
            assertEquals(1, run.errLines().size(), run.err());
            assertTrue(
                    run.err()
                            .matches(
                                    "purebpf: \\d+ header blocks and ends were lost, with them the"
                                            + " beginning of \\d+ calls and the end of "
                                            + traced.lostCalls()
                                            + ": .*\\n"),
                    run.err());
        }
    }

    /**
     * However many events wait when Ctrl-C comes: they are told, or it is said how many are not.
     */
    @Test
    void ctrlCEndsATracerThatHasAllOfTheLoadStillToRead() throws Exception {
        Path trace = directory.resolve("late.json");
        try (GrpcServer server = server(program);
                Running tracer = trace(server, trace)) {
            server.callUntilTold(tracer, trace);
            tracer.signal("STOP");
            assertTrue(server.load(4, 8, 100));
            tracer.signal("INT");
            tracer.signal("CONT");
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            List<Map<String, Object>> lines =
                    Files.readAllLines(trace).stream().map(Json::object).toList();
            TracedCalls traced = TracedCalls.of(run, trace, List.of());
            long unread =
                    lines.stream()
                            .filter(line -> line.containsKey("unread"))
                            .mapToLong(line -> (Long) line.get("unread"))
                            .sum();
            long told = traced.calls().size() + traced.lostCalls();
            // Of a call there are three events at most, and its end is one of them.
            assertTrue(told + unread >= LOAD_CALLS, run.err());
            assertEquals(
                    unread > 0,
                    run.err().contains(" still waiting at the end are not in the trace"),
                    run.err());
            assertTrue(server.call());
        }
    }

    @Test
    void nothingIsLeftWhateverBecomesOfIt() throws Exception {
        Path none = directory.resolve("none");
        String quiet = directory.resolve("file.txt").toString();
        for (List<String> words :
                List.of(
                        List.of("1", "-o", quiet, "--", "false"),
                        List.of("1", "-o", quiet, "--", none.toString()),
                        List.of("1", "-o", none + "/file", "--", program.toString(), "serve"),
                        List.of("2", "-o", quiet, "--", program.toString(), "load", "?", "1"),
                        List.of("2", "--capture", "1", "--", "true"))) {
            String[] arguments = words.toArray(new String[0]);
            int exitCode = Integer.parseInt(arguments[0]);
            arguments[0] = "grpc";
            Run run = PureBpf.runHere(arguments);
            assertEquals(exitCode, run.exitCode(), words + ": " + run.err());
        }
    }
}
