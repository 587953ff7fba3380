package dev.purebpf.cli.trace;

import dev.purebpf.cli.session.EventFields;
import dev.purebpf.cli.trace.RecordLayout.ShownField;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.probe.TracepointFormat.Place;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * A window on one event that the eBPF program sent: {@code struct trace_event} of {@code
 * trace.bpf.c}. One object serves all events, so that reading allocates nothing.
 *
 * <pre>
 *   0 time   8 pid   12 tid   16 probe   20 record_size (u16)   22 text_length[2] (u16)
 *  26 kernel_frames (u8)   27 user_frames (u8)   28 build_ids (u8)   32 command[16]
 *  48 the record, the strings, the addresses of the kernel's stack and of the process', and for
 *     each of the latter, maybe, struct bpf_stack_build_id:
 *        0 status (s32)   4 build id (20 bytes)   24 offset in the file (u64)
 * </pre>
 *
 * <p>Byte order is the machine's. Fields are looked for in the record as far as it was kept; what
 * lies beyond is missing. Not thread-safe.
 */
final class HitEvent {
    /** The most bytes that the program keeps of one string, with the NUL at its end. */
    static final int STRING_SIZE = 256;

    /** Instead of a probe: the process runs another program from now on, or has ended. */
    static final int NEW_PROGRAM = -1;

    private static final int COMMAND = 32;
    private static final int DATA = 48;

    private static final int BUILD_ID_SIZE = 32;

    /** {@code BPF_STACK_BUILD_ID_VALID}: it is no address instead. */
    private static final int VALID = 1;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private MemorySegment segment = MemorySegment.NULL;
    private long at;
    private int recordSize;
    private int stacks;
    private int buildIds;

    /**
     * Shows another event from now on.
     *
     * @throws IllegalArgumentException if the bytes are too few for what the event says it has;
     *     then the program and this class do not belong together
     */
    HitEvent wrap(MemorySegment segment, long offset, int length) {
        this.segment = segment;
        this.at = offset;
        this.recordSize = 0;
        if (length >= DATA) {
            recordSize = unsigned(20);
            stacks = DATA + recordSize + textLength(0) + textLength(1);
            buildIds = stacks + Long.BYTES * (kernelFrames() + userFrames());
            if (length >= buildIds + BUILD_ID_SIZE * buildIds()) {
                return this;
            }
        }
        throw new IllegalArgumentException("An event of " + length + " bytes is too short");
    }

    long time() {
        return segment.get(LONG, at);
    }

    int pid() {
        return segment.get(INT, at + 8);
    }

    int tid() {
        return segment.get(INT, at + 12);
    }

    /** {@return the number of the probe; {@link #NEW_PROGRAM} if it is none} */
    int probe() {
        return segment.get(INT, at + 16);
    }

    /** Copies the name of the task ({@code comm}); returns the number of bytes. */
    int command(byte[] to) {
        return EventFields.text(segment, at + COMMAND, EventFields.COMMAND_SIZE, to);
    }

    /** {@return the bytes of a string with its NUL; 0 if it could not be read} */
    int textLength(int string) {
        return unsigned(22 + 2 * string);
    }

    /** Copies a string of the process, without its NUL; returns the number of bytes. */
    int string(int string, byte[] to) {
        long from = at + DATA + recordSize + (string == 0 ? 0 : textLength(0));
        return EventFields.text(segment, from, textLength(string), to);
    }

    /** {@return how many addresses the kernel's stack has; 0 if it was not wanted} */
    int kernelFrames() {
        return segment.get(ValueLayout.JAVA_BYTE, at + 26) & 0xff;
    }

    /** {@return how many addresses the process' stack has; 0 if it was not wanted} */
    int userFrames() {
        return segment.get(ValueLayout.JAVA_BYTE, at + 27) & 0xff;
    }

    /** {@return an address of the kernel's stack, the innermost being 0} */
    long kernelFrame(int index) {
        return segment.get(LONG, at + stacks + (long) Long.BYTES * index);
    }

    /** {@return an address of the process' stack, the innermost being 0} */
    long userFrame(int index) {
        return kernelFrame(kernelFrames() + index);
    }

    private int buildIds() {
        return segment.get(ValueLayout.JAVA_BYTE, at + 28) & 0xff;
    }

    /** {@return whether the file is known that an address of the process' stack lies in} */
    boolean hasBuildId(int index) {
        return index < buildIds() && segment.get(INT, buildId(index, 0)) == VALID;
    }

    /** {@return the build id of that file: 40 hexadecimal digits} */
    String buildId(int index) {
        return HexFormat.of()
                .formatHex(segment.asSlice(buildId(index, 4), 20).toArray(ValueLayout.JAVA_BYTE));
    }

    /** {@return where in that file the address lies, in bytes} */
    long fileOffset(int index) {
        return segment.get(LONG, buildId(index, 24));
    }

    private long buildId(int index, int offset) {
        return at + buildIds + (long) BUILD_ID_SIZE * index + offset;
    }

    /** {@return the path of the program that a process runs from now on; empty if it has ended} */
    String program() {
        byte[] path = new byte[STRING_SIZE];
        return new String(path, 0, string(0, path), StandardCharsets.UTF_8);
    }

    /** {@return the key of the process' stack, of an event that tells of a new count} */
    int userStackKey() {
        return recordSize < 8 ? -1 : segment.get(INT, at + DATA + 4);
    }

    /** {@return where the content of a field begins in the record} */
    private int start(Field field) {
        if (field.place() == Place.INLINE) {
            return field.offset();
        }
        int place = place(field);
        return (place & 0xffff) + (field.place() == Place.AFTER ? field.offset() + 4 : 0);
    }

    /** {@return how many bytes a field has, of those that were kept} */
    int size(Field field) {
        int size = field.place() == Place.INLINE ? field.size() : place(field) >>> 16;
        return Math.clamp(recordSize - start(field), 0, size);
    }

    private int place(Field field) {
        return field.offset() + 4 <= recordSize ? segment.get(INT, at + DATA + field.offset()) : 0;
    }

    /** {@return whether a field, or a part of it, was not kept} */
    boolean isCut(Field field) {
        return field.place() == Place.INLINE
                ? size(field) < field.size()
                : field.offset() + 4 > recordSize || size(field) < place(field) >>> 16;
    }

    /** Copies a field that is text, up to its first NUL; returns the number of bytes. */
    int text(Field field, byte[] to) {
        return EventFields.text(segment, at + DATA + start(field), size(field), to);
    }

    /** {@return the number of elements of a field that were kept; 1 if it is no array} */
    int count(ShownField shown) {
        int size = shown.elementSize();
        return size == 0 ? 0 : size(shown.field()) / size;
    }

    /** {@return an element of a field, or the field itself, as its sign says} */
    long number(ShownField shown, int index) {
        int size = shown.elementSize();
        long from = at + DATA + start(shown.field()) + (long) index * size;
        return size == 8 && shown.isNarrow()
                ? segment.get(INT, from)
                : EventFields.number(segment, from, size, shown.field().signed());
    }

    private int unsigned(int offset) {
        return segment.get(SHORT, at + offset) & 0xffff;
    }
}
