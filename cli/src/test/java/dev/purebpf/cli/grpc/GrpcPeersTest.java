package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.fixtures.LeakCheck;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Whatever both ends talk over: calls are seen alike, and so is who they are. */
@ExtendWith(LeakCheck.class)
class GrpcPeersTest {
    @TempDir Path directory;

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    /** {@return the calls, which are those that both ends say} */
    private TracedCalls trace(Path program, String... words) throws Exception {
        TracedCalls traced = TracedCalls.of(directory, program, words);
        assertEquals(0, traced.run().exitCode(), traced.run().err());
        assertEquals(0, traced.lostCalls());
        List<String> small = List.of("/test.Calls/Fail", "/test.Calls/Talk");
        assertEquals(
                traced.said().stream()
                        .filter(line -> small.contains(line.split("\t")[1]))
                        .sorted()
                        .toList(),
                traced.calls().stream()
                        .filter(call -> small.contains(call.get("path")))
                        .map(TracedCalls::line)
                        .sorted()
                        .toList());
        // Both ends of each call, of one of which the server has no function.
        assertEquals(18, traced.calls().size());
        return traced;
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void overTls(String release) throws Exception {
        Path program = GrpcPrograms.build(directory, release);
        for (Map<String, Object> call : trace(program, "tls", "both").calls()) {
            assertEquals("127.0.0.1", call.get("peer"));
            assertTrue((Long) call.get("peer_port") > 0, call::toString);
            Map<?, ?> request = (Map<?, ?>) call.get("request");
            assertTrue(
                    ((List<?>) request.get("fields"))
                            .contains(Map.of("name", ":scheme", "value", "https")),
                    request::toString);
        }
    }

    /**
     * Its streams are those of net/http, not gRPC's: what its client sees is told, and the rest
     * said.
     */
    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void callsThatNetHttpServesAreCounted(String release) throws Exception {
        String source = GrpcPrograms.source("handler.go");
        Path program = GrpcPrograms.buildSource(directory, release, source);
        Path trace = directory.resolve("handled.json");
        Run run =
                PureBpf.runHere(
                        "grpc",
                        "--output",
                        "json",
                        "-o",
                        trace.toString(),
                        "--",
                        program.toString(),
                        "3");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(
                "purebpf: 3 calls were served by net/http (grpc.Server.ServeHTTP), which is not"
                        + " looked into.\n",
                run.err());
        TracedCalls traced = TracedCalls.of(run, trace, List.of());
        assertEquals(3, traced.of("client", "/test.Calls/Nothing").size());
        assertEquals(3, traced.calls().size());
        assertTrue(Files.readString(trace).endsWith("\"by_net_http\":3}\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void overUnixSockets(String release) throws Exception {
        Path program = GrpcPrograms.build(directory, release);
        String file = directory.resolve("socket").toString();
        for (Map<String, Object> call : trace(program, "unix", file, "both").calls()) {
            // A client's peer is known from the first answer on, and so of each call.
            assertEquals("unix", call.get("peer"), call::toString);
            assertEquals(0L, call.get("peer_port"));
        }
    }
}
