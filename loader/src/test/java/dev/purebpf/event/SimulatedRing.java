package dev.purebpf.event;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;

/**
 * Plays the kernel's part of a ring buffer: reserves, commits and discards as {@code
 * kernel/bpf/ringbuf.c} does. One producer.
 *
 * <p>Mapping data twice takes a kernel; here each byte is simply written to both places.
 */
final class SimulatedRing {
    static final int BUSY = 1 << 31;
    static final int DISCARD = 1 << 30;

    private static final VarHandle POSITION = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle HEADER = ValueLayout.JAVA_INT.varHandle();

    final MemorySegment consumer;
    final MemorySegment producer;
    final MemorySegment data;
    final long size;

    SimulatedRing(Arena arena, long size) {
        this.size = size;
        consumer = arena.allocate(64, 8);
        producer = arena.allocate(64, 8);
        data = arena.allocate(2 * size, 8);
    }

    /** Moves both positions, as if much had gone through. */
    SimulatedRing at(long position) {
        POSITION.setRelease(producer, 0L, position);
        POSITION.setRelease(consumer, 0L, position);
        return this;
    }

    RingRecords reader(EventHandler handler, BooleanSupplier stopped) {
        return new RingRecords(
                consumer, producer, data.asReadOnly(), handler, stopped, "ring buffer r");
    }

    RingRecords reader(EventHandler handler) {
        return reader(handler, () -> false);
    }

    long consumed() {
        return (long) POSITION.getAcquire(consumer, 0L);
    }

    long produced() {
        return (long) POSITION.getAcquire(producer, 0L);
    }

    /** {@return the position of a reserved record, −1 if there is no room} */
    long reserve(int length) {
        long position = produced();
        long next = position + (length + 15L & ~7L);
        if (next - consumed() > size) {
            return -1;
        }
        header(position, length | BUSY);
        POSITION.setRelease(producer, 0L, next);
        return position;
    }

    void header(long position, int value) {
        long at = position & size - 1;
        HEADER.setRelease(data, at, value);
        HEADER.setRelease(data, at + size, value);
    }

    void set(long position, int index, byte value) {
        long at = position + 8 + index & size - 1;
        data.set(ValueLayout.JAVA_BYTE, at, value);
        data.set(ValueLayout.JAVA_BYTE, at + size, value);
    }

    void setLong(long position, long value) {
        long at = position + 8 & size - 1;
        data.set(ValueLayout.JAVA_LONG, at, value);
        data.set(ValueLayout.JAVA_LONG, at + size, value);
    }

    void commit(long position, int length) {
        header(position, length);
    }

    void discard(long position, int length) {
        header(position, length | DISCARD);
    }

    /** {@return whether there was room for a record of these bytes} */
    boolean put(byte... bytes) {
        long position = reserve(bytes.length);
        if (position < 0) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            set(position, i, bytes[i]);
        }
        commit(position, bytes.length);
        return true;
    }

    void produced(long position) {
        POSITION.setRelease(producer, 0L, position);
    }

    void consumed(long position) {
        POSITION.setRelease(consumer, 0L, position);
    }
}
