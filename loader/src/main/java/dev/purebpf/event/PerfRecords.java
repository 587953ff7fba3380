package dev.purebpf.event;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;

/**
 * The records of one perf ring in shared memory, and the rules of reading them.
 *
 * <pre>
 *   first page: struct perf_event_mmap_page            data: records, aligned to 8, that may wrap
 *  +-----------------+-----------------+              +---------+----------+----------+------- -
 *  | 1024: u64 head  | 1032: u64 tail  |              | u32 type| u16 misc | u16 size | ...
 *  +-----------------+-----------------+              +---------+----------+----------+------- -
 *    read here         written here                    type 9, sample: u32 length at 8, bytes at 12
 *                                                      type 2, lost: u64 id at 8, u64 count at 16
 * </pre>
 *
 * <p>Head and tail count bytes and never wrap. The tail is released once a batch, after the last
 * record was handled. See {@code include/uapi/linux/perf_event.h}.
 */
final class PerfRecords {
    /** A record's size is a u16. */
    static final int LARGEST = 1 << 16;

    private static final VarHandle POSITION = ValueLayout.JAVA_LONG.varHandle();
    private static final long HEAD = 1024;
    private static final long TAIL = 1032;
    private static final int TYPE_LOST = 2;
    private static final int TYPE_SAMPLE = 9;
    private static final int HEADER_SIZE = 8;
    private static final int RAW_LENGTH = 8;
    private static final int RAW_DATA = 12;
    private static final int LOST_COUNT = 16;
    private static final int LOST_SIZE = 24;

    private final MemorySegment control;
    private final MemorySegment data;
    private final MemorySegment scratch;
    private final MemorySegment readOnlyScratch;
    private final long size;
    private final EventHandler handler;
    private final BooleanSupplier stopped;
    private final String name;
    private volatile long lost;

    /**
     * Prepares to read.
     *
     * @param control the first page
     * @param data the data, a power of two of bytes
     * @param scratch {@link #LARGEST} bytes for records that wrap
     * @param handler takes the samples
     * @param stopped asked before each record
     * @param name what is read, for messages
     */
    PerfRecords(
            MemorySegment control,
            MemorySegment data,
            MemorySegment scratch,
            EventHandler handler,
            BooleanSupplier stopped,
            String name) {
        this.control = control;
        this.data = data;
        this.scratch = scratch;
        this.readOnlyScratch = scratch.asReadOnly();
        this.size = data.byteSize();
        this.handler = handler;
        this.stopped = stopped;
        this.name = name;
    }

    long lost() {
        return lost;
    }

    /**
     * {@return how many samples were handled; what is written meanwhile is left for the next time}
     */
    int read() {
        long head = (long) POSITION.getAcquire(control, HEAD);
        long tail = (long) POSITION.get(control, TAIL);
        long available = head - tail;
        if (available == 0) {
            return 0;
        } else if (available < 0 || available > size || (tail & 7) != 0) {
            throw corrupt("it has been read up to " + tail + " but written up to " + head);
        }
        int count = 0;
        try {
            while (tail != head && !stopped.getAsBoolean()) {
                long at = tail & size - 1;
                int type = data.get(ValueLayout.JAVA_INT, at);
                int length = Short.toUnsignedInt(data.get(ValueLayout.JAVA_SHORT, at + 6));
                if (length < HEADER_SIZE || (length & 7) != 0 || length > head - tail) {
                    throw corrupt("a record at " + tail + " has a size of " + length);
                }
                // The record counts as taken, whatever becomes of it.
                long start = tail;
                tail += length;
                MemorySegment record = data;
                if (at + length > size) {
                    long first = size - at;
                    MemorySegment.copy(data, at, scratch, 0, first);
                    MemorySegment.copy(data, 0, scratch, first, length - first);
                    record = readOnlyScratch;
                    at = 0;
                }
                if (type == TYPE_SAMPLE && length >= RAW_DATA) {
                    int raw = record.get(ValueLayout.JAVA_INT, at + RAW_LENGTH);
                    if (raw < 0 || raw > length - RAW_DATA) {
                        throw corrupt("a sample at " + start + " has a length of " + raw);
                    }
                    count++;
                    handler.onEvent(record, at + RAW_DATA, raw);
                } else if (type == TYPE_LOST && length >= LOST_SIZE) {
                    addLost(record.get(ValueLayout.JAVA_LONG, at + LOST_COUNT));
                } else {
                    throw corrupt(
                            "a record at " + start + " is of type " + type + ", size " + length);
                }
            }
        } finally {
            POSITION.setRelease(control, TAIL, tail);
        }
        return count;
    }

    /** Only the reader writes, others may look. */
    private void addLost(long count) {
        lost = lost + count;
    }

    private IllegalStateException corrupt(String how) {
        return new IllegalStateException(
                name + " is corrupt: " + how + " (does anybody else read or map it?)");
    }
}
