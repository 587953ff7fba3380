package dev.purebpf.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Memory for the attributes of one system call, one piece for each thread: filled and handed to the
 * kernel at once, so that the frequent calls allocate nothing.
 */
final class AttributeScratch {
    /** Larger than {@code union bpf_attr} and {@code struct perf_event_attr} have become so far. */
    static final int SIZE = 256;

    /**
     * What the kernel keeps of a name, without the zero at its end: {@code BPF_OBJ_NAME_LEN − 1}.
     */
    private static final int NAME_LENGTH = 15;

    private static final ThreadLocal<MemorySegment> SEGMENT =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(SIZE, 8));

    private AttributeScratch() {}

    /**
     * {@return this thread's memory, {@code size} bytes of it zeroed; it lives as long as the
     * thread}
     *
     * <p>Whatever is in it is lost when the thread asks again.
     */
    static MemorySegment zeroed(int size) {
        MemorySegment segment = SEGMENT.get();
        for (int offset = 0; offset < size; offset += 8) {
            segment.set(ValueLayout.JAVA_LONG, offset, 0);
        }
        return segment;
    }

    static void setInt(MemorySegment attributes, long offset, int value) {
        attributes.set(ValueLayout.JAVA_INT, offset, value);
    }

    static void setLong(MemorySegment attributes, long offset, long value) {
        attributes.set(ValueLayout.JAVA_LONG, offset, value);
    }

    static int getInt(MemorySegment attributes, long offset) {
        return attributes.get(ValueLayout.JAVA_INT, offset);
    }

    /**
     * Writes a name the way the kernel accepts it: cut, ended by zero, and letters, digits, {@code
     * _} and {@code .} only (the dot since 5.2; {@code bpf_obj_name_cpy}).
     */
    static void setName(MemorySegment attributes, long offset, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < Math.min(bytes.length, NAME_LENGTH); i++) {
            byte b = bytes[i];
            boolean accepted =
                    b >= 'a' && b <= 'z'
                            || b >= 'A' && b <= 'Z'
                            || b >= '0' && b <= '9'
                            || b == '_'
                            || b == '.';
            attributes.set(ValueLayout.JAVA_BYTE, offset + i, accepted ? b : (byte) '_');
        }
    }

    /** {@return a copy of the bytes in native memory; NULL for none} */
    static MemorySegment copy(Arena arena, byte[] bytes) {
        if (bytes.length == 0) {
            return MemorySegment.NULL;
        }
        MemorySegment copy = arena.allocate(bytes.length, 8);
        MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return copy;
    }
}
