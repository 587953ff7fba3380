package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.Json;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What {@code purebpf grpc} sees of servers and clients, against what these say themselves. */
@Tag("kernel")
class GrpcTest {
    private static final int LOAD_CALLS = 4 * 8 * 100;

    @TempDir static Path directory;
    private static final Map<String, Path> BUILT = new HashMap<>();

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    private static Path program(String release, String options) throws Exception {
        Path known = BUILT.get(release + options);
        if (known == null) {
            String[] words = options.isEmpty() ? new String[0] : new String[] {options};
            known = GrpcPrograms.build(directory, release, words);
            BUILT.put(release + options, known);
        }
        return known;
    }

    /** Runs both ends under the tracer, with all it sees in the trace. */
    private static Run trace(Path trace, Path program, String... words) throws Exception {
        List<String> all = new ArrayList<>();
        all.addAll(List.of("grpc", "--output", "json", "--capture", "4096"));
        all.addAll(List.of("-o", trace.toString(), "--", program.toString(), "both"));
        all.addAll(List.of(words));
        return PureBpf.run(all.toArray(String[]::new));
    }

    private static List<Map<String, Object>> calls(Path trace) throws Exception {
        return Files.readAllLines(trace).stream()
                .map(Json::object)
                .filter(line -> line.containsKey("side"))
                .toList();
    }

    private static long lostCalls(Path trace) throws Exception {
        return Files.readAllLines(trace).stream()
                .map(Json::object)
                .filter(line -> line.containsKey("lost_calls"))
                .mapToLong(line -> (Long) line.get("lost_calls"))
                .sum();
    }

    /** {@return what was sent to our end, as that itself writes it} */
    private static String told(Map<String, Object> call) {
        List<String> fields = new ArrayList<>();
        boolean serves = call.get("side").equals("server");
        for (String block : serves ? List.of("request") : List.of("headers", "trailers")) {
            if (call.get(block) instanceof Map<?, ?> present) {
                for (Object field : (List<?>) present.get("fields")) {
                    Map<?, ?> pair = (Map<?, ?>) field;
                    if (pair.get("name").toString().startsWith("x-")) {
                        fields.add(pair.get("name") + ": " + pair.get("value"));
                    }
                }
            }
        }
        fields.sort(null);
        fields.addFirst(String.valueOf(call.get("status_code")));
        fields.addFirst(String.valueOf(call.get("path")));
        fields.addFirst(call.get("side").toString());
        return String.join("\t", fields);
    }

    @ParameterizedTest
    @CsvSource({"bookworm,''", "trixie,''", "bookworm,-ldflags=-s -w", "trixie,-ldflags=-s -w"})
    void whatIsToldIsWhatBothEndsWereSent(String release, String options) throws Exception {
        Path trace = directory.resolve("content.json");
        Run run = trace(trace, program(release, options));
        assertEquals(0, run.exitCode(), run.err());
        List<Map<String, Object>> calls = calls(trace);
        assertEquals(0, lostCalls(trace));

        List<String> expected = new ArrayList<>();
        for (String line : run.outLines()) {
            if (!line.contains("/Wait\t") && !isBig(line)) {
                expected.add(line);
            }
        }
        // The server has no function for it, and so nobody who could write down that it was called.
        expected.add("server\t/test.Calls/Nothing\t12");
        // The client is answered alike whether its own headers were too big to be seen or not.
        List<String> told = new ArrayList<>();
        for (Map<String, Object> call : calls) {
            boolean big = call.get("side").equals("server") && call.get("cut").equals(true);
            if (!big && !call.get("path").equals("/test.Calls/Wait")) {
                told.add(told(call));
            }
        }
        expected.sort(null);
        told.sort(null);
        assertEquals(expected, told);
    }

    private static boolean isBig(String line) {
        return line.contains("\tx-many-000: ") || line.contains("\tx-long: ");
    }

    @Test
    void callsThatAreCutOrResetAreToldAsSuch() throws Exception {
        Path trace = directory.resolve("cut.json");
        Run run = trace(trace, program("trixie", ""));
        assertEquals(0, run.exitCode(), run.err());
        List<Map<String, Object>> calls = calls(trace);
        List<Map<String, Object>> waits =
                calls.stream().filter(call -> call.get("path").equals("/test.Calls/Wait")).toList();
        assertEquals(2, waits.size(), waits::toString);
        for (Map<String, Object> wait : waits) {
            assertEquals(true, wait.get("reset"));
            assertEquals(null, wait.get("status"));
            assertTrue((Long) wait.get("latency") > 0, wait::toString);
        }
        // Two with big headers, at both ends.
        List<Map<String, Object>> cut =
                calls.stream().filter(call -> call.get("cut").equals(true)).toList();
        assertEquals(4, cut.size(), cut::toString);
        for (Map<String, Object> call : cut) {
            assertEquals("/test.Calls/Echo", call.get("path"));
            assertEquals("OK", call.get("status"));
            assertEquals(true, ((Map<?, ?>) call.get("request")).get("cut"));
        }
        Map<String, Object> failed =
                calls.stream()
                        .filter(call -> call.get("path").equals("/test.Calls/Fail"))
                        .findFirst()
                        .orElseThrow();
        assertEquals("NOT_FOUND", failed.get("status"));
        assertEquals("nothing there: 100 % of ü", failed.get("message"));
        assertEquals("127.0.0.1", failed.get("peer"));
    }

    @ParameterizedTest
    @CsvSource({"bookworm", "trixie"})
    void atFullSpeedWhatIsToldAndWhatWasLostIsWhatWasCalled(String release) throws Exception {
        Path trace = directory.resolve("load.json");
        Run run = trace(trace, program(release, ""), "4", "8", "100");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(LOAD_CALLS + "\n", run.out());
        List<Map<String, Object>> calls = calls(trace);
        assertEquals(2 * LOAD_CALLS, calls.size() + lostCalls(trace));
        assertTrue(calls.stream().allMatch(call -> "OK".equals(call.get("status"))));
    }

    @Test
    void aServerOutlivesTheDeathOfItsTracer() throws Exception {
        Path program = program("bookworm", "");
        Process server = new ProcessBuilder(program.toString(), "serve").start();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(server.getInputStream()))) {
            String port = said.readLine().substring("port ".length());
            Path trace = directory.resolve("killed.txt");
            String pid = Long.toString(server.pid());
            try (Running tracer =
                    PureBpf.start(List.of(), "grpc", "-p", pid, "-o", trace.toString())) {
                // Nothing tells from here when the trace has begun, but that something is in it.
                while (!Files.exists(trace) || Files.size(trace) == 0) {
                    assertTrue(tracer.process().isAlive());
                    assertTrue(load(program, port));
                }
                tracer.process().destroyForcibly().waitFor();
            }
            String line = Files.readAllLines(trace).getFirst();
            assertTrue(line.matches(".* < 127\\.0\\.0\\.1:\\d+ /test.Calls/Echo OK <.*"), line);
            assertTrue(load(program, port));
            assertTrue(server.isAlive());
        } finally {
            server.destroyForcibly();
        }
    }

    private static boolean load(Path program, String port) throws Exception {
        Process client =
                new ProcessBuilder(program.toString(), "load", port, "1", "2", "10")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        return client.waitFor() == 0;
    }

    @Test
    void aCommandWithoutGrpcRunsAndThatIsSaid() {
        Run run = PureBpf.runHere("grpc", "--", "true");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("purebpf: nothing that ran is a Go program with gRPC.\n", run.err());
    }

    @Test
    void aProcessThatIsNoGoProgramIsRefused() throws Exception {
        Process sleep = new ProcessBuilder("sleep", "100").start();
        try {
            Run run = PureBpf.runHere("grpc", "-p", Long.toString(sleep.pid()));
            assertEquals(1, run.exitCode());
            assertTrue(
                    run.err()
                            .matches(
                                    "purebpf: process \\d+ runs /.*, which is no Go program: only"
                                            + " gRPC-Go can be looked into\n"),
                    run.err());
        } finally {
            sleep.destroyForcibly();
        }
        Run dead = PureBpf.runHere("grpc", "-p", Long.toString(sleep.pid()));
        assertEquals(1, dead.exitCode());
        assertFalse(dead.err().isEmpty());
    }
}
