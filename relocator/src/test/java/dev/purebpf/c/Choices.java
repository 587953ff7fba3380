package dev.purebpf.c;

import java.util.List;

/**
 * What a generator decides by: bytes, one for each decision, and zeroes when they are used up. Zero
 * always is the plainest choice, so that fewer and smaller bytes make simpler things; that is how
 * counterexamples shrink.
 */
public final class Choices {
    private final byte[] bytes;
    private int next;

    /** Decides by these bytes. */
    public Choices(byte[] bytes) {
        this.bytes = bytes;
    }

    /** {@return a number from 0 to a bound of at most 256, without it} */
    public int below(int bound) {
        return next < bytes.length ? (bytes[next++] & 0xff) % bound : 0;
    }

    /** {@return true once in so many times} */
    public boolean onceIn(int times) {
        return below(times) == times - 1;
    }

    /** {@return one of some} */
    public <T> T of(List<T> options) {
        return options.get(below(options.size()));
    }

    /** {@return a number for {@link java.util.Random}; 0 when the bytes are used up} */
    public long seed() {
        return below(256) << 8 | below(256);
    }
}
