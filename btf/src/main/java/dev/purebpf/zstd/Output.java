package dev.purebpf.zstd;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What was decompressed. Blocks are put together in an array, behind those before, which is much
 * faster than where they belong: most of what they repeat is not far back.
 */
final class Output {
    private static final int RECENT = 1 << 21;

    /** From how many bytes on a call that copies them is worth it. */
    private static final int MANY = 64;

    private final MemorySegment target;

    // The latest bytes of the target, then the block. A word may be written that begins just
    // before the end of it.
    private final byte[] recent;
    private int size; // of what is in the array
    private int block; // where in the array the block begins
    private int end; // where in the array the block ends at the latest
    private long written; // of the target
    private long frame; // where in the target the frame begins

    Output(MemorySegment target) {
        this.target = target;
        this.recent = new byte[(int) Math.min(RECENT, target.byteSize()) + Block.MOST + Long.BYTES];
    }

    /** {@return how many bytes are yet to come} */
    long room() {
        return target.byteSize() - written;
    }

    /** {@return how many bytes the frame has so far, without the block} */
    long frameSize() {
        return written - frame;
    }

    /** {@return the hash of the frame so far} */
    long frameHash() {
        return XxHash64.of(target, frame, written);
    }

    /** Begins a frame. */
    void beginFrame() {
        frame = written;
    }

    /**
     * Begins a block.
     *
     * @param most how many bytes it may have
     */
    void beginBlock(int most) {
        if (size > RECENT) {
            System.arraycopy(recent, size - RECENT / 2, recent, 0, RECENT / 2);
            size = RECENT / 2;
        }
        block = size;
        end = size + most;
    }

    /** Writes the block to where it belongs. */
    void endBlock(Block stored) {
        int count = size - block;
        if (count > room()) {
            throw stored.malformed(
                    0,
                    "the block that begins here has "
                            + count
                            + " bytes, but "
                            + room()
                            + " are left of the section");
        }
        MemorySegment.copy(recent, block, target, ValueLayout.JAVA_BYTE, written, count);
        written += count;
    }

    /**
     * Puts bytes behind the others of the block.
     *
     * @param stored what they come of
     * @param bytes has them, and at least seven more
     * @param from where they begin
     * @param count how many they are
     */
    void append(Block stored, byte[] bytes, int from, int count) {
        requireRoom(stored, count);
        copy(bytes, from, count);
        size += count;
    }

    /** Puts a byte behind the others of the block, again and again. */
    void fill(Block stored, int repeated, int count) {
        requireRoom(stored, count);
        Arrays.fill(recent, size, size + count, (byte) repeated);
        size += count;
    }

    /**
     * Puts bytes behind the others of the block that the frame has already, or will have by then:
     * what is repeated may reach into what comes of it.
     *
     * @param stored what they come of
     * @param distance how far back they are
     * @param count how many they are
     */
    void repeat(Block stored, long distance, int count) {
        requireRoom(stored, count);
        long there = frameSize() + (size - block);
        if (distance > there) {
            throw stored.malformed(
                    0,
                    "a match of the block that begins here is "
                            + distance
                            + " bytes back, where there are only "
                            + there);
        }
        int left = count;
        if (distance > size) {
            left -= repeatOfTarget(distance, count);
        }
        if (left > 0) {
            repeatOfRecent((int) distance, left);
        }
    }

    private int repeatOfTarget(long distance, int most) {
        int count = (int) Math.min(most, distance - size);
        long from = written + (size - block) - distance;
        MemorySegment.copy(target, ValueLayout.JAVA_BYTE, from, recent, size, count);
        size += count;
        return count;
    }

    private void repeatOfRecent(int distance, int count) {
        int from = size - distance;
        if (distance >= Math.min(count, Long.BYTES)) {
            copy(recent, from, count);
        } else if (distance == 1) {
            Arrays.fill(recent, size, size + count, recent[from]);
        } else {
            for (int i = 0; i < count; i++) {
                recent[size + i] = recent[from + i];
            }
        }
        size += count;
    }

    /** Copies; some more bytes, too, of which nothing is said. */
    private void copy(byte[] bytes, int from, int count) {
        if (count >= MANY && (bytes != recent || from + count <= size)) {
            System.arraycopy(bytes, from, recent, size, count);
            return;
        }
        for (int i = 0; i < count; i += Long.BYTES) {
            Words.set(recent, size + i, Words.get(bytes, from + i));
        }
    }

    private void requireRoom(Block stored, int count) {
        if (count > end - size) {
            throw stored.malformed(
                    0, "the block that begins here has more than " + (end - block) + " bytes");
        }
    }
}
