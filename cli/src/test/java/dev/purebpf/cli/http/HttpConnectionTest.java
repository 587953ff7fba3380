package dev.purebpf.cli.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import dev.purebpf.cli.session.PeerAddress;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;

/** What is made of the bytes of a connection, however they are cut into pieces. */
class HttpConnectionTest {
    private static final Peer PEER =
            new Peer(1, "server", Optional.empty(), 5, new PeerAddress("127.0.0.1", 4000), 80);
    private static final String GET = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    private final List<Exchange> exchanges = new ArrayList<>();
    private final HttpConnection server =
            new HttpConnection(PEER, exchanges::add, new SpareBuffers());

    private void receive(String bytes, long time) {
        byte[] data = bytes.getBytes(StandardCharsets.ISO_8859_1);
        server.received().feed(data, 0, data.length, time);
    }

    private void send(String bytes, long time) {
        byte[] data = bytes.getBytes(StandardCharsets.ISO_8859_1);
        server.sent().feed(data, 0, data.length, time);
    }

    private List<String> told() {
        return exchanges.stream().map(HttpConnectionTest::text).toList();
    }

    private static String text(Exchange exchange) {
        String asked = "-";
        String answered = "-";
        if (exchange.request() != null) {
            var line = (StartLine.Request) exchange.request().start();
            asked = line.method() + " " + line.target() + " " + sizes(exchange.request());
        }
        if (exchange.response() != null) {
            var line = (StartLine.Response) exchange.response().start();
            answered = line.status() + " " + sizes(exchange.response());
        }
        return asked + " > " + answered + (exchange.isCut() ? " cut" : "");
    }

    private static String sizes(HttpMessage message) {
        return message.headBytes() + "+" + message.bodyBytes();
    }

    @Test
    void anExchangeHasItsFieldsSizesAndTimes() {
        receive("POST /form?x=1 HTTP/1.1\r\nHost: example:80\r\nContent-Length: 3\r\n\r\n", 100);
        receive("abc", 120);
        send("HTTP/1.1 201 Created here\r\nX-A: 1\r\n folded\r\nContent-Length: 2\r\n\r\nok", 150);
        Exchange exchange = exchanges.getFirst();
        assertEquals(List.of("POST /form?x=1 64+3 > 201 65+2"), told());
        assertEquals("example:80", exchange.request().header("host"));
        assertEquals("1 folded", exchange.response().header("X-A"));
        assertEquals("Created here", ((StartLine.Response) exchange.response().start()).reason());
        assertEquals(100, exchange.began());
        assertEquals(50, exchange.latency());
        assertFalse(exchange.client());
        assertFalse(exchange.isCut());
    }

    @Test
    void whatIsSentFirstIsTheRequestOfAClient() {
        send(GET, 1);
        receive(OK, 2);
        assertTrue(exchanges.getFirst().client());
        assertEquals(List.of("GET /a 28+0 > 200 38+2"), told());
    }

    @Test
    void pipelinedRequestsAreAnsweredInTheirOrder() {
        receive(GET + GET.replace("/a", "/b") + GET.replace("/a", "/c"), 1);
        send(OK + OK, 2);
        send(OK, 3);
        assertEquals(
                List.of(
                        "GET /a 28+0 > 200 38+2",
                        "GET /b 28+0 > 200 38+2",
                        "GET /c 28+0 > 200 38+2"),
                told());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET     | 204 | Content-Length: 9",
                "GET     | 304 | Content-Length: 9",
                "HEAD    | 200 | Content-Length: 9",
                "HEAD    | 200 | Transfer-Encoding: chunked",
                "GET     | 200 | Content-Length: 0"
            })
    void someAnswersHaveNoBody(String method, int status, String field) {
        receive(method + " / HTTP/1.1\r\n\r\n", 1);
        send("HTTP/1.1 " + status + " X\r\n" + field + "\r\n\r\n" + OK, 2);
        assertEquals(1, exchanges.stream().filter(e -> e.request() != null).count());
        assertEquals(0, exchanges.getFirst().response().bodyBytes());
        assertEquals(2, exchanges.size());
    }

    @Test
    void chunksAreFollowedToTheirEnd() {
        String body = "5;name=\"x\"\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
        receive("PUT / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n" + body + GET, 1);
        send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + OK, 2);
        assertEquals(
                List.of(
                        "PUT / 52+" + body.length() + " > 200 47+" + body.length(),
                        "GET /a 28+0 > 200 38+2"),
                told());
    }

    /** Gives a piece of which only the beginning and the end are seen. */
    private static void feedEnds(MessageStream stream, String bytes, int begin, int end) {
        byte[] data = bytes.getBytes(StandardCharsets.ISO_8859_1);
        int seen = Math.min(begin, data.length);
        int again = Math.max(seen, data.length - end);
        stream.feed(data, 0, seen, 1);
        stream.skip(again - seen, 1);
        stream.feedRest(data, again, data.length, 1);
    }

    private static String chunks(Random random, String trailer) {
        StringBuilder body = new StringBuilder();
        for (int i = random.nextInt(20); i >= 0; i--) {
            int length = 1 + random.nextInt(300);
            body.append(Integer.toHexString(length)).append("\r\n");
            // What looks like the end, too, but not where a piece ends.
            String data = "0\r\n\r\nGET HTTP/1.1 200 OK\r\n0\r\nx\r\n\r\n".repeat(10);
            body.append(data, 0, length).append("\r\n");
        }
        return body + "0".repeat(1 + random.nextInt(3)) + "\r\n" + trailer + "\r\n";
    }

    @Property
    void theEndOfChunksIsSeenByTheEndOfWhatPassesAtOnce(
            @ForAll Random random, @ForAll boolean hasTrailer) {
        List<Exchange> found = new ArrayList<>();
        HttpConnection connection = new HttpConnection(PEER, found::add, new SpareBuffers());
        List<String> expected = new ArrayList<>();
        String trailer = hasTrailer ? "X-Sum: 1 2\r\nY: \r\n" : "";
        String ask = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        String answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (int i = 0; i < 5; i++) {
            String sent = chunks(random, trailer);
            String received = chunks(random, trailer);
            feedEnds(connection.received(), ask + sent, 64, 40);
            feedEnds(connection.sent(), answer + received, 64, 40);
            expected.add("PUT / 46+" + sent.length() + " > 200 47+" + received.length());
        }
        assertEquals(expected, found.stream().map(HttpConnectionTest::text).toList());
    }

    @Test
    void chunksWhoseEndIsNotSeenAreCutByTheNextMessage() {
        String answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
        receive(GET, 1);
        send(answer, 2);
        server.sent().skip(100, 3);
        send("HTTP/1.1 is the protocol of this body. GET what you want\r\n", 4);
        receive(GET, 5);
        send(OK, 6);
        assertEquals(List.of("GET /a 28+0 > 200 47+166 cut", "GET /a 28+0 > 200 38+2"), told());
    }

    @Test
    void ofALongPieceTheNextMessageMayBeInItsEnd() {
        feedEnds(
                server.received(),
                "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n" + "x".repeat(1000) + GET,
                64,
                40);
        send(OK + OK, 2);
        assertEquals(List.of("POST / 41+1000 > 200 38+2", "GET /a 28+0 > 200 38+2"), told());
    }

    @Test
    void interimAnswersAreNotTheAnswer() {
        receive("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", 1);
        send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 2);
        receive("x", 3);
        send(OK, 4);
        assertEquals(List.of("POST / 60+1 > 200 38+2"), told());
    }

    @ParameterizedTest
    @CsvSource({"GET,101", "CONNECT,200"})
    void afterAnUpgradeOrConnectNothingIsHttp(String method, int status) {
        receive(method + " h:443 HTTP/1.1\r\nUpgrade: x\r\n\r\n", 1);
        send("HTTP/1.1 " + status + " Yes\r\n\r\n", 2);
        receive(GET, 3);
        send(OK + "\0\1\2", 4);
        server.close(5);
        assertEquals(1, exchanges.size());
    }

    @Test
    void anAnswerWithoutLengthEndsWithTheConnection() {
        receive("GET / HTTP/1.0\r\n\r\n", 1);
        send("HTTP/1.0 200 OK\r\n\r\n", 2);
        send("all of this", 3);
        server.sent().skip(1000, 4);
        assertEquals(List.of(), told());
        server.close(5);
        assertEquals(List.of("GET / 18+0 > 200 19+1011"), told());
        assertEquals(4, exchanges.getFirst().latency());
    }

    @Test
    void bodiesMayBeSkippedWithoutBeingSeen() {
        receive("POST / HTTP/1.1\r\nContent-Length: 5000000000\r\n\r\n", 1);
        server.received().skip(4_999_999_999L, 2);
        receive("x" + GET, 3);
        send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", 4);
        server.sent().skip(100, 5);
        send(OK, 6);
        assertEquals(
                List.of("POST / 47+5000000000 > 200 40+100", "GET /a 28+0 > 200 38+2"), told());
    }

    @Test
    void aHeadThatWasNotSeenWholeIsCutAndTheNextMessageIsRight() {
        receive("GET /long HTTP/1.1\r\nHost: h\r\nCook", 1);
        server.received().skip(500, 1);
        send(OK, 2);
        receive(GET, 3);
        send(OK, 4);
        assertEquals(List.of("GET /long 533+0 > 200 38+2 cut", "GET /a 28+0 > 200 38+2"), told());
        assertEquals("h", exchanges.getFirst().request().header("Host"));
        assertNull(exchanges.getFirst().request().header("Cook"));
    }

    /** By what front ends and back ends may understand differently, messages are smuggled. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // The chunks count (RFC 9112, section 6.1), whichever field comes first.
                "Content-Length: 3 | Transfer-Encoding: chunked | 5",
                "Transfer-Encoding: chunked | Content-Length: 3 | 5",
                "Transfer-Encoding: gzip | Transfer-Encoding: chunked | 5",
                "Transfer-Encoding: x | Content-Length: 5 | cut",
                "Content-Length: 5 | Content-Length: 5 | 5",
                "Content-Length: 5 | Content-Length: 6 | cut",
                "Content-Length: 5, 5 | X: y | 5",
                "Content-Length: 5 | X: y | 5",
                "Content-Length: -5 | X: y | cut",
                "Content-Length: 0x5 | X: y | cut",
                "Content-Length: 5 5 | X: y | cut",
                "Content-Length: 9999999999999999999 | X: y | cut",
                "content-length : 5 | X: y | 5",
            })
    void twoLengthsOfABodyAreOneOrNone(String one, String other, String expected) {
        receive("POST / HTTP/1.1\r\n" + one + "\r\n" + other + "\r\n\r\n0\r\n\r\n", 1);
        send(OK, 2);
        Exchange told = exchanges.getFirst();
        String body = told.isCut() ? "cut" : Long.toString(told.request().bodyBytes());
        assertEquals(expected, body);
        assertEquals(1, exchanges.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"fffffffffffffff", "7fffffffffffffff", "10000000000000000", "-1", ""})
    void aChunkOfNoSizeEndsNothing(String size) {
        receive("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + size + "\r\n", 1);
        receive("x".repeat(1000), 2);
        server.received().skip(Long.MAX_VALUE / 4, 3);
        send(OK, 4);
        assertEquals(1, exchanges.size());
        assertTrue(exchanges.getFirst().isCut());
    }

    /** Each line of a field goes on in the next; what that takes does not grow with its square. */
    @Test
    void aFieldOfManyLinesTakesNoMoreThanItself() {
        String folded = "X-Folded: 1\r\n" + " 2\r\n".repeat(15_000) + "Host: h\r\n";
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        receive("GET / HTTP/1.1\r\n" + folded + "\r\n", 1);
        send(OK, 2);
        HttpMessage request = exchanges.getFirst().request();
        assertEquals("h", request.header("Host"));
        assertEquals("1" + " 2".repeat(15_000), request.headers().getFirst().value());
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 100L * folded.length(), allocated + " bytes");
    }

    @Test
    void anEndlessHeadIsCut() {
        receive("GET / HTTP/1.1\r\n", 1);
        for (int i = 0; i < 100; i++) {
            receive("X-Long: " + "x".repeat(1000) + "\r\n", 1);
        }
        send(OK, 2);
        assertEquals(1, exchanges.size());
        assertTrue(exchanges.getFirst().isCut());
        assertTrue(exchanges.getFirst().request().headers().size() <= HeadBuffer.LIMIT / 1000);
    }

    @Test
    void anAnswerThatWasLostHasNoLineAndALostRequestIsMissingInIts() {
        receive(GET, 1);
        server.lost(true, 40);
        receive(GET.replace("/a", "/b"), 3);
        send(OK, 4);
        server.lost(false, 28);
        send(OK, 6);
        server.close(7);
        assertEquals(List.of("GET /b 28+0 > 200 38+2", "- > 200 38+2 cut"), told());
    }

    @Test
    void aRequestWithoutAnswerIsToldWhenTheConnectionEnds() {
        receive(GET, 1);
        server.close(2);
        assertEquals(List.of("GET /a 28+0 > - cut"), told());
        assertEquals(-1, exchanges.getFirst().latency());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0016\u0003\u0001\u0002\u0000",
                "SSH-2.0-OpenSSH_9.2\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "GET /\r\n",
                "HTTP/1.1 2x0 OK\r\n\r\n",
                "HTTP/2 200\r\n\r\n",
                "* OK IMAP4\r\n",
                " GET / HTTP/1.1\r\n\r\n"
            })
    void otherProtocolsAreNothing(String bytes) {
        receive(bytes, 1);
        send(bytes, 2);
        server.close(3);
        assertEquals(List.of(), told());
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "-1", "1, 2", "", "99999999999999999999", "+3"})
    void aLengthThatIsNoneCutsTheMessage(String length) {
        receive("POST / HTTP/1.1\r\nContent-Length: " + length + "\r\n\r\nabc", 1);
        send(OK, 2);
        assertTrue(exchanges.getFirst().isCut());
    }

    /** Messages of all framings, and what has to come of them. */
    @Provide
    Arbitrary<List<Integer>> conversations() {
        return Arbitraries.integers().between(0, 6).list().ofMinSize(1).ofMaxSize(12);
    }

    @Property
    void thePiecesThatAStreamComesInDoNotMatter(
            @ForAll("conversations") List<Integer> kinds, @ForAll Random random) {
        StringBuilder asked = new StringBuilder();
        StringBuilder answered = new StringBuilder();
        for (int kind : kinds) {
            String body = "GET HTTP/1.1 200\r\n\r\n".repeat(random.nextInt(4));
            String length = "Content-Length: " + body.length() + "\r\n\r\n" + body;
            String chunk =
                    body.isEmpty()
                            ? ""
                            : Integer.toHexString(body.length()) + "\r\n" + body + "\r\n";
            String chunked = "Transfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n";
            asked.append(kind == 3 ? "HEAD" : "POST").append(" /").append(kind);
            asked.append(" HTTP/1.1\r\nHost: h\r\n").append(kind % 2 == 0 ? length : chunked);
            answered.append(kind == 6 ? "HTTP/1.1 100 Continue\n\n\r\n" : "");
            answered.append("HTTP/1.1 ").append(kind == 2 ? "204" : "200").append(" OK\r\n");
            answered.append(kind == 2 || kind == 3 ? "\r\n" : kind == 4 ? chunked : length);
        }
        List<String> whole = pieces(asked.toString(), answered.toString(), null);
        assertEquals(kinds.size(), whole.size());
        assertEquals(whole, pieces(asked.toString(), answered.toString(), random));
    }

    private static List<String> pieces(String asked, String answered, Random random) {
        List<Exchange> found = new ArrayList<>();
        HttpConnection connection = new HttpConnection(PEER, found::add, new SpareBuffers());
        feed(connection.received(), asked, random);
        feed(connection.sent(), answered, random);
        return found.stream().map(HttpConnectionTest::text).collect(Collectors.toList());
    }

    private static void feed(MessageStream stream, String bytes, Random random) {
        byte[] data = bytes.getBytes(StandardCharsets.ISO_8859_1);
        int at = 0;
        while (at < data.length) {
            int count = random == null ? data.length : 1 + random.nextInt(random.nextInt(60) + 1);
            int to = Math.min(data.length, at + count);
            stream.feed(data, at, to, 1);
            at = to;
        }
    }

    @Provide
    Arbitrary<List<String>> noise() {
        return Arbitraries.oneOf(
                        Arbitraries.of(
                                "GET / HTTP/1.1\r\n",
                                "HTTP/1.1 200 OK\r\n",
                                "HTTP/1.1 101 X\r\n",
                                "CONNECT a HTTP/1.1\r\n",
                                "Content-Length: 7\r\n",
                                "Transfer-Encoding: chunked\r\n",
                                "\r\n",
                                "\n",
                                "fffffffffffffff\r\n",
                                "0\r\n\r\n",
                                "\r\n\r\n",
                                " x\r\n",
                                ":"),
                        Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(30))
                .list()
                .ofMaxSize(60);
    }

    /** Of what is told, nothing was made up. */
    @Property
    void noBytesDoHarm(@ForAll("noise") List<String> pieces, @ForAll Random random) {
        List<Exchange> found = new ArrayList<>();
        HttpConnection connection = new HttpConnection(PEER, found::add, new SpareBuffers());
        long fed = 0;
        for (String piece : pieces) {
            MessageStream stream = random.nextBoolean() ? connection.received() : connection.sent();
            byte[] data = piece.getBytes(StandardCharsets.ISO_8859_1);
            stream.feed(data, 0, data.length, 1);
            fed += data.length;
            switch (random.nextInt(12)) {
                case 0 -> {
                    int count = random.nextInt(100);
                    stream.skip(count, 1);
                    fed += count;
                }
                case 1 -> {
                    connection.lost(random.nextBoolean(), data.length);
                    fed += data.length;
                }
                case 2 -> {
                    connection.missed(random.nextBoolean(), data.length);
                    fed += data.length;
                }
                default -> {}
            }
        }
        connection.close(2);
        long told = 0;
        for (Exchange exchange : found) {
            told += bytes(exchange.request()) + bytes(exchange.response());
        }
        assertTrue(told <= fed, told + " of " + fed);
    }

    @Test
    void anAnswerThatWasNotSeenIsMissingAndTheNextOneHasNoRequest() {
        receive(GET, 1);
        receive(GET.replace("/a", "/b"), 2);
        server.missed(true, 40);
        send(OK, 3);
        receive(GET.replace("/a", "/c"), 4);
        send(OK, 5);
        receive(GET.replace("/a", "/d"), 6);
        send(OK, 7);
        assertEquals(
                List.of(
                        "GET /a 28+0 > - cut",
                        "GET /b 28+0 > - cut",
                        "- > 200 38+2 cut",
                        "GET /c 28+0 > 200 38+2 cut",
                        "GET /d 28+0 > 200 38+2"),
                told());
    }

    @Test
    void theUnseenPartOfABodyIsKnownByItsSize() {
        receive(GET, 1);
        send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhi", 2);
        server.missed(true, 998);
        receive(GET.replace("/a", "/b"), 3);
        send(OK, 4);
        assertEquals(List.of("GET /a 28+0 > 200 41+1000 cut", "GET /b 28+0 > 200 38+2"), told());
    }

    @Test
    void anAnswerToARequestThatHasNotEndedIsMarked() {
        receive("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n", 1);
        send(OK, 2);
        assertEquals(List.of("POST / 40+0 > 200 38+2 cut"), told());
    }

    private record Piece(boolean sent, String bytes) {}

    /** How a client and a server talk: one asks on only when it has the answer, or it does not. */
    private static List<Piece> conversation(boolean pipelines, int exchanges, Random random) {
        List<Piece> pieces = new ArrayList<>();
        int answered = 0;
        for (int asked = 0; asked < exchanges; asked++) {
            String body = "y".repeat(random.nextInt(3) * 20);
            String head = (body.isEmpty() ? "GET" : "POST") + " /" + asked + " HTTP/1.1\r\n";
            String length = "Content-Length: " + body.length() + "\r\n";
            cut(pieces, false, head + (body.isEmpty() ? "" : length) + "\r\n" + body, random);
            // Three are on their way at first, and then two or three.
            int ahead = pipelines ? 2 : 0;
            while (asked == exchanges - 1 ? answered <= asked : answered + ahead <= asked) {
                cut(pieces, true, response(answered++, random), random);
            }
        }
        return pieces;
    }

    private static String response(int number, Random random) {
        String body = "x".repeat(random.nextInt(100));
        String head = "HTTP/1.1 200 OK\r\nX-Answers: " + number + "\r\n";
        return head
                + (random.nextBoolean()
                        ? "Content-Length: " + body.length() + "\r\n\r\n" + body
                        : "Transfer-Encoding: chunked\r\n\r\n64\r\n"
                                + "z".repeat(100)
                                + "\r\n0\r\n\r\n");
    }

    private static void cut(List<Piece> to, boolean sent, String bytes, Random random) {
        int at = 0;
        while (at < bytes.length()) {
            // A sender that puts less of a message than its method into a call is hard to find.
            int least = at == 0 ? 8 : 1;
            int end = random.nextBoolean() ? bytes.length() : at + least + random.nextInt(60);
            end = Math.min(end, bytes.length());
            to.add(new Piece(sent, bytes.substring(at, end)));
            at = end;
        }
    }

    private static List<Exchange> without(List<Piece> pieces, int unseen, boolean counted) {
        List<Exchange> found = new ArrayList<>();
        HttpConnection connection = new HttpConnection(PEER, found::add, new SpareBuffers());
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            byte[] data = piece.bytes().getBytes(StandardCharsets.ISO_8859_1);
            if (i == unseen) {
                continue;
            }
            // The next event tells of what was lost, the next one of its direction of the rest.
            if (unseen >= 0 && i > unseen) {
                Piece gone = pieces.get(unseen);
                if (counted || piece.sent() == gone.sent()) {
                    if (counted) {
                        connection.lost(gone.sent(), gone.bytes().length());
                    } else {
                        connection.missed(gone.sent(), gone.bytes().length());
                    }
                    unseen = -1;
                }
            }
            MessageStream stream = piece.sent() ? connection.sent() : connection.received();
            stream.feed(data, 0, data.length, i);
        }
        if (unseen >= 0 && pieces.get(unseen).sent() && !counted) {
            connection.missed(true, pieces.get(unseen).bytes().length());
        }
        connection.close(pieces.size());
        return found;
    }

    /** Drops each piece in turn. What is told is right, or says that it may not be. */
    @Property
    void whateverPieceIsNotSeenNothingWrongIsTold(
            @ForAll boolean pipelines, @ForAll boolean counted, @ForAll Random random) {
        int count = 3 + random.nextInt(5);
        List<Piece> pieces = conversation(pipelines, count, random);
        List<String> right =
                without(pieces, -1, false).stream().map(HttpConnectionTest::text).toList();
        assertEquals(count, right.size());
        for (int unseen = 0; unseen < pieces.size(); unseen++) {
            int left = unseen;
            List<Exchange> told = without(pieces, unseen, counted);
            List<String> wrong =
                    told.stream()
                            .filter(exchange -> !exchange.isCut())
                            .filter(
                                    exchange ->
                                            !right.contains(text(exchange))
                                                    || !belongTogether(exchange))
                            .map(HttpConnectionTest::text)
                            .toList();
            assertEquals(List.of(), wrong, unseen + " of " + pieces + " told as " + texts(told));
            long marked = told.stream().filter(Exchange::isCut).count();
            if (!pipelines) {
                assertTrue(
                        told.size() - marked >= count - 3,
                        () -> left + " of " + pieces + " told as " + texts(told));
            }
        }
    }

    private static boolean belongTogether(Exchange exchange) {
        var line = (StartLine.Request) exchange.request().start();
        return line.target().equals("/" + exchange.response().header("X-Answers"));
    }

    private static List<String> texts(List<Exchange> exchanges) {
        return exchanges.stream().map(HttpConnectionTest::text).toList();
    }

    private static long bytes(HttpMessage message) {
        return message == null ? 0 : message.headBytes() + message.bodyBytes();
    }

    @Test
    void requestsThatNobodyAnswersDoNotPileUp() {
        for (int i = 0; i < 3 * HttpConnection.MOST_PENDING; i++) {
            receive(GET, i);
        }
        assertEquals(2 * HttpConnection.MOST_PENDING, exchanges.size());
    }
}
