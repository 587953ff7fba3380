package dev.purebpf.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Addresses for the kernel, which reads and writes there whatever became of the memory: it knows
 * neither arenas nor threads, so this looks at them before.
 *
 * <p>An arena that another thread closes during the call itself is beyond what can be seen here;
 * who shares memory between threads keeps it open for as long as calls use it.
 */
final class NativeAddress {
    private NativeAddress() {}

    /**
     * {@return the address of memory that the kernel is to read; 0 of {@link MemorySegment#NULL}}
     *
     * @throws IllegalArgumentException if it is on the heap, where things move
     * @throws IllegalStateException if its arena is closed
     * @throws WrongThreadException if its arena belongs to another thread
     */
    static long of(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("the kernel takes native memory only: " + segment);
        }
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the arena of this memory is closed: " + segment);
        }
        if (!segment.isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException(
                    "the arena of this memory belongs to another thread: " + segment);
        }
        return segment.address();
    }

    /**
     * {@return the address of memory that the kernel is to write}
     *
     * @throws UnsupportedOperationException if it is read-only
     */
    static long toWrite(MemorySegment segment) {
        if (segment.isReadOnly()) {
            throw new UnsupportedOperationException(
                    "the kernel is to write into read-only memory: " + segment);
        }
        return of(segment);
    }
}
