package dev.purebpf.zstd;

/**
 * What a frame says about itself (RFC 8878, section 3.1.1.1).
 *
 * <pre>
 *  magic    descriptor  window   dictionary  content size
 *  4 bytes  1           0 or 1   0, 1, 2, 4  0, 1, 2, 4, 8
 * </pre>
 *
 * @param size how many bytes it takes, the magic number counted
 * @param largestBlock the most bytes that a block may have, before and after compression
 * @param contentSize how many bytes the frame holds; −1 if it does not say
 * @param hasChecksum whether a checksum follows the last block
 */
record FrameHeader(int size, int largestBlock, long contentSize, boolean hasChecksum) {
    /** The most bytes that one takes. */
    static final int MOST = 18;

    private static final int DESCRIPTOR = 4;
    private static final int SMALLEST_WINDOW = 10; // as a power of two

    /**
     * Reads one.
     *
     * @param block begins with it
     */
    static FrameHeader read(Block block) {
        int descriptor = block.u8(DESCRIPTOR);
        boolean isSingleSegment = (descriptor & 0x20) != 0;
        if ((descriptor & 0x8) != 0) {
            throw block.malformed(DESCRIPTOR, "the frame has a bit set that has no meaning yet");
        }
        int at = DESCRIPTOR + 1;
        long window = 0;
        if (!isSingleSegment) {
            int exponentAndMantissa = block.u8(at);
            long base = 1L << SMALLEST_WINDOW + (exponentAndMantissa >>> 3);
            window = base + base / 8 * (exponentAndMantissa & 7);
            at++;
        }
        int idSize = new int[] {0, 1, 2, 4}[descriptor & 3];
        long dictionary = number(block, at, idSize);
        if (dictionary != 0) {
            throw block.malformed(
                    at,
                    "the frame needs the dictionary "
                            + Integer.toUnsignedString((int) dictionary)
                            + "; only frames without one can be read");
        }
        at += idSize;
        int contentSizeSize =
                descriptor >>> 6 == 0 ? (isSingleSegment ? 1 : 0) : 1 << (descriptor >>> 6);
        long contentSize = contentSizeSize == 0 ? -1 : number(block, at, contentSizeSize);
        if (contentSizeSize == 2) {
            contentSize += 256;
        } else if (contentSizeSize == Long.BYTES && contentSize < 0) {
            throw block.malformed(
                    at, "a frame of " + Long.toUnsignedString(contentSize) + " bytes");
        }
        at += contentSizeSize;
        // The window is else of no interest: what a frame may refer back to is all still there.
        long largestBlock = Math.min(Block.MOST, isSingleSegment ? contentSize : window);
        return new FrameHeader(at, (int) largestBlock, contentSize, (descriptor & 0x4) != 0);
    }

    private static long number(Block block, int at, int size) {
        return switch (size) {
            case 0 -> 0;
            case 1 -> block.u8(at);
            case 2 -> block.u16(at);
            case 4 -> block.s32(at) & 0xffff_ffffL;
            default -> block.s64(at);
        };
    }
}
