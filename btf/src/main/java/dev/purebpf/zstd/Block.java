package dev.purebpf.zstd;

import dev.purebpf.error.MalformedObjectException;

/**
 * A copy of a part of the compressed data: a block, or a header. Filled anew for each of them.
 *
 * <p>All offsets count from the start of the part; all numbers are little-endian.
 */
final class Block {
    /** The most bytes that a block has, compressed or not. */
    static final int MOST = 1 << 17;

    /** The bytes before a block that have its type and size. */
    static final int HEADER = 3;

    private final CompressedBytes input;

    // A word may be read that begins just behind the last byte.
    private final byte[] bytes = new byte[MOST + Long.BYTES];

    private int length;
    private long origin; // where in the compressed data it begins

    Block(CompressedBytes input) {
        this.input = input;
    }

    /**
     * Takes another part.
     *
     * @param from where in the compressed data it begins
     * @param size how many bytes it has, at most {@link #MOST}
     */
    void fill(long from, int size) {
        origin = from;
        length = 0;
        if (size > input.size() - from) {
            throw malformed(
                    0,
                    "a block of "
                            + size
                            + " bytes begins here, but the compressed data end after "
                            + (input.size() - from));
        }
        input.read(from, bytes, size);
        length = size;
    }

    /** {@return how many bytes it has} */
    int length() {
        return length;
    }

    /** {@return the bytes, and some more that mean nothing} */
    byte[] bytes() {
        return bytes;
    }

    int u8(int at) {
        require(at, 1);
        return bytes[at] & 0xff;
    }

    int u16(int at) {
        require(at, 2);
        return (int) word(at) & 0xffff;
    }

    int u24(int at) {
        require(at, 3);
        return (int) word(at) & 0xff_ffff;
    }

    int s32(int at) {
        require(at, Integer.BYTES);
        return (int) word(at);
    }

    long s64(int at) {
        require(at, Long.BYTES);
        return word(at);
    }

    /**
     * {@return eight bytes as a number; what of them lies behind the end means nothing}
     *
     * @param at where they begin, at most {@link #length()}
     */
    long word(int at) {
        return Words.get(bytes, at);
    }

    /** Refuses bytes that are not there. */
    void require(int at, int count) {
        if (count > length - at) {
            throw malformed(
                    at,
                    count
                            + " bytes are needed from here, but the compressed data or the block"
                            + " end after "
                            + (length - at));
        }
    }

    /**
     * {@return an exception that blames a place here}
     *
     * @param at where
     * @param problem what is wrong there
     */
    MalformedObjectException malformed(int at, String problem) {
        return input.malformed(origin + at, problem);
    }
}
