package dev.purebpf.cli.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.PeerAddress;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.symbol.ProcessIdentity;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Exchanges to the letter, as people and as programs read them. */
class ExchangeWriterTest {
    private static final Peer PEER =
            new Peer(1234, "web", Optional.empty(), 7, new PeerAddress("127.0.0.1", 40312), 80);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final CommandOutput output = new CommandOutput(out);

    private static HttpMessage message(String start, String fields, long began, long ended) {
        byte[] line = start.getBytes(StandardCharsets.ISO_8859_1);
        HttpMessage message =
                new HttpMessage(
                        StartLine.parse(line, 0, line.length),
                        fields.getBytes(StandardCharsets.ISO_8859_1),
                        began);
        message.grow(start.length() + fields.length() + 4L, 5, ended);
        message.end();
        return message;
    }

    private static Exchange exchange(Peer peer) {
        return new Exchange(
                peer,
                false,
                message(
                        "GET /a\u0007b\" HTTP/1.1",
                        "Host: example.org\r\nX: \u00e9\u001b\r\n",
                        1_000_000_000,
                        1_000_000_500),
                message("HTTP/1.1 200 OK", "", 1_000_001_000, 1_000_123_456),
                true);
    }

    private String text(boolean headers, Exchange exchange) {
        WallClock clock = WallClock.timeOfDay(0, TimeZone.getTimeZone("UTC"));
        return write(new TextWriter(output, clock, headers), exchange);
    }

    private String json(Exchange exchange) {
        return write(new JsonWriter(output, WallClock.instant(0)), exchange);
    }

    private String write(ExchangeWriter writer, Exchange exchange) {
        writer.write(exchange);
        writer.write(new Loss(1, 2, 3, 4, 5, 6, 7));
        writer.write(new Loss(0, 0, 0, 0, 0, 0, 0));
        writer.flush();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void peopleGetALine() {
        assertEquals(
                "00:00:01.000000 web/1234 < 127.0.0.1:40312 GET example.org /a\\x07b\" 200 53 24"
                        + " <0.000123456>\n",
                text(false, exchange(PEER)));
    }

    @Test
    void andTheFieldsOfTheHeadsBelowIt() {
        assertEquals(
                "00:00:01.000000 web/1234 < 127.0.0.1:40312 GET example.org /a\\x07b\" 200 53 24"
                        + " <0.000123456>\n"
                        + "    > Host: example.org\n"
                        + "    > X: \u00e9\\x1b\n",
                text(true, exchange(PEER)));
    }

    @Test
    void whatIsNotKnownIsADash() {
        Peer peer = new Peer(1, "c\nd", Optional.empty(), 7, new PeerAddress("::1", 80), 1);
        Exchange cut = new Exchange(peer, true, null, exchange(PEER).response(), true);
        assertEquals(
                "00:00:01.000001 c\\nd/1 > [::1]:80 - - - 200 - 24 <?> (cut)\n", text(true, cut));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /a b HTTP/1.1 | Host: x y | GET x\\x20y /a\\x20b 200",
                "GET  HTTP/1.1 | X: y | GET - - 200",
                "GET /a HTTP/1.1 | Host: | GET - /a 200",
            })
    void whatAClientSendsStaysInItsColumn(String start, String field, String columns) {
        HttpMessage request = message(start, field + "\r\n", 1, 2);
        HttpMessage response = message("HTTP/1.1 200 OK", "", 3, 4);
        String text = text(false, new Exchange(PEER, false, request, response, true));
        assertTrue(text.contains(" < 127.0.0.1:40312 " + columns + " "), text);
    }

    @Test
    void programsGetAnObject() {
        assertEquals(
                "{\"time\":\"1970-01-01T00:00:01.000000000Z\",\"pid\":1234,\"command\":\"web\","
                        + "\"cgroup\":null,\"container\":null,\"descriptor\":7,"
                        + "\"side\":\"server\",\"peer\":\"127.0.0.1\",\"peer_port\":40312,"
                        + "\"local_port\":80,\"latency\":123456,\"cut\":false,"
                        + "\"request\":{\"method\":\"GET\",\"host\":\"example.org\","
                        + "\"path\":\"/a\\u0007b\\\"\",\"version\":\"HTTP/1.1\","
                        + "\"head_bytes\":48,\"body_bytes\":5,\"duration\":500,\"cut\":false,"
                        + "\"headers\":[{\"name\":\"Host\",\"value\":\"example.org\"},"
                        + "{\"name\":\"X\",\"value\":\"\u00e9\\u001B\"}]},"
                        + "\"response\":{\"status\":200,\"reason\":\"OK\","
                        + "\"version\":\"HTTP/1.1\",\"head_bytes\":19,\"body_bytes\":5,"
                        + "\"duration\":122456,\"cut\":false,\"headers\":[]}}\n"
                        + "{\"lost\":1,\"lost_requests\":2,\"lost_responses\":3,"
                        + "\"not_followed\":4,\"skipped\":5,\"unseen\":6,\"given_up\":7}\n",
                json(exchange(PEER)));
    }

    @Test
    void whatIsNotKnownIsNull() {
        var identity =
                new ProcessIdentity(1, List.of(1), "/system.slice/web", Optional.of("c0ffee"));
        Peer peer = new Peer(1, "c", Optional.of(identity), 7, new PeerAddress("unix", 0), 0);
        assertEquals(
                "{\"time\":\"1970-01-01T00:00:01.000001000Z\",\"pid\":1,\"command\":\"c\","
                        + "\"cgroup\":\"/system.slice/web\",\"container\":\"c0ffee\","
                        + "\"descriptor\":7,\"side\":\"client\",\"peer\":\"unix\",\"peer_port\":0,"
                        + "\"local_port\":0,\"latency\":null,\"cut\":true,\"request\":null,"
                        + "\"response\":{\"status\":200,\"reason\":\"OK\","
                        + "\"version\":\"HTTP/1.1\",\"head_bytes\":19,\"body_bytes\":5,"
                        + "\"duration\":122456,\"cut\":false,\"headers\":[]}}",
                json(new Exchange(peer, true, null, exchange(PEER).response(), true))
                        .lines()
                        .findFirst()
                        .orElseThrow());
    }

    /** What docs/json.md has in its tables is what there is. */
    @Test
    void eachFieldIsDescribed() throws IOException {
        Set<String> described = new TreeSet<>();
        Set<String> inProse = Set.of("method", "host", "path", "status", "reason");
        Path guide = Path.of("").toAbsolutePath().resolveSibling("docs/json.md");
        for (String line : Files.readAllLines(guide)) {
            if (line.startsWith("| `")) {
                Pattern.compile("`(\\w+)`")
                        .matcher(line.substring(0, line.indexOf(" |", 1)))
                        .results()
                        .forEach(field -> described.add(field.group(1)));
            }
        }
        described.addAll(inProse);
        Set<String> written = new TreeSet<>();
        Pattern.compile("\"(\\w+)\":")
                .matcher(json(exchange(PEER)))
                .results()
                .forEach(field -> written.add(field.group(1)));
        written.removeAll(Set.of("name", "value"));
        assertEquals(described, written);
    }
}
