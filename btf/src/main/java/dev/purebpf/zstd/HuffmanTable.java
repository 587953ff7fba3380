package dev.purebpf.zstd;

import java.util.Arrays;

/**
 * The Huffman code of literals (RFC 8878, section 4.2), as a table with an entry for all that the
 * next bits can be.
 */
final class HuffmanTable {
    private static final int MOST_BITS = 11;
    private static final int MOST_SYMBOLS = 256;
    private static final int MOST_BITS_OF_WEIGHTS = 6;
    private static final int DIRECT = 128;

    // As many symbols are decoded at a time as a word has for certain.
    private static final int AT_ONCE = 5;

    // An entry: bits 0 to 7 the symbol, from 8 on how many bits it has.
    private final char[] entries = new char[1 << MOST_BITS];
    private final byte[] weights = new byte[MOST_SYMBOLS];
    private final FseTable codeOfWeights = new FseTable(MOST_BITS_OF_WEIGHTS, MOST_BITS);
    private final BackwardBits bits = new BackwardBits();
    private int log; // 0 for a table that there is not

    /** Forgets the code. */
    void clear() {
        log = 0;
    }

    /** {@return whether there is no code yet} */
    boolean isMissing() {
        return log == 0;
    }

    /**
     * Becomes the table that is described somewhere, by a weight for each symbol but the last: the
     * larger, the fewer bits.
     *
     * @param block has the description
     * @param from where it begins
     * @param end where it ends at the latest
     * @return where it ended
     */
    int read(Block block, int from, int end) {
        log = 0;
        int header = block.u8(from);
        int size = header < DIRECT ? header : (header - DIRECT + 2) / 2;
        int to = from + 1 + size;
        if (to > end) {
            throw block.malformed(from, "the Huffman code that begins here is cut short");
        }
        int count =
                header < DIRECT
                        ? codedWeights(block, from + 1, to)
                        : directWeights(block, from + 1, header - DIRECT + 1);
        build(block, from, count);
        return to;
    }

    private int directWeights(Block block, int from, int count) {
        for (int i = 0; i < count; i++) {
            int two = block.u8(from + i / 2);
            weights[i] = (byte) (i % 2 == 0 ? two >>> 4 : two & 0xf);
        }
        return count;
    }

    /**
     * Two states take turns; the stream ends when one of them would need more bits than are left.
     */
    private int codedWeights(Block block, int from, int to) {
        bits.begin(block, codeOfWeights.read(block, from, to), to);
        int state = (int) bits.read(codeOfWeights.log());
        int other = (int) bits.read(codeOfWeights.log());
        int count = 0;
        while (count < MOST_SYMBOLS - 2) {
            weights[count++] = (byte) codeOfWeights.symbol(state);
            if (codeOfWeights.bits(state) > bits.left()) {
                weights[count++] = (byte) codeOfWeights.symbol(other);
                return count;
            }
            int next = codeOfWeights.next(state, bits);
            state = other;
            other = next;
        }
        throw block.malformed(from, "a Huffman code of more than 256 symbols");
    }

    private void build(Block block, int from, int count) {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            if (weights[i] > MOST_BITS) {
                throw block.malformed(from, "the weight " + weights[i] + " in a Huffman code");
            }
            sum += 1 << weights[i] >>> 1;
        }
        // The last symbol has what is missing to a power of two.
        int newLog = Integer.SIZE - Integer.numberOfLeadingZeros(sum);
        int missing = (1 << newLog) - sum;
        if (sum == 0 || newLog > MOST_BITS || Integer.bitCount(missing) != 1) {
            throw block.malformed(from, "the weights of a Huffman code do not add up");
        }
        weights[count] = (byte) (Integer.numberOfTrailingZeros(missing) + 1);
        int next = 0;
        for (int weight = 1; weight <= newLog; weight++) {
            for (int symbol = 0; symbol <= count; symbol++) {
                if (weights[symbol] == weight) {
                    int end = next + (1 << weight - 1);
                    char entry = (char) (symbol | newLog + 1 - weight << 8);
                    Arrays.fill(entries, next, end, entry);
                    next = end;
                }
            }
            if (weight == 1 && next == 0) {
                throw block.malformed(from, "no symbol of a Huffman code has the weight 1");
            }
        }
        log = newLog;
    }

    /**
     * Decodes a stream.
     *
     * @param block has it
     * @param from its first byte
     * @param to behind its last byte
     * @param symbols gets the symbols
     * @param start the place of the first of them
     * @param end behind the place of the last of them
     */
    void decode(Block block, int from, int to, byte[] symbols, int start, int end) {
        bits.begin(block, from, to);
        int at = start;
        while (end - at >= AT_ONCE && bits.left() >= Long.SIZE) {
            long word = bits.peekWord();
            int used = 0;
            for (int i = 0; i < AT_ONCE; i++) {
                char entry = entries[(int) (word << used >>> Long.SIZE - log)];
                symbols[at++] = (byte) entry;
                used += entry >>> 8;
            }
            bits.skip(used);
        }
        while (at < end) {
            char entry = entries[(int) bits.peek(log)];
            symbols[at++] = (byte) entry;
            bits.skip(entry >>> 8);
        }
        bits.requireEnd();
    }
}
