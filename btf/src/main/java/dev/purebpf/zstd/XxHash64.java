package dev.purebpf.zstd;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The hash xxh64, with 0 as seed: frames have the lower half of it as checksum.
 *
 * @see <a href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">xxHash, fast digest
 *     algorithm</a>
 */
final class XxHash64 {
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long PRIME_1 = 0x9e37_79b1_85eb_ca87L;
    private static final long PRIME_2 = 0xc2b2_ae3d_27d4_eb4fL;
    private static final long PRIME_3 = 0x1656_67b1_9e37_79f9L;
    private static final long PRIME_4 = 0x85eb_ca77_c2b2_ae63L;
    private static final long PRIME_5 = 0x27d4_eb2f_1656_67c5L;

    private static final int STRIPE = 4 * Long.BYTES;

    private XxHash64() {}

    /**
     * {@return the hash of some bytes}
     *
     * @param bytes where they are
     * @param from where they begin
     * @param to where they end
     */
    static long of(MemorySegment bytes, long from, long to) {
        long at = from;
        long hash = PRIME_5;
        if (to - from >= STRIPE) {
            long first = PRIME_1 + PRIME_2;
            long second = PRIME_2;
            long third = 0;
            long fourth = -PRIME_1;
            for (; at <= to - STRIPE; at += STRIPE) {
                first = round(first, bytes.get(LONG, at));
                second = round(second, bytes.get(LONG, at + 8));
                third = round(third, bytes.get(LONG, at + 16));
                fourth = round(fourth, bytes.get(LONG, at + 24));
            }
            hash =
                    Long.rotateLeft(first, 1)
                            + Long.rotateLeft(second, 7)
                            + Long.rotateLeft(third, 12)
                            + Long.rotateLeft(fourth, 18);
            hash = merge(merge(merge(merge(hash, first), second), third), fourth);
        }
        return finish(rest(hash + (to - from), bytes, at, to));
    }

    private static long round(long lane, long word) {
        return Long.rotateLeft(lane + word * PRIME_2, 31) * PRIME_1;
    }

    private static long merge(long hash, long lane) {
        return (hash ^ round(0, lane)) * PRIME_1 + PRIME_4;
    }

    /** Takes in what is less than a stripe. */
    private static long rest(long start, MemorySegment bytes, long from, long to) {
        long hash = start;
        long at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            hash ^= round(0, bytes.get(LONG, at));
            hash = Long.rotateLeft(hash, 27) * PRIME_1 + PRIME_4;
        }
        if (at <= to - Integer.BYTES) {
            hash ^= (bytes.get(INT, at) & 0xffff_ffffL) * PRIME_1;
            hash = Long.rotateLeft(hash, 23) * PRIME_2 + PRIME_3;
            at += Integer.BYTES;
        }
        for (; at < to; at++) {
            hash ^= (bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff) * PRIME_5;
            hash = Long.rotateLeft(hash, 11) * PRIME_1;
        }
        return hash;
    }

    private static long finish(long start) {
        long hash = (start ^ start >>> 33) * PRIME_2;
        hash = (hash ^ hash >>> 29) * PRIME_3;
        return hash ^ hash >>> 32;
    }
}
