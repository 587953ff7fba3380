package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.grpc.HostileServer.Answer;
import dev.purebpf.cli.grpc.HostileServer.Connection;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** What a server does to a client must not harm who looks at that. */
class GrpcHostileServersTest {
    private static final int CALLS = 20;
    private static final int MANY = 100;
    private static final int LONG = 1 << 20;

    /** Servers whose calls only the client ends. */
    private static final Set<String> ENDLESS = Set.of("Silence", "NoMore", "Messages");

    /** Error codes of HTTP/2. */
    private static final int REFUSED_STREAM = 7;

    private static final int ENHANCE_YOUR_CALM = 11;

    @TempDir Path directory;
    private final Map<String, HostileServer> servers = new LinkedHashMap<>();

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    @AfterEach
    void close() throws IOException {
        for (HostileServer server : servers.values()) {
            server.close();
        }
    }

    private void serve(String name, Answer answer) throws IOException {
        servers.put(name, new HostileServer(answer));
    }

    /**
     * As a tracer with 48 MB of memory sees it. A client may send a request again that was refused,
     * which then is a call of its own: the server knows how many there were.
     */
    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void whateverAServerAnswersEachRequestIsToldOrCounted(String release) throws Exception {
        serve("Good", GrpcHostileServersTest::answerWell);
        answerWithWhatIsNoFrame();
        answerWithHeadersThatAreNone();
        endWithoutTrailers();
        neverEnd();
        TracedCalls traced = trace(GrpcPrograms.build(directory, release));
        for (Map<String, Object> call : traced.calls()) {
            assertEquals("client", call.get("side"));
            assertEquals(false, call.get("open"), call::toString);
        }
        long sent = servers.values().stream().mapToLong(HostileServer::requests).sum();
        assertEquals(sent, traced.calls().size() + traced.lostCalls());
        if (traced.lostCalls() == 0) {
            assertEquals(sentByName(), toldByName(traced));
        }
    }

    private Map<String, Long> sentByName() {
        Map<String, Long> sent = new TreeMap<>();
        servers.forEach((name, server) -> sent.put(name, (long) server.requests()));
        return sent;
    }

    /**
     * {@return how many calls were told of each server, and of {@code null} where that was lost}
     */
    private static Map<String, Long> toldByName(TracedCalls traced) {
        return traced.calls().stream()
                .map(call -> String.valueOf(call.get("path")).replace("/test.Calls/", ""))
                .collect(groupingBy(name -> name, TreeMap::new, counting()));
    }

    private TracedCalls trace(Path program) throws Exception {
        Path trace = directory.resolve("trace.json");
        Path said = directory.resolve("said");
        List<String> words = new ArrayList<>();
        words.addAll(List.of("grpc", "--output", "json", "-o", trace.toString(), "--"));
        words.addAll(List.of(program.toString(), "to", said.toString(), "try"));
        words.add(Integer.toString(CALLS));
        servers.forEach(
                (name, server) -> {
                    String patience = ENDLESS.contains(name) ? "200ms" : "60s";
                    words.addAll(List.of(name, Integer.toString(server.port()), patience));
                });
        try (Running tracer = PureBpf.start(List.of(), words.toArray(String[]::new))) {
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            return TracedCalls.of(run, trace, Files.readAllLines(said));
        }
    }

    private static void answerWell(int stream, Connection to) throws IOException {
        to.sendHeaders(stream);
        to.sendBlock(stream, HostilePeer.END_STREAM, "grpc-status", "0");
    }

    private void answerWithWhatIsNoFrame() throws IOException {
        byte[] noise = new byte[1 << 16];
        new Random(1).nextBytes(noise);
        serve("Noise", (_, to) -> to.sendBytes(noise));
        byte[] http = "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        serve("Http1", (_, to) -> to.sendBytes(http));
        byte[] half = HostilePeer.frame(HostilePeer.HEADERS, HostilePeer.END_HEADERS, 1, noise);
        serve(
                "Half",
                (_, to) -> {
                    to.sendBytes(Arrays.copyOf(half, 100));
                    to.end();
                });
    }

    private void answerWithHeadersThatAreNone() throws IOException {
        byte[] beyondTheTable = {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f};
        serve(
                "BeyondTheTable",
                (stream, to) ->
                        to.send(
                                HostilePeer.HEADERS,
                                HostilePeer.END_HEADERS | HostilePeer.END_STREAM,
                                stream,
                                beyondTheTable));
        serve(
                "Interrupted",
                (stream, to) -> {
                    to.send(HostilePeer.HEADERS, 0, stream, HostilePeer.fields("x", "y"));
                    to.send(HostilePeer.DATA, 0, stream, new byte[1]);
                });
        serve("NoStatus", (stream, to) -> to.sendBlock(stream, HostilePeer.END_STREAM, "x", "y"));
        serve(
                "NoGrpc",
                (stream, to) -> to.sendBlock(stream, HostilePeer.END_STREAM, ":status", "503"));
        serve(
                "Large",
                (stream, to) -> {
                    to.sendHeaders(stream);
                    to.sendBlock(stream, HostilePeer.END_STREAM, large(LONG / 2));
                });
        serve(
                "TooLarge",
                (stream, to) -> {
                    to.sendHeaders(stream);
                    to.sendBlock(stream, HostilePeer.END_STREAM, large(LONG));
                });
        serve(
                "Twice",
                (stream, to) -> {
                    answerWell(stream, to);
                    answerWell(stream, to);
                });
        serve(
                "OfNobody",
                (stream, to) -> {
                    for (int other = stream + 1; other < stream + MANY; other++) {
                        to.sendHeaders(other);
                        to.sendBlock(other, HostilePeer.END_STREAM, "grpc-status", "5");
                    }
                    answerWell(stream, to);
                });
    }

    private static String[] large(int size) {
        return new String[] {"grpc-status", "5", "x-large", "v".repeat(size), "grpc-message", "m"};
    }

    private void endWithoutTrailers() throws IOException {
        serve("Reset", (stream, to) -> reset(stream, ENHANCE_YOUR_CALM, to));
        serve("Refused", (stream, to) -> reset(stream, REFUSED_STREAM, to));
        serve(
                "Closed",
                (stream, to) -> {
                    to.sendHeaders(stream);
                    to.end();
                });
        serve(
                "GoneAway",
                (stream, to) -> {
                    to.sendHeaders(stream);
                    goAway(stream, to);
                    to.end();
                });
        serve("GoneAwayBefore", (_, to) -> goAway(0, to));
        serve(
                "GoneAwayAgainAndAgain",
                (stream, to) -> {
                    for (int i = 0; i < MANY; i++) {
                        goAway(stream, to);
                    }
                    answerWell(stream, to);
                });
        serve(
                "EndedByData",
                (stream, to) -> {
                    to.sendHeaders(stream);
                    to.send(HostilePeer.DATA, HostilePeer.END_STREAM, stream, new byte[0]);
                });
    }

    private static void reset(int stream, int code, Connection to) throws IOException {
        to.send(HostilePeer.RST_STREAM, 0, stream, HostileServer.number(code));
    }

    private static void goAway(int last, Connection to) throws IOException {
        to.send(HostilePeer.GOAWAY, 0, 0, HostileServer.number(last, ENHANCE_YOUR_CALM));
    }

    private void neverEnd() throws IOException {
        serve("Silence", (_, _) -> {});
        serve("NoMore", (stream, to) -> to.sendHeaders(stream));
        byte[] messages = new byte[1 << 12];
        serve(
                "Messages",
                (stream, to) -> {
                    to.sendHeaders(stream);
                    // Beyond all that the client has agreed to.
                    for (int i = 0; i < MANY; i++) {
                        to.send(HostilePeer.DATA, 0, stream, messages);
                    }
                });
        serve(
                "Headers",
                (stream, to) -> {
                    for (int i = 0; i < MANY; i++) {
                        to.sendHeaders(stream);
                    }
                });
    }
}
