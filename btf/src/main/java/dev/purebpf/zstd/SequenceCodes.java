package dev.purebpf.zstd;

/**
 * The codes of one of the three numbers of a sequence, and which of them is how frequent (RFC 8878,
 * section 3.1.1.3.2.1).
 *
 * <p>A code stands for a range of numbers: the smallest, and how many bits tell the difference.
 */
final class SequenceCodes {
    private static final int LARGEST_LOG_OF_LENGTHS = 9;
    private static final int LARGEST_LOG_OF_OFFSETS = 8;

    /** What the reference decoder reads: with more, a number would not fit into 32 bits. */
    private static final int LARGEST_OFFSET = 31;

    private static final int SHORTEST_MATCH = 3;

    /** How many bits follow each code of how many literals there are: 0 to 15 are as they are. */
    private static final byte[] BITS_OF_LITERALS = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10,
        11, 12, 13, 14, 15, 16,
    };

    /** How many bits follow each code of the length of a match: 3 to 34 are as they are. */
    private static final byte[] BITS_OF_MATCHES = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
    };

    private static final byte[] BITS_OF_OFFSETS = new byte[LARGEST_OFFSET + 1];

    private static final long[] OFFSETS = new long[LARGEST_OFFSET + 1];

    static {
        for (int code = 0; code <= LARGEST_OFFSET; code++) {
            BITS_OF_OFFSETS[code] = (byte) code;
            OFFSETS[code] = 1L << code;
        }
    }

    /** Section 3.1.1.3.2.2: what is used where a block has no table of its own. */
    private static final FseTable USUAL_LITERALS =
            FseTable.of(
                    6, 4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3,
                    2, 1, 1, 1, 1, 1, -1, -1, -1, -1);

    private static final FseTable USUAL_MATCHES =
            FseTable.of(
                    6, 1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
                    -1, -1);

    private static final FseTable USUAL_OFFSETS =
            FseTable.of(
                    5, 1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1,
                    -1, -1, -1, -1);

    private final byte[] bits;
    private final long[] smallest;
    private final FseTable usual;
    private final FseTable own;
    private FseTable table; // null until the first block with sequences
    private int state;

    private SequenceCodes(byte[] bits, long[] smallest, FseTable usual, int largestLog) {
        this.bits = bits;
        this.smallest = smallest;
        this.usual = usual;
        this.own = new FseTable(largestLog, bits.length - 1);
    }

    /** {@return those of how many literals come first} */
    static SequenceCodes ofLiterals() {
        return new SequenceCodes(
                BITS_OF_LITERALS,
                smallest(BITS_OF_LITERALS, 0),
                USUAL_LITERALS,
                LARGEST_LOG_OF_LENGTHS);
    }

    /** {@return those of how far back the match is, or whether it is as far as one before} */
    static SequenceCodes ofOffsets() {
        return new SequenceCodes(BITS_OF_OFFSETS, OFFSETS, USUAL_OFFSETS, LARGEST_LOG_OF_OFFSETS);
    }

    /** {@return those of how long the match is} */
    static SequenceCodes ofMatches() {
        return new SequenceCodes(
                BITS_OF_MATCHES,
                smallest(BITS_OF_MATCHES, SHORTEST_MATCH),
                USUAL_MATCHES,
                LARGEST_LOG_OF_LENGTHS);
    }

    private static long[] smallest(byte[] bits, int first) {
        long[] smallest = new long[bits.length];
        smallest[0] = first;
        for (int code = 1; code < bits.length; code++) {
            smallest[code] = smallest[code - 1] + (1L << bits[code - 1]);
        }
        return smallest;
    }

    /** Forgets what the blocks of a frame have in common. */
    void beginFrame() {
        table = null;
    }

    /**
     * Takes the table that a block says.
     *
     * @param mode how it says so: 0 to 3
     * @param block the block
     * @param at where its description would be
     * @return where the description ends
     */
    int choose(int mode, Block block, int at) {
        switch (mode) {
            case 0 -> table = usual;
            case 1 -> {
                own.repeat(block, at);
                table = own;
                return at + 1;
            }
            case 2 -> {
                int end = own.read(block, at, block.length());
                table = own;
                return end;
            }
            default -> {
                if (table == null) {
                    throw block.malformed(
                            at, "the first sequences of a frame are to use the table before");
                }
            }
        }
        return at;
    }

    /** Reads the first state. */
    void begin(BackwardBits stream) {
        state = (int) stream.read(table.log());
    }

    /** {@return the number that the state stands for} */
    long number(BackwardBits stream) {
        int code = table.symbol(state);
        return smallest[code] + stream.read(bits[code]);
    }

    /** Reads the next state. */
    void next(BackwardBits stream) {
        state = table.next(state, stream);
    }
}
