package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.HeaderField;
import dev.purebpf.cli.session.PeerAddress;
import dev.purebpf.cli.session.WallClock;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;

/** Calls to the letter, as people and as programs read them. */
class CallWriterTest {
    private static final Call CALL =
            new Call(
                    1234,
                    "greeter",
                    0xc000,
                    3,
                    false,
                    new PeerAddress("::1", 40312),
                    block(1_000_000_000, ":path", "/hello.Greeter/Say\u001bHello"),
                    block(1_000_001_000, "x", "\u00e9\""),
                    block(1_000_123_456, "grpc-status", "5", "grpc-message", "no%0A"),
                    1_000_123_456,
                    -1,
                    -1,
                    false);

    private static final Call RESET =
            new Call(1, "c", 1, -1, true, null, null, null, null, 1_000_000_000, 8, -1, true);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final CommandOutput output = new CommandOutput(out);

    private static HeaderBlock block(long time, String... fields) {
        List<HeaderField> all = new ArrayList<>();
        for (int i = 0; i < fields.length; i += 2) {
            all.add(new HeaderField(fields[i], fields[i + 1]));
        }
        return new HeaderBlock(time, all, false);
    }

    private String text(boolean headers, Call call) {
        WallClock clock = WallClock.timeOfDay(0, TimeZone.getTimeZone("UTC"));
        return write(new TextWriter(output, clock, headers), call);
    }

    private String json(Call call) {
        return write(new JsonWriter(output, WallClock.instant(0)), call);
    }

    private String write(CallWriter writer, Call call) {
        writer.write(call);
        writer.write(new Loss(1, 2, 3, 4, 5));
        writer.write(new Loss(0, 0, 0, 0, 0));
        writer.flush();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void peopleGetALine() {
        assertEquals(
                "00:00:01.000000 greeter/1234 < [::1]:40312 /hello.Greeter/Say\\x1bHello NOT_FOUND"
                        + " <0.000123456>\n",
                text(false, CALL));
    }

    @Test
    void andTheHeadersBelowIt() {
        assertEquals(
                "00:00:01.000000 greeter/1234 < [::1]:40312 /hello.Greeter/Say\\x1bHello NOT_FOUND"
                        + " <0.000123456>\n"
                        + "    > :path: /hello.Greeter/Say\\x1bHello\n"
                        + "    < x: \u00e9\"\n"
                        + "    < grpc-status: 5\n"
                        + "    < grpc-message: no%0A\n",
                text(true, CALL));
    }

    @Test
    void whatIsNotKnownIsADash() {
        assertEquals("00:00:01.000000 c/1 > - - - <?> (reset) (cut)\n", text(true, RESET));
    }

    @Test
    void aClientsOwnStatusAndACallThatGoesOnAreTold() {
        HeaderBlock request = block(1_000_000_000, ":path", "/a.B/C");
        Call late =
                new Call(1, "c", 1, 1, true, null, request, null, null, 1_500_000_000, 8, 4, false);
        assertEquals(
                "00:00:01.000000 c/1 > - /a.B/C DEADLINE_EXCEEDED <0.500000000> (reset)\n",
                text(false, late));
        Call open = new Call(1, "c", 1, 1, true, null, request, null, null, -1, -1, -1, false);
        out.reset();
        assertEquals("00:00:01.000000 c/1 > - /a.B/C - <?> (open)\n", text(false, open));
    }

    @Test
    void programsGetAnObject() {
        assertEquals(
                "{\"time\":\"1970-01-01T00:00:01.000000000Z\",\"pid\":1234,"
                        + "\"command\":\"greeter\",\"side\":\"server\",\"peer\":\"::1\","
                        + "\"peer_port\":40312,\"connection\":49152,\"stream\":3,"
                        + "\"path\":\"/hello.Greeter/Say\\u001BHello\",\"status\":\"NOT_FOUND\","
                        + "\"status_code\":5,\"message\":\"no\\n\",\"latency\":123456,"
                        + "\"reset\":false,\"reset_code\":null,\"open\":false,\"cut\":false,"
                        + "\"request\":{\"after\":0,\"cut\":false,\"fields\":[{\"name\":\":path\","
                        + "\"value\":\"/hello.Greeter/Say\\u001BHello\"}]},"
                        + "\"headers\":{\"after\":1000,\"cut\":false,\"fields\":[{\"name\":\"x\","
                        + "\"value\":\"\u00e9\\\"\"}]},"
                        + "\"trailers\":{\"after\":123456,\"cut\":false,\"fields\":["
                        + "{\"name\":\"grpc-status\",\"value\":\"5\"},"
                        + "{\"name\":\"grpc-message\",\"value\":\"no%0A\"}]}}\n"
                        + "{\"lost\":1,\"lost_requests\":2,\"lost_calls\":3,"
                        + "\"not_followed\":4,\"by_net_http\":5}\n",
                json(CALL));
    }

    @Test
    void whatIsNotKnownIsNull() {
        assertEquals(
                "{\"time\":\"1970-01-01T00:00:01.000000000Z\",\"pid\":1,\"command\":\"c\","
                    + "\"side\":\"client\",\"peer\":null,\"peer_port\":null,\"connection\":1,"
                    + "\"stream\":4294967295,\"path\":null,\"status\":null,"
                    + "\"status_code\":null,\"message\":null,\"latency\":null,\"reset\":true,"
                    + "\"reset_code\":8,\"open\":false,\"cut\":true,\"request\":null,\"headers\":null,"
                    + "\"trailers\":null}",
                json(RESET).lines().findFirst().orElseThrow());
    }
}
