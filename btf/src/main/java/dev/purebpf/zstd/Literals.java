package dev.purebpf.zstd;

import java.util.Arrays;

/** The literals of a block (RFC 8878, section 3.1.1.3.1). */
final class Literals {
    private static final int RAW = 0;
    private static final int REPEATED = 1;
    private static final int TREELESS = 3;

    /** Where the sizes of the first three of four streams are. */
    private static final int JUMP_TABLE = 6;

    private final HuffmanTable huffman = new HuffmanTable();
    private final byte[] decoded = new byte[Block.MOST + Long.BYTES]; // as Output wants it
    private byte[] bytes = decoded;
    private int start;
    private int end;

    /** Forgets what the blocks of a frame have in common. */
    void beginFrame() {
        huffman.clear();
    }

    /** {@return an array that has them, from {@link #start()} to {@link #end()}} */
    byte[] bytes() {
        return bytes;
    }

    /** {@return the place of the first} */
    int start() {
        return start;
    }

    /** {@return behind the place of the last} */
    int end() {
        return end;
    }

    /**
     * Reads those of a block.
     *
     * @param block begins with them
     * @param most how many there may be
     * @return where in the block they end
     */
    int read(Block block, int most) {
        int first = block.u8(0);
        int type = first & 3;
        return type == RAW || type == REPEATED
                ? readPlain(block, first, most)
                : readCompressed(block, first, most);
    }

    /**
     * One byte with a size of 5 bits, two with one of 12, or three with one of 20.
     *
     * <pre>
     *  bits 0-1  2  3-7      0-1  2-3  4-15 or 4-23
     *  type      0  size     type  1 or 3  size
     * </pre>
     */
    private int readPlain(Block block, int first, int most) {
        int header = 1;
        int size = first >>> 3;
        if ((first & 0x4) != 0) {
            header = (first & 0x8) == 0 ? 2 : 3;
            size = (header == 2 ? block.u16(0) : block.u24(0)) >>> 4;
        }
        requireSize(block, size, most);
        if ((first & 3) == RAW) {
            block.require(header, size);
            bytes = block.bytes();
            start = header;
            end = header + size;
            return end;
        }
        Arrays.fill(decoded, 0, size, (byte) block.u8(header));
        use(size);
        return header + 1;
    }

    /**
     * Three bytes with two sizes of 10 bits, four with 14, or five with 18.
     *
     * <pre>
     *  bits 0-1   2-3                       4-
     *  type       streams and bits of size  size, then compressed size
     * </pre>
     */
    private int readCompressed(Block block, int first, int most) {
        int format = first >>> 2 & 3;
        int sizeBits = format < 2 ? 10 : format == 2 ? 14 : 18;
        int header = (4 + 2 * sizeBits) / 8;
        block.require(0, header);
        long word = block.word(0) >>> 4;
        int size = (int) word & (1 << sizeBits) - 1;
        int stored = (int) (word >>> sizeBits) & (1 << sizeBits) - 1;
        requireSize(block, size, most);
        block.require(header, stored);
        int to = header + stored;
        int from = header;
        if ((first & 3) != TREELESS) {
            from = huffman.read(block, from, to);
        } else if (huffman.isMissing()) {
            throw block.malformed(0, "the first literals of a frame have no Huffman code");
        }
        if (format == 0) {
            huffman.decode(block, from, to, decoded, 0, size);
        } else {
            decodeFour(block, from, to, size);
        }
        use(size);
        return to;
    }

    private void decodeFour(Block block, int from, int to, int size) {
        int share = (size + 3) / 4;
        if (to - from < JUMP_TABLE || size < 3 * share) {
            throw block.malformed(from, "four streams of " + size + " literals");
        }
        int stream = from + JUMP_TABLE;
        for (int i = 0; i < 4; i++) {
            int next = i == 3 ? to : stream + block.u16(from + 2 * i);
            if (next > to) {
                throw block.malformed(from + 2 * i, "this stream of literals is cut short");
            }
            huffman.decode(
                    block, stream, next, decoded, i * share, i == 3 ? size : (i + 1) * share);
            stream = next;
        }
    }

    private static void requireSize(Block block, int size, int most) {
        if (size > most) {
            throw block.malformed(
                    0, size + " literals in a block that has no more than " + most + " bytes");
        }
    }

    private void use(int size) {
        bytes = decoded;
        start = 0;
        end = size;
    }
}
