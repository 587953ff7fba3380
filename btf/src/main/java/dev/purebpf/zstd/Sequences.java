package dev.purebpf.zstd;

/**
 * The sequences of a block (RFC 8878, sections 3.1.1.3.2 and 3.1.1.4): so many literals, then so
 * many bytes again from so far back.
 */
final class Sequences {
    private static final int LONG_COUNT = 0xff;
    private static final int SMALLEST_LONG_COUNT = 0x7f00;

    private final SequenceCodes literalLengths = SequenceCodes.ofLiterals();
    private final SequenceCodes offsets = SequenceCodes.ofOffsets();
    private final SequenceCodes matchLengths = SequenceCodes.ofMatches();
    private final BackwardBits bits = new BackwardBits();

    // How far back the last three matches were, that of the latest first.
    private long latest;
    private long second;
    private long third;

    /** Forgets what the blocks of a frame have in common. */
    void beginFrame() {
        literalLengths.beginFrame();
        offsets.beginFrame();
        matchLengths.beginFrame();
        latest = 1;
        second = 4;
        third = 8;
    }

    /**
     * Writes what a block stands for.
     *
     * @param block the block
     * @param start where in it the sequences begin
     * @param literals the literals that were there before
     * @param output gets what it stands for
     */
    void execute(Block block, int start, Literals literals, Output output) {
        int at = start + 1;
        int count = block.u8(start);
        if (count == LONG_COUNT) {
            count = block.u16(at) + SMALLEST_LONG_COUNT;
            at += 2;
        } else if (count >= 0x80) {
            count = (count - 0x80 << 8) + block.u8(at);
            at++;
        }
        int used = literals.start();
        if (count > 0) {
            begin(block, at);
            used = executeAll(block, count, literals, output);
        } else if (at != block.length()) {
            throw block.malformed(at, "the block goes on where it has no sequences");
        }
        output.append(block, literals.bytes(), used, literals.end() - used);
    }

    private void begin(Block block, int start) {
        int modes = block.u8(start);
        if ((modes & 3) != 0) {
            throw block.malformed(start, "bits of the modes are set that have no meaning yet");
        }
        int at = literalLengths.choose(modes >>> 6, block, start + 1);
        at = offsets.choose(modes >>> 4 & 3, block, at);
        at = matchLengths.choose(modes >>> 2 & 3, block, at);
        bits.begin(block, at, block.length());
        literalLengths.begin(bits);
        offsets.begin(bits);
        matchLengths.begin(bits);
    }

    private int executeAll(Block block, int count, Literals literals, Output output) {
        int used = literals.start();
        for (int left = count; left > 0; left--) {
            long offset = offsets.number(bits);
            int matchLength = (int) matchLengths.number(bits);
            int literalLength = (int) literalLengths.number(bits);
            if (literalLength > literals.end() - used) {
                throw block.malformed(
                        0,
                        "the sequences of the block that begins here use more literals than it"
                                + " has");
            }
            output.append(block, literals.bytes(), used, literalLength);
            used += literalLength;
            output.repeat(block, distance(block, offset, literalLength), matchLength);
            if (left > 1) {
                literalLengths.next(bits);
                matchLengths.next(bits);
                offsets.next(bits);
            }
        }
        bits.requireEnd();
        return used;
    }

    /** {@return how far back the match is; from then on the latest} */
    private long distance(Block block, long offset, int literalLength) {
        // Right behind a match another as far back would be part of it: the numbers shift by one.
        long which = literalLength == 0 ? offset + 1 : offset;
        if (offset > 3) {
            push(offset - 3);
        } else if (which == 2) {
            long swapped = second;
            second = latest;
            latest = swapped;
        } else if (which == 3) {
            push(third);
        } else if (which == 4) {
            push(latest - 1);
            if (latest == 0) {
                throw block.malformed(0, "a match of the block that begins here is 0 bytes back");
            }
        }
        return latest;
    }

    private void push(long distance) {
        third = second;
        second = latest;
        latest = distance;
    }
}
