package dev.purebpf.cli.http;

import java.util.ArrayDeque;

/**
 * Room for heads that are coming in. Nearly all heads come in one piece, so few buffers serve all
 * connections of a thread, and those that wait hold none.
 */
final class SpareBuffers {
    private static final int SMALLEST = 512;
    private static final int MOST = 16;

    private final ArrayDeque<byte[]> spare = new ArrayDeque<>(MOST);

    /** {@return a buffer of any size and content} */
    byte[] take() {
        byte[] last = spare.pollLast();
        return last != null ? last : new byte[SMALLEST];
    }

    /** Takes back a buffer that was taken, or a larger one in its place. */
    void giveBack(byte[] buffer) {
        if (spare.size() < MOST) {
            spare.addLast(buffer);
        }
    }
}
