package dev.purebpf.event;

import java.lang.foreign.MemorySegment;

/** Takes the records of a ring or perf buffer, one after the other, by the thread that polls. */
@FunctionalInterface
public interface EventHandler {
    /**
     * Takes a record.
     *
     * <p>The bytes are the buffer's own, aligned to 8 for ring buffers and to 4 for perf buffers,
     * read-only, and valid until the method returns: copy what is to be kept. When it throws, the
     * record counts as taken, the exception comes out of the poll, and the next poll goes on with
     * the next record.
     *
     * @param data memory that holds the record among others; the same segment each time where
     *     possible
     * @param offset where the record begins
     * @param length its length in bytes; for perf buffers padded up to 8 bytes less 4
     */
    void onEvent(MemorySegment data, long offset, int length);
}
