package dev.purebpf.cli.go;

import dev.purebpf.cli.session.EventFields;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A window on one event that the eBPF program sent: {@code struct go_event} of {@code go.bpf.c}.
 * One object serves all events, so that reading allocates nothing.
 *
 * <pre>
 *   0 time   8 address   16 goroutine   24 depth   32 done   40 pid   44 tid   48 place
 *  56 command[16]   72 the data: registers, the stack pointer, and what the steps read
 * </pre>
 *
 * <p>Byte order is the machine's. Not thread-safe.
 */
final class GoEvent {
    /** Where the data begins. */
    static final int DATA = 72;

    private static final int COMMAND = 56;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private MemorySegment segment = MemorySegment.NULL;
    private long start;
    private byte[] own;

    /**
     * Shows another event from now on.
     *
     * @throws IllegalArgumentException if the bytes are too few; then the program and this class do
     *     not belong together
     */
    GoEvent wrap(MemorySegment events, long offset, int length) {
        if (length < DATA + CapturePlan.WORDS_SIZE) {
            throw new IllegalArgumentException("An event of " + length + " bytes is too short");
        }
        segment = events;
        start = offset;
        return this;
    }

    /**
     * Copies another event into memory of its own, and shows that from now on.
     *
     * @param other the event
     * @param dataSize the bytes of its data that matter
     * @return how many bytes of memory were added for it
     */
    int copy(GoEvent other, int dataSize) {
        int size = DATA + dataSize;
        int before = capacity();
        if (before < size) {
            own = new byte[size];
            segment = MemorySegment.ofArray(own);
            start = 0;
        }
        MemorySegment.copy(other.segment, BYTE, other.start, own, 0, size);
        return own.length - before;
    }

    /** {@return how many bytes of memory it has of its own} */
    int capacity() {
        return own == null ? 0 : own.length;
    }

    long time() {
        return segment.get(LONG, start);
    }

    /** {@return the address of the instruction, as the process sees it} */
    long address() {
        return segment.get(LONG, start + 8);
    }

    /** {@return the number of the goroutine; 0 if it is the runtime's own, or not known} */
    long goroutine() {
        return segment.get(LONG, start + 16);
    }

    /**
     * {@return how many bytes of the goroutine's stack were in use; where it is not known which one
     * that is, more by what is the same for all events of a thread, and negative}
     */
    long depth() {
        return segment.get(LONG, start + 24);
    }

    int pid() {
        return segment.get(INT, start + 40);
    }

    int tid() {
        return segment.get(INT, start + 44);
    }

    int place() {
        return segment.get(INT, start + 48);
    }

    /** Copies the name of the task ({@code comm}); returns the number of bytes. */
    int command(byte[] to) {
        return EventFields.text(segment, start + COMMAND, EventFields.COMMAND_SIZE, to);
    }

    /** {@return whether a step could read; so of what needs none} */
    boolean isRead(int step) {
        return step < 0 || (segment.get(LONG, start + 32) >>> step & 1) != 0;
    }

    /** {@return a word of the data} */
    long word(int at) {
        return segment.get(LONG, start + DATA + at);
    }

    /** {@return a number of 1, 2, 4 or 8 bytes of the data} */
    long number(int at, int size, boolean signed) {
        return EventFields.number(segment, start + DATA + at, size, signed);
    }

    /** Copies bytes of the data. */
    void bytes(int at, byte[] to, int count) {
        MemorySegment.copy(segment, BYTE, start + DATA + at, to, 0, count);
    }
}
