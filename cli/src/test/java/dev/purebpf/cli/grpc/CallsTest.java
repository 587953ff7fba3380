package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.session.HeaderField;
import dev.purebpf.cli.session.PeerAddress;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** How requests and answers become calls. */
class CallsTest {
    private static final Calls.Connection CONNECTION = new Calls.Connection(7, 0xc000);
    private static final Calls.Known BEGUN = new Calls.Known(true, false, false);
    private static final Calls.Known UNKNOWN = new Calls.Known(false, false, false);

    private final List<Call> told = new ArrayList<>();
    private final Calls calls = new Calls(told::add);
    private final Set<Integer> open = new HashSet<>(Set.of(1, 3));
    private int asked;

    @BeforeEach
    void meet() {
        calls.ask(
                new Calls.OpenCalls() {
                    @Override
                    public Calls.Known find(Calls.Connection connection, int stream) {
                        asked++;
                        return open.contains(stream) ? BEGUN : null;
                    }

                    @Override
                    public Calls.Known take(Calls.Connection connection, int stream) {
                        return open.remove(stream) ? BEGUN : null;
                    }
                });
        calls.meet(CONNECTION, "server", false, new PeerAddress("::1", 4000));
    }

    private static HeaderBlock block(long time, String... fields) {
        List<HeaderField> all = new ArrayList<>();
        for (int i = 0; i < fields.length; i += 2) {
            all.add(new HeaderField(fields[i], fields[i + 1]));
        }
        return new HeaderBlock(time, all, false);
    }

    @Test
    void aCallIsToldWhenItsTrailersCome() {
        calls.begin(CONNECTION, 1, block(100, ":path", "/a.B/C"));
        calls.answer(CONNECTION, 1, block(150, ":status", "200"), BEGUN);
        assertTrue(told.isEmpty());
        calls.end(CONNECTION, 1, block(300, "grpc-status", "5", "grpc-message", "no%0A%"), BEGUN);
        Call call = told.getFirst();
        assertEquals("/a.B/C", call.path());
        assertEquals("NOT_FOUND", call.status());
        assertEquals("no\n%", call.message());
        assertEquals(200, call.latency());
        assertEquals(new PeerAddress("::1", 4000), call.peer());
        assertFalse(call.isCut());
        assertFalse(call.isReset());
    }

    @Test
    void callsOfAConnectionMayEndInAnyOrder() {
        calls.begin(CONNECTION, 1, block(100, ":path", "/one"));
        calls.begin(CONNECTION, 3, block(110, ":path", "/two"));
        calls.end(CONNECTION, 3, block(120, "grpc-status", "0"), BEGUN);
        calls.end(CONNECTION, 1, block(130, "grpc-status", "0"), BEGUN);
        assertEquals(List.of("/two", "/one"), told.stream().map(Call::path).toList());
    }

    @Test
    void aCallWithoutTrailersIsReset() {
        calls.begin(CONNECTION, 1, block(100, ":path", "/one"));
        calls.reset(CONNECTION, 1, 400, 8, -1, BEGUN);
        Call call = told.getFirst();
        assertTrue(call.isReset());
        assertEquals(8, call.reset());
        assertEquals(300, call.latency());
        assertNull(call.status());
    }

    @Test
    void whatComesAfterAResetIsNoCall() {
        calls.begin(CONNECTION, 1, block(100, ":path", "/one"));
        calls.reset(CONNECTION, 1, 400, 8, -1, BEGUN);
        calls.answer(CONNECTION, 1, block(410, ":status", "200"), UNKNOWN);
        calls.end(CONNECTION, 1, block(420, "grpc-status", "0"), UNKNOWN);
        assertEquals(1, told.size());
    }

    @Test
    void aCallThatBeganBeforeIsToldAsCut() {
        calls.begin(CONNECTION, 9, block(100, ":path", "/late"));
        calls.end(CONNECTION, 7, block(120, "grpc-status", "0"), UNKNOWN);
        Call call = told.getFirst();
        assertNull(call.path());
        assertEquals("OK", call.status());
        assertEquals(-1, call.latency());
        assertTrue(call.isCut());
    }

    /** A server that sends headers on and on, of a connection whose calls all began before. */
    @Test
    void answersToWhatNobodyAskedAreForgotten() {
        calls.answer(CONNECTION, 3, block(100, ":status", "200"), BEGUN);
        for (int stream = 5; stream < 5 + 6 * Calls.MOST; stream += 2) {
            calls.answer(CONNECTION, stream, block(110), UNKNOWN);
        }
        asked = 0;
        calls.closeAll(false);
        assertTrue(asked <= Calls.MOST, asked + " are still kept");
        assertEquals(List.of(3), told.stream().map(Call::stream).toList());
    }

    @Test
    void aCallWhoseBeginningWasLostIsToldAsCut() {
        calls.begin(CONNECTION, 1, block(100, ":path", "/one"));
        calls.end(
                CONNECTION, 3, block(120, "grpc-status", "0"), new Calls.Known(true, true, false));
        assertNull(told.getFirst().path());
        assertTrue(told.getFirst().isCut());
    }

    @Test
    void aClientHasAStatusOfItsOwnWhereNobodySentOne() {
        calls.begin(CONNECTION, 1, block(100, ":path", "/one"));
        calls.reset(CONNECTION, 1, 400, 8, 4, BEGUN);
        assertEquals("DEADLINE_EXCEEDED", told.getFirst().status());
        assertEquals(4, told.getFirst().statusCode());
        assertTrue(told.getFirst().isReset());
    }

    @Test
    void whatIsOpenWhenAConnectionClosesEndsThen() {
        // Of the other the end was lost, and is counted by the kernel.
        open.remove(1);
        calls.begin(CONNECTION, 1, block(100, ":path", "/lost"));
        calls.begin(CONNECTION, 3, block(110, ":path", "/open"));
        calls.close(CONNECTION, 500, false);
        assertEquals(List.of("/open"), told.stream().map(Call::path).toList());
        assertEquals(390, told.getFirst().latency());
        assertTrue(told.getFirst().isReset());
        calls.closeAll(false);
        assertEquals(1, told.size());
    }

    @Test
    void aConnectionThatTellsTheEndsOfItsCallsWhenItClosesIsAwaited() {
        calls.begin(CONNECTION, 1, block(100, ":path", "/one"));
        calls.close(CONNECTION, 500, true);
        assertTrue(told.isEmpty());
        calls.reset(CONNECTION, 1, 510, -1, 14, BEGUN);
        assertEquals("UNAVAILABLE", told.getFirst().status());
        assertEquals("/one", told.getFirst().path());
        assertEquals(410, told.getFirst().latency());
    }

    /** A client reads on for a moment after its end; the call has had its deadline. */
    @Test
    void whatComesOfAConnectionThatIsClosedIsNoCall() {
        calls.begin(CONNECTION, 1, block(100, ":path", "/one"));
        calls.reset(CONNECTION, 1, 400, 8, 4, BEGUN);
        calls.close(CONNECTION, 500, true);
        meet();
        calls.answer(CONNECTION, 1, block(510, ":status", "200"), UNKNOWN);
        meet();
        calls.end(CONNECTION, 1, block(520, "grpc-status", "0"), UNKNOWN);
        assertEquals(List.of("DEADLINE_EXCEEDED"), told.stream().map(Call::status).toList());
    }

    @Test
    void anotherConnectionMayHaveTheNumberOfOneThatWasClosed() {
        calls.begin(CONNECTION, 3, block(100, ":path", "/lost"));
        calls.answer(CONNECTION, 3, block(110, ":status", "200"), BEGUN);
        calls.close(CONNECTION, 500, true);
        meet();
        calls.begin(CONNECTION, 1, block(600, ":path", "/one"));
        calls.end(CONNECTION, 3, block(610, "grpc-status", "0"), UNKNOWN);
        assertTrue(told.isEmpty());
        calls.end(CONNECTION, 1, block(620, "grpc-status", "0"), BEGUN);
        assertEquals("/one", told.getFirst().path());
        assertFalse(told.getFirst().isCut());
    }

    @Test
    void aCallThatIsOpenWhenTheTracingEndsIsToldAsSuch() {
        calls.begin(CONNECTION, 1, block(100, ":path", "/one"));
        calls.closeAll(false);
        assertTrue(told.getFirst().isOpen());
        assertFalse(told.getFirst().isReset());
        assertFalse(told.getFirst().isCut());
        assertEquals(-1, told.getFirst().latency());
    }

    @Test
    void aProcessTakesItsConnectionsWithIt() {
        calls.begin(CONNECTION, 1, block(100, ":path", "/one"));
        calls.closeAllOf(8, 200);
        assertTrue(told.isEmpty());
        calls.closeAllOf(7, 300);
        assertEquals(200, told.getFirst().latency());
    }

    @Test
    void anAnswerThatIsNoGrpcHasTheStatusOfHttp() {
        calls.begin(CONNECTION, 1, block(100, ":path", "/one"));
        calls.end(CONNECTION, 1, block(120, ":status", "415"), BEGUN);
        assertEquals("HTTP/415", told.getFirst().status());
        assertEquals(-1, told.getFirst().statusCode());
    }
}
