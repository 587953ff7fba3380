package dev.purebpf.cli.grpc;

import dev.purebpf.cli.session.PeerAddress;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The other ends of connections: each event names its own, and most are of the same few
 * connections, whose peers are not made again. Of each event these bytes, in the machine's order
 * but for the address:
 *
 * <pre>
 * 0 u16 family, 0 if it is not known   2 u32 port   6 u8[16] address
 * </pre>
 *
 * <p>One thread uses it.
 */
final class RecentPeers {
    /** A power of two. */
    private static final int COUNT = 256;

    private static final int SIZE = 22;

    private final MemorySegment[] bytes = new MemorySegment[COUNT];
    private final PeerAddress[] peers = new PeerAddress[COUNT];

    /** {@return the peer whose bytes begin somewhere; {@code null} if it is not known} */
    PeerAddress peer(MemorySegment event, long at) {
        int hash = 0;
        for (long i = at; i < at + SIZE; i++) {
            hash = 31 * hash + event.get(ValueLayout.JAVA_BYTE, i);
        }
        int slot = (hash ^ hash >>> 16) & COUNT - 1;
        MemorySegment known = bytes[slot];
        if (known == null || MemorySegment.mismatch(known, 0, SIZE, event, at, at + SIZE) >= 0) {
            bytes[slot] =
                    MemorySegment.ofArray(event.asSlice(at, SIZE).toArray(ValueLayout.JAVA_BYTE));
            peers[slot] = decode(event, at);
        }
        return peers[slot];
    }

    private static PeerAddress decode(MemorySegment event, long at) {
        return PeerAddress.of(
                event.get(ValueLayout.JAVA_SHORT_UNALIGNED, at),
                event.get(ValueLayout.JAVA_INT_UNALIGNED, at + 2),
                event,
                at + 6);
    }
}
