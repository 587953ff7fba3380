package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.Json;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.syscalls.Waiting;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What a client does to a server must not harm who looks at that. */
class GrpcHostilePeersTest {
    private static final String WAIT = "/test.Calls/Wait";
    private static final int MANY = 10_000;

    @TempDir Path directory;

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    /** As a tracer with 48 MB of memory sees it. */
    @Test
    void whateverAServerIsSentEachCallIsToldOrCounted() throws Exception {
        Path program = GrpcPrograms.build(directory, "trixie");
        Path trace = directory.resolve("trace.json");
        try (GrpcServer server = new GrpcServer(program, program, directory);
                Running tracer =
                        PureBpf.start(
                                List.of(),
                                "grpc",
                                "--output",
                                "json",
                                "-p",
                                server.pid(),
                                "-o",
                                trace.toString())) {
            server.callUntilTold(tracer, trace);
            // Of those before, some began unseen.
            Instant begin = Instant.now();
            int port = server.port();
            sendWhatIsNoCall(port);
            sendLargeBlocks(port);
            makeManyCalls(port, true);
            makeManyCalls(port, false);
            server.callEach(directory.resolve("said"));
            Waiting.until(() -> contains(trace, "/test.Calls/Fail"));
            tracer.terminate();
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            assertTrue(run.errLines().size() <= 2, run.err());
            assertTold(trace, begin);
            assertTrue(server.call());
        }
    }

    private static boolean contains(Path trace, String text) {
        try {
            return Files.readString(trace).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void sendWhatIsNoCall(int port) throws IOException {
        byte[] beyondTheTable = new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f};
        byte[] endless = new byte[12];
        Arrays.fill(endless, (byte) 0xff);
        byte[] longerThanItIs = new byte[] {0x00, 0x7f, (byte) 0xff, (byte) 0xff, 0x03, 'x'};
        for (byte[] block : List.of(beyondTheTable, endless, longerThanItIs, new byte[0])) {
            try (HostilePeer peer = new HostilePeer(port)) {
                peer.send(
                        HostilePeer.frame(HostilePeer.HEADERS, HostilePeer.END_HEADERS, 1, block));
                byte[] good = HostilePeer.request(WAIT, "x-late", "1");
                peer.sendBlock(3, good);
            }
        }
        try (HostilePeer peer = new HostilePeer(port)) {
            byte[] begin = HostilePeer.request(WAIT, "x-begin", "1");
            peer.send(HostilePeer.frame(HostilePeer.HEADERS, 0, 1, begin));
            byte[] more = Arrays.copyOf(new byte[] {0x00, 0x01, 'x', 0x01, 'y'}, 5);
            byte[] frame = HostilePeer.frame(HostilePeer.CONTINUATION, 0, 1, more);
            for (int i = 0; i < MANY && peer.send(frame); i++) {
                continue; // Until the server has had enough, if it ever has.
            }
        }
    }

    private static void sendLargeBlocks(int port) throws Exception {
        try (HostilePeer peer = new HostilePeer(port)) {
            // Just what the server takes, and more.
            peer.sendBlock(1, HostilePeer.request(WAIT, "x-large", "v".repeat(1_040_000)));
            peer.sendBlock(3, HostilePeer.request(WAIT, "x-larger", "v".repeat(1 << 20)));
            peer.sendBlock(5, HostilePeer.request("/" + "p".repeat(100_000), "x", ""));
            peer.await();
        }
    }

    /** Calls that are reset at once, or left open until the connection is closed. */
    private static void makeManyCalls(int port, boolean reset) throws Exception {
        byte[] block = HostilePeer.request(WAIT, reset ? "x-reset" : "x-open", "1");
        byte[] cancel = {0, 0, 0, 8};
        try (HostilePeer peer = new HostilePeer(port)) {
            for (int stream = 1; stream < 2 * MANY; stream += 2) {
                peer.sendBlock(stream, block);
                if (reset) {
                    peer.send(HostilePeer.frame(HostilePeer.RST_STREAM, 0, stream, cancel));
                }
            }
            peer.await();
        }
    }

    private static void assertTold(Path trace, Instant begin) throws IOException {
        List<Map<String, Object>> lines =
                Files.readAllLines(trace).stream().map(Json::object).toList();
        long lost = 0;
        long storms = 0;
        boolean large = false;
        for (Map<String, Object> line : lines) {
            if (line.containsKey("lost_calls")) {
                lost += (Long) line.get("lost_calls");
                continue;
            }
            if (Instant.parse(line.get("time").toString()).isBefore(begin)) {
                continue;
            }
            storms += has(line, "x-reset") || has(line, "x-open") ? 1 : 0;
            storms += line.get("request") == null ? 1 : 0;
            if (has(line, "x-large")) {
                large = true;
                assertEquals(true, line.get("cut"));
            }
            assertEquals("server", line.get("side"));
            assertTrue(Objects.toString(line.get("path")).length() <= 1024, line::toString);
        }
        assertTrue(large, "a call with headers of a megabyte is not told");
        assertEquals(2 * MANY, storms + lost, storms + " told, " + lost + " lost");
    }

    private static boolean has(Map<String, Object> call, String field) {
        return call.get("request") instanceof Map<?, ?> request
                && request.get("fields").toString().contains("name=" + field + ",");
    }
}
