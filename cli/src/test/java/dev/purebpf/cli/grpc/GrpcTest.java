package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
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

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What {@code purebpf grpc} sees of servers and clients, against what these say themselves. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class GrpcTest {
    @TempDir static Path directory;
    private static final Map<String, Path> BUILT = new HashMap<>();
    private static final Map<Path, TracedCalls> BOTH = new HashMap<>();

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

    /** {@return each kind of call, at both ends in one process} */
    private static TracedCalls both(Path program) throws Exception {
        TracedCalls known = BOTH.get(program);
        if (known == null) {
            known = TracedCalls.of(directory, program, "both");
            BOTH.put(program, known);
        }
        return known;
    }

    @ParameterizedTest
    @CsvSource({
        "bullseye,''",
        "bookworm,''",
        "trixie,''",
        "trixie-backports,''",
        "sid,''",
        "bullseye,-ldflags=-s -w",
        "bookworm,-ldflags=-s -w",
        "trixie,-ldflags=-s -w",
        "sid,-ldflags=-s -w"
    })
    void whatIsToldIsWhatBothEndsWereSent(String release, String options) throws Exception {
        assertToldAsSaid(both(program(release, options)));
    }

    @Test
    void ofAVersionThatIsKnownNoDebuggingInformationIsNeeded() throws Exception {
        Path hidden = GrpcPrograms.hideDebug(program("bookworm", ""), directory);
        assertToldAsSaid(both(hidden));
    }

    private static void assertToldAsSaid(TracedCalls traced) {
        assertEquals(0, traced.run().exitCode(), traced.run().err());
        assertEquals(0, traced.lostCalls());
        TracedCalls.assertToldAsSaid(traced.calls(), traced.said());
    }

    @Test
    void callsThatAreCutOrResetAreToldAsSuch() throws Exception {
        TracedCalls traced = both(program("bookworm", ""));
        assertEquals(0, traced.run().exitCode(), traced.run().err());
        Map<String, Object> served = traced.of("server", "/test.Calls/Wait").getFirst();
        Map<String, Object> made = traced.of("client", "/test.Calls/Wait").getFirst();
        for (Map<String, Object> wait : List.of(served, made)) {
            assertEquals(true, wait.get("reset"));
            assertEquals(false, wait.get("open"));
            assertTrue((Long) wait.get("latency") > 0, wait::toString);
        }
        assertNull(served.get("status"));
        assertEquals("CANCELLED", made.get("status"));
        assertEquals(8L, made.get("reset_code"));
        // Two with big headers, at both ends.
        List<Map<String, Object>> cut =
                traced.calls().stream().filter(call -> call.get("cut").equals(true)).toList();
        assertEquals(4, cut.size(), cut::toString);
        for (Map<String, Object> call : cut) {
            assertEquals("/test.Calls/Echo", call.get("path"));
            assertEquals("OK", call.get("status"));
            assertEquals(true, ((Map<?, ?>) call.get("request")).get("cut"));
        }
        Map<String, Object> failed = traced.of("client", "/test.Calls/Fail").getFirst();
        assertEquals("NOT_FOUND", failed.get("status"));
        assertEquals("nothing there: 100 % of ü", failed.get("message"));
        assertEquals("127.0.0.1", failed.get("peer"));
    }

    /** A deadline, a server that stops, and one that closes a connection after a GOAWAY. */
    @ParameterizedTest
    @CsvSource({"bookworm", "trixie"})
    void aCallThatNobodyAnswersHasTheStatusThatItsClientSees(String release) throws Exception {
        TracedCalls traced = TracedCalls.of(directory, program(release, ""), "ends");
        assertEquals(0, traced.run().exitCode(), traced.run().err());
        List<Map<String, Object>> made =
                traced.calls().stream().filter(call -> call.get("side").equals("client")).toList();
        assertEquals(
                traced.said().stream().filter(line -> line.startsWith("client")).toList(),
                made.stream().map(TracedCalls::line).toList());
        assertEquals(
                List.of("DEADLINE_EXCEEDED", "UNAVAILABLE", "UNAVAILABLE"),
                made.stream().map(call -> call.get("status")).toList());
        // Only of the first the other end was told; the others had no connection any more.
        assertEquals(8L, made.getFirst().get("reset_code"));
        assertNull(made.getLast().get("reset_code"));
        assertEquals(6, traced.calls().size(), traced.calls()::toString);
        for (Map<String, Object> call : traced.calls()) {
            assertEquals(true, call.get("reset"), call::toString);
            assertEquals(false, call.get("cut"), call::toString);
            assertTrue((Long) call.get("latency") > 0, call::toString);
        }
    }

    /** Memory that is not there yet is waited for, where the kernel lets a program wait. */
    @Test
    void aFieldThatNobodyHasReadYetIsShown() throws Exception {
        Path text = Files.writeString(directory.resolve("text"), "here");
        TracedCalls traced =
                TracedCalls.of(directory, program("bookworm", ""), "absent", text.toString());
        assertEquals(0, traced.run().exitCode(), traced.run().err());
        Map<String, Object> made = traced.of("client", "/test.Calls/Echo").getFirst();
        boolean mayWait = Kernel.host().features().has(Feature.UPROBE_MULTI);
        assertEquals(!mayWait, made.get("cut"), made::toString);
        Map<?, ?> request = (Map<?, ?>) made.get("request");
        assertEquals(
                mayWait, request.get("fields").toString().contains("value=here"), made::toString);
        assertEquals(
                List.of("server\t/test.Calls/Echo\t0\tx-text: here"),
                traced.said().stream().filter(line -> line.startsWith("server")).toList());
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
