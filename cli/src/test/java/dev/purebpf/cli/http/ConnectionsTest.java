package dev.purebpf.cli.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.kernel.Kernel;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;

import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TimeZone;

/** The events of {@code http.bpf.c}, as it lays them out. */
class ConnectionsTest {
    private static final int RECEIVED = 0;
    private static final int SENT = 1;
    private static final int CLOSED = 2;
    private static final int ENDED = 3;
    private static final int PROCESS_GONE = 4;
    private static final long ROOM = 1 << 30;
    private static final String GET = "GET /a HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n";
    private static final String OK =
            "HTTP/1.1 200 OK\r\nServer: x\r\nDate: now\r\nContent-Length: 2\r\n\r\nhi";

    /** An event, which is filled again and again. */
    private final MemorySegment event = MemorySegment.ofArray(new long[64]);

    private final ProcessIdentities processes = new ProcessIdentities(Kernel.host());
    private final List<Exchange> told = new ArrayList<>();
    private final Connections connections = new Connections(processes, told::add, ROOM);

    private MemorySegment event(long connection, int kind, String data) {
        byte[] bytes = data.getBytes(StandardCharsets.ISO_8859_1);
        event.fill((byte) 0);
        event.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 1000);
        event.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, connection);
        event.set(ValueLayout.JAVA_INT_UNALIGNED, 16, 77);
        event.set(ValueLayout.JAVA_INT_UNALIGNED, 20, 5);
        event.set(ValueLayout.JAVA_INT_UNALIGNED, 24, bytes.length);
        event.set(ValueLayout.JAVA_SHORT_UNALIGNED, 28, (short) bytes.length);
        event.set(ValueLayout.JAVA_BYTE, 30, (byte) kind);
        event.set(ValueLayout.JAVA_SHORT_UNALIGNED, 32, (short) 2);
        event.set(ValueLayout.JAVA_SHORT_UNALIGNED, 34, (short) 80);
        event.set(ValueLayout.JAVA_SHORT_UNALIGNED, 36, (short) 40_000);
        MemorySegment.copy(
                MemorySegment.ofArray(new byte[] {(byte) 192, 0, 2, 1}), 0, event, 40, 4);
        event.setString(56, "nginx");
        MemorySegment.copy(bytes, 0, event, ValueLayout.JAVA_BYTE, 84, bytes.length);
        return event;
    }

    private void tell(long connection, int kind, String data) {
        connections.onEvent(event(connection, kind, data), 0, 84 + data.length());
    }

    @Test
    void anEventSaysWhoTalksToWhom() {
        tell(1, RECEIVED, GET);
        tell(1, SENT, OK);
        Peer peer = told.getFirst().peer();
        assertEquals(77, peer.pid());
        assertEquals("nginx", peer.command());
        assertEquals(5, peer.descriptor());
        assertEquals("192.0.2.1", peer.other().address());
        assertEquals(40_000, peer.other().port());
        assertEquals(80, peer.localPort());
        assertEquals(1000, told.getFirst().began());
    }

    @Test
    void connectionsAreApartAndEndWithTheirProcess() {
        tell(1, RECEIVED, GET);
        tell(2, RECEIVED, GET.replace("/a", "/b"));
        tell(1, SENT, OK);
        tell(2, SENT, "HTTP/1.0 200 OK\r\n\r\nall");
        assertEquals(1, told.size());
        tell(0, PROCESS_GONE, "");
        assertEquals(2, told.size());
        assertEquals(3, told.getLast().response().bodyBytes());
    }

    @Test
    void theEndOfWhatIsReceivedEndsAnAnswer() {
        tell(1, SENT, GET);
        tell(1, RECEIVED, "HTTP/1.0 200 OK\r\n\r\nall");
        assertEquals(0, told.size());
        tell(1, ENDED, "");
        assertEquals(1, told.size());
        assertTrue(told.getFirst().client());
    }

    @Test
    void theEndOfALongPieceComesBehindItsBeginning() {
        String begin = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\nxxx";
        String end = "xxx\r\n0\r\n\r\n";
        tell(1, RECEIVED, GET);
        MemorySegment piece = event(1, SENT, begin + end);
        piece.set(ValueLayout.JAVA_INT_UNALIGNED, 24, 47 + 5 + 500 + 7);
        piece.set(ValueLayout.JAVA_SHORT_UNALIGNED, 28, (short) begin.length());
        piece.set(ValueLayout.JAVA_SHORT_UNALIGNED, 38, (short) end.length());
        connections.onEvent(piece, 0, 0);
        assertEquals(512, told.getFirst().response().bodyBytes());
        assertFalse(told.getFirst().isCut());
    }

    @Test
    void whatIsLostIsNotToldAndWhatWasNotSeenIsMarked() {
        tell(1, RECEIVED, GET);
        MemorySegment next = event(1, RECEIVED, GET.replace("/a", "/b"));
        next.set(ValueLayout.JAVA_INT_UNALIGNED, 76, 100);
        connections.onEvent(next, 0, 0);
        MemorySegment closed = event(1, CLOSED, "");
        closed.set(ValueLayout.JAVA_INT_UNALIGNED, 80, 100);
        connections.onEvent(closed, 0, 0);
        assertEquals(1, told.size());
        assertEquals("/b", ((StartLine.Request) told.getFirst().request().start()).target());
        assertTrue(told.getFirst().isCut());
        assertEquals(1, connections.unseen());
    }

    @Test
    void ofTooManyConnectionsTheOldestEnds() {
        for (long id = 0; id <= Connections.MOST; id++) {
            tell(id, RECEIVED, GET);
        }
        assertEquals(1, told.size());
        assertEquals(1, connections.givenUp());
        connections.close();
        assertEquals(Connections.MOST + 1, told.size());
        assertEquals(1, connections.givenUp(), "what is followed to the end is not given up");
    }

    @Test
    void connectionsThatAreSilentGiveWayWhenMemoryIsScarce() {
        long room = 100_000;
        Connections few = new Connections(processes, told::add, room);
        String half = "GET /half HTTP/1.1\r\nX: " + "x".repeat(300);
        for (long id = 0; id < 10_000; id++) {
            few.onEvent(event(id, RECEIVED, half), 0, 0);
        }
        // Their buffers are of 512 bytes, and none takes less than itself and that.
        assertTrue(told.size() > 10_000 - room / 512, told.size() + " ended");
        assertEquals(told.size(), few.givenUp());
        few.onEvent(event(9_999, RECEIVED, "\r\n\r\n"), 0, 0);
        few.onEvent(event(9_999, SENT, OK), 0, 0);
        assertFalse(told.getLast().isCut());
        few.close();
        assertEquals(10_000, told.size());
    }

    @Test
    void ofAConnectionThatWaitsBetweenTwoExchangesNothingIsLost() {
        Connections few = new Connections(processes, told::add, 20_000);
        for (long id = 0; id < 1_000; id++) {
            few.onEvent(event(id, RECEIVED, GET), 0, 0);
            few.onEvent(event(id, SENT, OK), 0, 0);
        }
        assertEquals(1_000, told.size());
        assertEquals(0, few.givenUp());
        few.onEvent(event(0, RECEIVED, GET), 0, 0);
        few.onEvent(event(0, SENT, OK), 0, 0);
        assertEquals(1_001, told.size());
        assertFalse(told.getLast().isCut());
    }

    /** What is kept is counted, so that it is given back in the end. */
    @Property
    void theMemoryOfConnectionsThatEndedIsFree(@ForAll Random random) {
        Connections some = new Connections(processes, told::add, 20_000);
        List<String> pieces =
                List.of(GET, OK, GET.substring(0, 20), OK.substring(0, 30), "\r\n\r\n", GET + GET);
        for (int i = 0; i < 300; i++) {
            int kind = random.nextInt(40);
            kind = kind < 2 ? CLOSED + kind : kind == 2 ? PROCESS_GONE : random.nextInt(2);
            boolean data = kind == RECEIVED || kind == SENT;
            String piece = data ? pieces.get(random.nextInt(pieces.size())) : "";
            MemorySegment any = event(random.nextInt(30), kind, piece);
            any.set(ValueLayout.JAVA_INT_UNALIGNED, 16, random.nextInt(3));
            some.onEvent(any, 0, 0);
            assertTrue(some.kept() >= 0 && some.kept() <= 20_000, some.kept() + " bytes");
        }
        some.close();
        assertEquals(0, some.kept());
    }

    @Test
    void anUnknownEventIsABug() {
        assertThrows(IllegalStateException.class, () -> tell(1, 9, ""));
    }

    /** Of what passes most is bodies. */
    @Test
    void aPieceOfABodyAllocatesNothing() {
        byte[][] pieces = new byte[2][];
        for (int id = 0; id < 2; id++) {
            tell(1000 + id, RECEIVED, GET);
            tell(1000 + id, SENT, "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n");
            pieces[id] = event(1000 + id, SENT, "of a body").toArray(ValueLayout.JAVA_BYTE);
        }
        MemorySegment one = MemorySegment.ofArray(pieces[0]);
        MemorySegment other = MemorySegment.ofArray(pieces[1]);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        // The first rounds are interpreted and make more.
        for (int round = 0; round < 1_000 && least > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 500; i++) {
                connections.onEvent(one, 0, pieces[0].length);
                connections.onEvent(other, 0, pieces[1].length);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least);
        assertEquals(0, told.size());
    }

    /**
     * What passes for each exchange has to be small, since a server makes many in a second: its two
     * messages, each with the words of its first line and the bytes of its fields, and the text of
     * the fields that are asked for.
     */
    @Test
    void anExchangeTakesLittleMemory() {
        TextWriter writer =
                new TextWriter(
                        new CommandOutput(OutputStream.nullOutputStream()),
                        WallClock.timeOfDay(0, TimeZone.getTimeZone("UTC")),
                        false);
        Connections busy = new Connections(processes, writer::write, ROOM);
        byte[] request = event(1, RECEIVED, GET).toArray(ValueLayout.JAVA_BYTE);
        byte[] response = event(1, SENT, OK).toArray(ValueLayout.JAVA_BYTE);
        MemorySegment asked = MemorySegment.ofArray(request);
        MemorySegment answered = MemorySegment.ofArray(response);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = 0;
        int count = 20_000;
        for (int i = 0; i < 2 * count; i++) {
            if (i == count) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            busy.onEvent(asked, 0, request.length);
            busy.onEvent(answered, 0, response.length);
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / count;
        assertTrue(each <= 600, each + " bytes");
    }
}
