package dev.purebpf.symbol;

import java.util.Arrays;

/**
 * Frames by their addresses. A table of its own, since a map would make an object of each number
 * that is looked for.
 */
final class FrameTable {
    /** What has more different addresses begins anew. */
    private static final int MOST = 1 << 16;

    private long[] keys = new long[64];
    private StackFrame[] frames = new StackFrame[64];
    private int count;

    /** {@return the frame that was put there; {@code null} if none was} */
    StackFrame get(long address, boolean isCall) {
        return frames[slot(keys, frames, key(address, isCall))];
    }

    /** Puts a frame there, instead of the one that may be there. */
    void put(long address, boolean isCall, StackFrame frame) {
        if (count == MOST) {
            Arrays.fill(frames, null);
            count = 0;
        }
        // A slot is found at once where half of them are free.
        if (2 * count == keys.length) {
            grow();
        }
        int slot = slot(keys, frames, key(address, isCall));
        count += frames[slot] == null ? 1 : 0;
        keys[slot] = key(address, isCall);
        frames[slot] = frame;
    }

    private void grow() {
        long[] moreKeys = new long[2 * keys.length];
        StackFrame[] moreFrames = new StackFrame[2 * keys.length];
        for (int i = 0; i < keys.length; i++) {
            if (frames[i] != null) {
                int slot = slot(moreKeys, moreFrames, keys[i]);
                moreKeys[slot] = keys[i];
                moreFrames[slot] = frames[i];
            }
        }
        keys = moreKeys;
        frames = moreFrames;
    }

    /** No address needs its highest bit: it is that of the bits below. */
    private static long key(long address, boolean isCall) {
        return address << 1 | (isCall ? 1 : 0);
    }

    /** {@return where a key is, or the free place for it} */
    private static int slot(long[] keys, StackFrame[] frames, long key) {
        int slot = (int) (key * 0x9e3779b97f4a7c15L >>> 40) & keys.length - 1;
        while (frames[slot] != null && keys[slot] != key) {
            slot = slot + 1 & keys.length - 1;
        }
        return slot;
    }
}
