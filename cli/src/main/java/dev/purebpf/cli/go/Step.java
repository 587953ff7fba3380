package dev.purebpf.cli.go;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One read of memory, as the eBPF program does it: {@code struct step} of {@code go.bpf.c}. Places
 * among the data are counted in bytes from the first register on.
 *
 * <pre>
 *   0 offset (s32)   4 from (u16)   6 to (u16)   8 size (u16)   10 count (u16)   12 element (u16)
 * </pre>
 *
 * @param offset what is added to the address
 * @param from where among the data the address is; one that is 0 is not read
 * @param to where the bytes go
 * @param size how many bytes at most
 * @param count where among the data the number of elements is; {@link #NO_COUNT} to read all bytes
 * @param element how many bytes an element has
 */
record Step(int offset, int from, int to, int size, int count, int element) {
    /** The most that there may be at one place. */
    static final int MOST = 64;

    /** The bytes of one. */
    static final int SIZE = 16;

    /** The most bytes that one reads. */
    static final int MOST_READ = 256;

    /** There is no number of elements. */
    static final int NO_COUNT = 0xffff;

    void writeTo(MemorySegment memory, long at) {
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, at, offset);
        put(memory, at + 4, from);
        put(memory, at + 6, to);
        put(memory, at + 8, size);
        put(memory, at + 10, count);
        put(memory, at + 12, element);
        put(memory, at + 14, 0);
    }

    private static void put(MemorySegment memory, long at, int value) {
        memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) value);
    }
}
