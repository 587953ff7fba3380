package dev.purebpf.event;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;

/**
 * The records of a ring buffer in shared memory, and the rules of reading them.
 *
 * <pre>
 *   consumer page           producer page           data, then the same data again
 *  +-------------------+   +-------------------+   +-------------------------------- - -
 *  | u64 position      |   | u64 position      |   | record | record | record |
 *  +-------------------+   +-------------------+   +-------------------------------- - -
 *    written here            read here                a record, aligned to 8:
 *                                                  +-----+-----+------------+---------+---------+
 *                                                  |BUSY |DISC.| length     | page    | bytes   |
 *                                                  |bit31|bit30| bits 0..29 | u32     | ...     |
 *                                                  +-----+-----+------------+---------+---------+
 * </pre>
 *
 * <p>Positions count bytes since the map was made and never wrap. The kernel is in {@code
 * kernel/bpf/ringbuf.c}: it publishes a reserved record, marked busy, by a release of the
 * producer's position, and commits it by an atomic exchange of the header. A busy record stops the
 * reader although later ones may be committed. The consumer's position is released after each
 * record, so that its room is free at once; the kernel wakes the reader when it commits the record
 * at that position.
 */
final class RingRecords implements EventReader.Source {
    private static final VarHandle POSITION = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle HEADER = ValueLayout.JAVA_INT.varHandle();
    private static final int HEADER_SIZE = 8;
    private static final int DISCARD = 1 << 30;
    private static final int LENGTH = DISCARD - 1;

    private final MemorySegment consumer;
    private final MemorySegment producer;
    private final MemorySegment data;
    private final long size;
    private final EventHandler handler;
    private final BooleanSupplier stopped;
    private final String name;

    /**
     * Prepares to read.
     *
     * @param consumer memory that begins with the consumer's position
     * @param producer memory that begins with the producer's position
     * @param data the data, twice
     * @param handler takes the records
     * @param stopped asked before each record
     * @param name what is read, for messages
     */
    RingRecords(
            MemorySegment consumer,
            MemorySegment producer,
            MemorySegment data,
            EventHandler handler,
            BooleanSupplier stopped,
            String name) {
        this.consumer = consumer;
        this.producer = producer;
        this.data = data;
        this.size = data.byteSize() / 2;
        this.handler = handler;
        this.stopped = stopped;
        this.name = name;
    }

    @Override
    public int read(int ready) {
        int count = 0;
        long position = (long) POSITION.getAcquire(consumer, 0L);
        long start = position;
        boolean progress;
        do {
            progress = false;
            long end = (long) POSITION.getAcquire(producer, 0L);
            long available = end - position;
            if (available < 0 || available > size || (position & 7) != 0) {
                throw corrupt("it has been read up to " + position + " but written up to " + end);
            }
            while (position != end && position - start < size && !stopped.getAsBoolean()) {
                long at = position & size - 1;
                int header = (int) HEADER.getAcquire(data, at);
                if (header < 0) {
                    return count;
                }
                int length = header & LENGTH;
                long next = position + (HEADER_SIZE + length + 7L & ~7L);
                if (next - end > 0) {
                    throw corrupt("a record at " + position + " has a length of " + length);
                }
                if ((header & DISCARD) != 0) {
                    POSITION.setRelease(consumer, 0L, next);
                } else {
                    try {
                        handler.onEvent(data, at + HEADER_SIZE, length);
                    } finally {
                        POSITION.setRelease(consumer, 0L, next);
                    }
                    count++;
                }
                position = next;
                progress = true;
            }
        } while (progress && position - start < size && !stopped.getAsBoolean());
        return count;
    }

    private IllegalStateException corrupt(String how) {
        return new IllegalStateException(
                name + " is corrupt: " + how + " (does anybody else read or map it?)");
    }
}
