package dev.purebpf.zstd;

/**
 * A table of finite state entropy (RFC 8878, section 4.1): a state stands for a symbol, and tells
 * how many bits to read and add to what, for the next state.
 */
final class FseTable {
    private static final int SMALLEST_LOG = 5;
    private static final int MOST_SYMBOLS = 256;

    /** A probability that is less than that of one state of the table. */
    static final int LESS_THAN_ONE = -1;

    // A state: bits 0 to 7 the symbol, 8 to 15 how many bits to read, from 16 on what to add.
    private final int[] states;
    private final int largestLog;
    private final int largestSymbol;
    private final short[] probabilities = new short[MOST_SYMBOLS];
    private final short[] shares = new short[MOST_SYMBOLS];
    private int log;

    /**
     * @param largestLog the binary logarithm of the most states that there may be
     * @param largestSymbol the largest symbol that means something
     */
    FseTable(int largestLog, int largestSymbol) {
        this.states = new int[1 << largestLog];
        this.largestLog = largestLog;
        this.largestSymbol = largestSymbol;
    }

    /**
     * {@return a table of a known distribution}
     *
     * @param log the binary logarithm of how many states there are
     * @param distribution the probability of each symbol; they add up to the number of states
     */
    static FseTable of(int log, int... distribution) {
        FseTable table = new FseTable(log, distribution.length - 1);
        for (int symbol = 0; symbol < distribution.length; symbol++) {
            table.probabilities[symbol] = (short) distribution[symbol];
        }
        table.build(log, distribution.length);
        return table;
    }

    /** {@return how many bits the first state has} */
    int log() {
        return log;
    }

    /** {@return the symbol of a state} */
    int symbol(int state) {
        return states[state] & 0xff;
    }

    /** {@return how many bits the next state needs} */
    int bits(int state) {
        return states[state] >>> 8 & 0xff;
    }

    /** {@return the state that follows another} */
    int next(int state, BackwardBits bits) {
        int entry = states[state];
        return (entry >>> 16) + (int) bits.read(entry >>> 8 & 0xff);
    }

    /** Becomes the table that always gives the same symbol, without any bits. */
    void repeat(Block block, int at) {
        int symbol = block.u8(at);
        if (symbol > largestSymbol) {
            throw unknown(block, at, symbol);
        }
        states[0] = symbol;
        log = 0;
    }

    /**
     * Becomes the table that is described somewhere.
     *
     * <p>The description is a stream of bits, lowest first, with as many of them for a probability
     * as those that are still possible need, and with one less for some.
     *
     * @param block has the description
     * @param from where it begins
     * @param end where it ends at the latest
     * @return where it ended
     */
    int read(Block block, int from, int end) {
        int log = (block.u8(from) & 0xf) + SMALLEST_LOG;
        if (log > largestLog) {
            throw block.malformed(from, "a table of 2^" + log + " states, which are too many");
        }
        int bit = from * 8 + 4;
        int left = 1 << log;
        int symbol = 0;
        while (left > 0) {
            int width = Integer.SIZE - Integer.numberOfLeadingZeros(left + 1);
            int half = 1 << width - 1;
            int shorter = 2 * half - 2 - left;
            int value = bits(block, bit, width, end);
            if ((value & half - 1) < shorter) {
                value &= half - 1;
                bit += width - 1;
            } else {
                value -= value >= half ? shorter : 0;
                bit += width;
            }
            int probability = value - 1;
            symbol = add(block, bit, symbol, probability, 1);
            left -= Math.abs(probability);
            // How many more have none is told in steps of up to three.
            int more = probability == 0 ? 3 : 0;
            while (more == 3) {
                more = bits(block, bit, 2, end);
                bit += 2;
                symbol = add(block, bit, symbol, 0, more);
            }
        }
        int used = bit + 7 >>> 3;
        if (used > end) {
            throw block.malformed(from, "the table that begins here is cut short");
        }
        build(log, symbol);
        return used;
    }

    private int add(Block block, int bit, int symbol, int probability, int times) {
        if (symbol + times - 1 > largestSymbol) {
            throw unknown(block, bit >>> 3, symbol + times - 1);
        }
        for (int i = 0; i < times; i++) {
            probabilities[symbol + i] = (short) probability;
        }
        return symbol + times;
    }

    private RuntimeException unknown(Block block, int at, int symbol) {
        return block.malformed(
                at, "the symbol " + symbol + ", where " + largestSymbol + " is the largest");
    }

    private static int bits(Block block, int bit, int count, int end) {
        if (bit >= end * 8) {
            throw block.malformed(end, "the table that ends here is cut short");
        }
        return (int) (block.word(bit >>> 3) >>> (bit & 7)) & (1 << count) - 1;
    }

    private void build(int newLog, int symbols) {
        log = newLog;
        int size = 1 << log;
        int high = size;
        for (int symbol = 0; symbol < symbols; symbol++) {
            shares[symbol] = probabilities[symbol];
            if (probabilities[symbol] == LESS_THAN_ONE) {
                states[--high] = symbol;
                shares[symbol] = 1;
            }
        }
        // A step that has no divisor in common with the size comes to each state once.
        int step = (size >>> 1) + (size >>> 3) + 3;
        int state = 0;
        for (int symbol = 0; symbol < symbols; symbol++) {
            for (int i = 0; i < probabilities[symbol]; i++) {
                states[state] = symbol;
                do {
                    state = state + step & size - 1;
                } while (state >= high);
            }
        }
        for (state = 0; state < size; state++) {
            int symbol = states[state];
            int share = shares[symbol]++;
            int bits = log - (31 - Integer.numberOfLeadingZeros(share));
            states[state] = symbol | bits << 8 | (share << bits) - size << 16;
        }
    }
}
