package dev.purebpf.cli.http;

import dev.purebpf.cli.session.EventFields;
import dev.purebpf.cli.session.PeerAddress;
import dev.purebpf.event.EventHandler;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The connections that are followed, fed by the events of {@code http.bpf.c}:
 *
 * <pre>
 *  0 u64 time        8 u64 connection  16 u32 pid    20 s32 descriptor
 * 24 u32 length     28 u16 captured    30 u8 kind
 * 32 u16 family     34 u16 local port  36 u16 peer's port  38 u16 tail
 * 40 u8[16] peer's address             56 char[16] command
 * 72 u32 bytes received, 76 u32 sent before and lost                80 u32 bytes not seen before
 * 84 what was captured, then the tail: the last bytes of what is longer
 * </pre>
 *
 * <p>Byte order is the machine's, that of an address its packets'.
 */
final class Connections implements EventHandler {

    /** The kernel forgets connections beyond that number, too, the least used first. */
    static final int MOST = 65_536;

    private static final int HEADER = 84;
    private static final int LARGEST_CAPTURE = 8192;
    private static final int LARGEST_TAIL = 256;
    private static final int RECEIVED = 0;
    private static final int SENT = 1;
    private static final int CLOSED = 2;
    private static final int ENDED = 3;
    private static final int PROCESS_GONE = 4;

    /** A connection, and how much of the memory it takes. */
    private static final class Followed {
        private final int pid;
        private final HttpConnection connection;
        private int kept;

        private Followed(int pid, HttpConnection connection) {
            this.pid = pid;
            this.connection = connection;
        }
    }

    /** The number of a connection: one is looked for again and again, without making any. */
    private static final class Id {
        private long number;

        private Id(long number) {
            this.number = number;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Id id && id.number == number;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(number);
        }
    }

    private final ProcessIdentities processes;
    private final Consumer<Exchange> exchanges;
    private final long room;
    private final SpareBuffers spare = new SpareBuffers();
    private final Map<Id, Followed> connections = new LinkedHashMap<>(16, 0.75f, true);
    private final Id wanted = new Id(0);
    private final byte[] data = new byte[LARGEST_CAPTURE + LARGEST_TAIL];
    private long last;
    private long unseen;
    private long givenUp;
    private long kept;

    /**
     * Follows none yet.
     *
     * @param processes knows who processes are
     * @param exchanges takes what is told
     * @param room the bytes of memory that connections may take together: where they would take
     *     more, those are given up that have been silent longest
     */
    Connections(ProcessIdentities processes, Consumer<Exchange> exchanges, long room) {
        this.processes = processes;
        this.exchanges = exchanges;
        this.room = room;
    }

    @Override
    public void onEvent(MemorySegment event, long offset, int length) {
        long time = event.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        wanted.number = event.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + 8);
        int kind = event.get(ValueLayout.JAVA_BYTE, offset + 30);
        last = time;
        switch (kind) {
            case RECEIVED, SENT -> {
                Followed followed = followed(event, offset);
                HttpConnection connection = followed.connection;
                gaps(connection, event, offset, kind == SENT);
                piece(kind == SENT ? connection.sent() : connection.received(), event, offset);
                measure(followed);
            }
            case ENDED -> {
                Followed followed = followed(event, offset);
                gaps(followed.connection, event, offset, false);
                followed.connection.received().end(time);
                measure(followed);
            }
            case CLOSED -> {
                Followed followed = connections.remove(wanted);
                if (followed != null) {
                    gaps(followed.connection, event, offset, true);
                    end(followed, time);
                }
            }
            case PROCESS_GONE ->
                    closeAllOf(event.get(ValueLayout.JAVA_INT_UNALIGNED, offset + 16), time);
            default -> throw new IllegalStateException("http.bpf.c sends no event of kind " + kind);
        }
    }

    /** {@return how often bytes of a connection passed that no event told of} */
    long unseen() {
        return unseen;
    }

    /** {@return how many connections were given up in the middle of an exchange} */
    long givenUp() {
        return givenUp;
    }

    /** {@return about as many bytes of memory as the connections take} */
    long kept() {
        return kept;
    }

    /** Ends all connections, after the last event. */
    void close() {
        for (Followed followed : connections.values()) {
            end(followed, last);
        }
        connections.clear();
    }

    private void end(Followed followed, long time) {
        followed.connection.close(time);
        kept -= followed.kept;
    }

    private void measure(Followed followed) {
        int now = followed.connection.kept();
        kept += now - followed.kept;
        followed.kept = now;
        // The last one is this one.
        while (kept > room && connections.size() > 1) {
            endOldest();
        }
    }

    private void endOldest() {
        Iterator<Followed> all = connections.values().iterator();
        Followed oldest = all.next();
        if (!oldest.connection.isIdle()) {
            givenUp++;
        }
        end(oldest, last);
        all.remove();
    }

    private void piece(MessageStream stream, MemorySegment event, long offset) {
        long time = event.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        long length = unsigned(event, offset + 24);
        int captured =
                Short.toUnsignedInt(event.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + 28));
        int tail = Short.toUnsignedInt(event.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + 38));
        int kept = captured + tail;
        MemorySegment.copy(event, ValueLayout.JAVA_BYTE, offset + HEADER, data, 0, kept);
        stream.feed(data, 0, captured, time);
        stream.skip(length - kept, time);
        stream.feedRest(data, captured, kept, time);
    }

    private void gaps(HttpConnection connection, MemorySegment event, long offset, boolean sent) {
        long lostReceived = unsigned(event, offset + 72);
        long lostSent = unsigned(event, offset + 76);
        long missing = unsigned(event, offset + 80);
        if (lostReceived > 0) {
            connection.lost(false, lostReceived);
        }
        if (lostSent > 0) {
            connection.lost(true, lostSent);
        }
        if (missing > 0) {
            unseen++;
            connection.missed(sent, missing);
        }
    }

    private static long unsigned(MemorySegment event, long at) {
        return Integer.toUnsignedLong(event.get(ValueLayout.JAVA_INT_UNALIGNED, at));
    }

    private Followed followed(MemorySegment event, long offset) {
        Followed known = connections.get(wanted);
        if (known != null) {
            return known;
        }
        if (connections.size() == MOST) {
            endOldest();
        }
        Peer peer = peer(event, offset);
        Followed followed = new Followed(peer.pid(), new HttpConnection(peer, exchanges, spare));
        connections.put(new Id(wanted.number), followed);
        return followed;
    }

    private void closeAllOf(int pid, long time) {
        processes.forget(pid);
        Iterator<Followed> all = connections.values().iterator();
        while (all.hasNext()) {
            Followed followed = all.next();
            if (followed.pid == pid) {
                end(followed, time);
                all.remove();
            }
        }
    }

    private Peer peer(MemorySegment event, long offset) {
        int pid = event.get(ValueLayout.JAVA_INT_UNALIGNED, offset + 16);
        PeerAddress other =
                PeerAddress.of(
                        event.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + 32),
                        port(event, offset + 36),
                        event,
                        offset + 40);
        return new Peer(
                pid,
                EventFields.command(event, offset + 56),
                processes.of(pid),
                event.get(ValueLayout.JAVA_INT_UNALIGNED, offset + 20),
                other,
                other == null || other.port() == 0 ? 0 : port(event, offset + 34));
    }

    private static int port(MemorySegment event, long at) {
        return Short.toUnsignedInt(event.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
    }
}
