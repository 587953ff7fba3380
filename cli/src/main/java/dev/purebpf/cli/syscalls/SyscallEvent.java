package dev.purebpf.cli.syscalls;

import dev.purebpf.cli.session.EventFields;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A window on one event that the eBPF program sent: {@code struct syscall_event} of {@code
 * syscalls.bpf.c}. One object serves all events, so that reading allocates nothing; it shows what
 * it was last {@linkplain #wrap wrapped} around.
 *
 * <pre>
 *   0 start     8 duration   16 result   24 arguments[6]
 *  72 pid      76 tid        80 number   84 flags (u16)   86 text_length[2] (u16)
 *  96 command[16]           112 text, both strings one after the other
 * </pre>
 *
 * <p>Byte order is the machine's. Not thread-safe.
 */
final class SyscallEvent {

    /** The call did not return: it is one that never does, or its task died inside. */
    static final int NO_RESULT = 1;

    /** Only the end of the call was seen. */
    static final int NO_ENTRY = 2;

    /** A call by the convention of 32-bit programs, with numbers of its own. */
    static final int COMPAT = 4;

    /** The registers no longer held the arguments. */
    static final int UNKNOWN_ARGUMENTS = 8;

    /** The most bytes that the program keeps of one string, with the NUL at its end. */
    static final int STRING_SIZE = 256;

    static final int START = 0;
    static final int DURATION = 8;
    static final int RESULT = 16;
    static final int ARGUMENTS = 24;
    static final int PID = 72;
    static final int TID = 76;
    static final int NUMBER = 80;
    static final int FLAGS = 84;
    static final int TEXT_LENGTH = 86;
    static final int COMMAND = 96;
    static final int COMMAND_SIZE = EventFields.COMMAND_SIZE;
    static final int TEXT = 112;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private MemorySegment segment = MemorySegment.NULL;
    private long at;
    private int length;

    /**
     * Shows another event from now on.
     *
     * @throws IllegalArgumentException if the bytes are too few for an event; then the program and
     *     this class do not belong together
     */
    SyscallEvent wrap(MemorySegment segment, long offset, int length) {
        if (length < TEXT) {
            throw new IllegalArgumentException(
                    "An event of " + length + " bytes; at least " + TEXT + " are needed");
        }
        this.segment = segment;
        this.at = offset;
        this.length = length;
        return this;
    }

    /**
     * {@return when the call began, or when it ended if {@link #NO_ENTRY}: CLOCK_MONOTONIC in
     * nanoseconds}
     */
    long start() {
        return segment.get(LONG, at + START);
    }

    /** {@return nanoseconds from begin to end; 0 if {@link #NO_ENTRY}} */
    long duration() {
        return segment.get(LONG, at + DURATION);
    }

    /** {@return what the call returned, {@code -errno} for an error} */
    long result() {
        return segment.get(LONG, at + RESULT);
    }

    /** {@return one of the six argument registers} */
    long argument(int index) {
        return segment.get(LONG, at + ARGUMENTS + 8L * index);
    }

    int pid() {
        return segment.get(INT, at + PID);
    }

    int tid() {
        return segment.get(INT, at + TID);
    }

    int number() {
        return segment.get(INT, at + NUMBER);
    }

    boolean has(int flag) {
        return (segment.get(SHORT, at + FLAGS) & flag) != 0;
    }

    /** {@return whether the kernel reported an error rather than a result} */
    boolean failed() {
        return !has(NO_RESULT) && result() < 0 && result() >= -4095;
    }

    /** {@return whether begin and end were seen; not so of {@code exit}, which has no end} */
    boolean hasDuration() {
        return !has(NO_ENTRY) && !(has(NO_RESULT) && duration() == 0);
    }

    /** {@return the bytes of a captured string with its NUL; 0 if it could not be read} */
    int textLength(int slot) {
        return Short.toUnsignedInt(segment.get(SHORT, at + TEXT_LENGTH + 2L * slot));
    }

    /** Copies a captured string without its NUL; returns the number of bytes. */
    int text(int slot, byte[] to) {
        int from = TEXT + (slot == 0 ? 0 : textLength(0));
        int bytes = Math.min(Math.min(textLength(slot) - 1, length - from), to.length);
        if (bytes <= 0) {
            return 0;
        }
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, at + from, to, 0, bytes);
        return bytes;
    }

    /** Copies the name of the task ({@code comm}); returns the number of bytes. */
    int command(byte[] to) {
        return EventFields.text(segment, at + COMMAND, COMMAND_SIZE, to);
    }
}
