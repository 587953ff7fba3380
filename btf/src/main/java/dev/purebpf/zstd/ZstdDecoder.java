package dev.purebpf.zstd;

import dev.purebpf.error.MalformedObjectException;

import java.lang.foreign.MemorySegment;

/**
 * Decompresses frames of zstd (RFC 8878, section 3).
 *
 * <p>What it holds is some hundred kilobytes, whatever the frames ask for: the bytes that a frame
 * refers back to are already where they belong. Used once, by one thread.
 */
public final class ZstdDecoder {
    /**
     * As many bytes come of one at most: of a block that repeats a byte, 128 KB of four bytes. How
     * much is plausible is for the caller to say.
     */
    public static final long MOST_FOR_A_BYTE = Block.MOST / 4;

    private static final int MAGIC = 0xfd2f_b528;
    private static final int SKIPPABLE = 0x184d_2a50; // and fifteen more
    private static final int SKIPPABLE_HEADER = 8;
    private static final int CHECKSUM = 4;

    private static final int RAW = 0;
    private static final int REPEATED = 1;
    private static final int COMPRESSED = 2;

    private final CompressedBytes input;
    private final Block block;
    private final Output output;
    private final Literals literals = new Literals();
    private final Sequences sequences = new Sequences();

    private ZstdDecoder(CompressedBytes input, MemorySegment output) {
        this.input = input;
        this.block = new Block(input);
        this.output = new Output(output);
    }

    /**
     * Decompresses all frames, one behind the other.
     *
     * @param input the frames, which need not be honest
     * @param output gets what they hold, and has to be as large
     * @throws MalformedObjectException if they break a rule of the format, need a dictionary, or
     *     hold more or less than there is room for
     */
    public static void decode(CompressedBytes input, MemorySegment output) {
        new ZstdDecoder(input, output).frames();
    }

    private void frames() {
        long at = 0;
        while (at < input.size()) {
            block.fill(at, (int) Math.min(FrameHeader.MOST, input.size() - at));
            int magic = block.s32(0);
            if (magic == MAGIC) {
                at = frame(at);
            } else if ((magic & ~0xf) == SKIPPABLE) {
                at += SKIPPABLE_HEADER + (block.s32(Integer.BYTES) & 0xffff_ffffL);
                if (at > input.size()) {
                    throw block.malformed(Integer.BYTES, "a frame to be skipped has no end");
                }
            } else {
                throw block.malformed(0, "no frame of zstd begins here");
            }
        }
        if (output.room() > 0) {
            throw input.malformed(
                    at, "the compressed data end " + output.room() + " bytes too early");
        }
    }

    private long frame(long start) {
        FrameHeader header = FrameHeader.read(block);
        if (header.contentSize() > output.room()) {
            throw block.malformed(
                    0,
                    "a frame of "
                            + header.contentSize()
                            + " bytes is said to begin here, but "
                            + output.room()
                            + " are left of the section");
        }
        output.beginFrame();
        literals.beginFrame();
        sequences.beginFrame();
        long at = start + header.size();
        boolean isLast = false;
        while (!isLast) {
            block.fill(at, (int) Math.min(Block.HEADER, input.size() - at));
            int bits = block.u24(0);
            isLast = (bits & 1) != 0;
            at = block(at + Block.HEADER, bits >>> 1 & 3, bits >>> 3, header.largestBlock());
        }
        if (header.contentSize() >= 0 && header.contentSize() != output.frameSize()) {
            throw input.malformed(
                    start,
                    "the frame that begins here has "
                            + output.frameSize()
                            + " bytes, not "
                            + header.contentSize());
        }
        return header.hasChecksum() ? checksum(at) : at;
    }

    private long block(long at, int type, int size, int largest) {
        if (size > largest) {
            throw block.malformed(
                    0, "a block of " + size + " bytes, where " + largest + " are the most");
        }
        int stored = type == REPEATED ? 1 : size;
        block.fill(at, stored);
        output.beginBlock(largest);
        switch (type) {
            case RAW -> output.append(block, block.bytes(), 0, size);
            case REPEATED -> output.fill(block, block.u8(0), size);
            case COMPRESSED ->
                    sequences.execute(block, literals.read(block, largest), literals, output);
            default -> throw block.malformed(-Block.HEADER, "a block of the reserved type 3");
        }
        output.endBlock(block);
        return at + stored;
    }

    private long checksum(long at) {
        block.fill(at, (int) Math.min(CHECKSUM, input.size() - at));
        int said = block.s32(0);
        int computed = (int) output.frameHash();
        if (said != computed) {
            throw block.malformed(
                    0,
                    String.format(
                            "the checksum of what was decompressed is %08x, not %08x",
                            computed, said));
        }
        return at + CHECKSUM;
    }
}
