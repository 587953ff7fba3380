package dev.purebpf.zstd;

import dev.purebpf.error.MalformedObjectException;

/** Where compressed data come from. */
public interface CompressedBytes {
    /** {@return how many bytes there are} */
    long size();

    /**
     * Copies some bytes.
     *
     * @param from where they begin; they never reach past {@link #size()}
     * @param to gets them, from its first byte on
     * @param length how many
     * @throws MalformedObjectException if they cannot be read
     */
    void read(long from, byte[] to, int length);

    /**
     * {@return an exception that blames a place in these bytes}
     *
     * @param offset where
     * @param problem what is wrong there
     */
    MalformedObjectException malformed(long offset, String problem);
}
