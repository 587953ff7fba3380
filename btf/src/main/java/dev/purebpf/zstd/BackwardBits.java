package dev.purebpf.zstd;

/**
 * A stream of bits within a block, read from its end (RFC 8878, section 4): the last byte has,
 * above the bit that comes first, a one and then only zeroes.
 *
 * <pre>
 *  first byte                last byte
 *  ┌────────┬─ … ─┬────────┬────────┐
 *  │      ←─┼─────┼────────┼─── 1000│   (bits drawn with the highest to the right)
 *  └────────┴─ … ─┴────────┴────────┘
 * </pre>
 */
final class BackwardBits {
    private Block block;
    private int first; // the bit that comes last
    private int next; // behind the bit that comes next

    /**
     * Begins with another stream.
     *
     * @param in the block
     * @param from its first byte
     * @param to behind its last byte
     */
    void begin(Block in, int from, int to) {
        if (from >= to || in.u8(to - 1) == 0) {
            throw in.malformed(from, "the stream of bits from here on has no end");
        }
        block = in;
        first = from * 8;
        next = to * 8 - (Integer.numberOfLeadingZeros(in.u8(to - 1)) - 24) - 1;
    }

    /** {@return how many bits are left} */
    int left() {
        return next - first;
    }

    /**
     * {@return the next bits, the one read first as the highest}
     *
     * @param count how many, at most 57
     */
    long read(int count) {
        int at = next - count;
        if (at < first) {
            throw exhausted();
        }
        next = at;
        return block.word(at >>> 3) >>> (at & 7) & (1L << count) - 1;
    }

    /**
     * {@return the next bits, without passing over them; those behind the end are 0}
     *
     * @param count how many, at most 57
     */
    long peek(int count) {
        int missing = Math.max(0, count - left());
        int at = next - count + missing;
        return (block.word(at >>> 3) >>> (at & 7) & (1L << count - missing) - 1) << missing;
    }

    /**
     * {@return the next bits, the first of them as the highest of 64; at least 57 mean something}
     *
     * <p>There have to be as many.
     */
    long peekWord() {
        int end = next + 7 >>> 3;
        return block.word(end - Long.BYTES) << end * 8 - next;
    }

    /** Passes over bits, as many as were peeked at at most. */
    void skip(int count) {
        next -= count;
        if (next < first) {
            throw exhausted();
        }
    }

    /** Refuses a stream that has more bits than were needed. */
    void requireEnd() {
        if (next != first) {
            throw block.malformed(
                    first >>> 3, left() + " bits are left of the stream from here on");
        }
    }

    private RuntimeException exhausted() {
        return block.malformed(first >>> 3, "the stream of bits from here on ends too early");
    }
}
