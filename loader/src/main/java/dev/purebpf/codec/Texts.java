package dev.purebpf.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Reads and writes {@code char[N]} as a string. */
final class Texts {
    private Texts() {}

    /** {@return the text before the first zero byte, or all of it when there is none} */
    static String get(int capacity, MemorySegment segment, long offset) {
        int length = 0;
        while (length < capacity && segment.get(ValueLayout.JAVA_BYTE, offset + length) != 0) {
            length++;
        }
        byte[] bytes = new byte[length];
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /**
     * Writes the text and zeroes the rest. As in C, a text that fills its array has no zero byte.
     */
    static void set(Place place, int capacity, MemorySegment segment, long offset, String text) {
        if (text == null) {
            throw place.refuse("is null: C has an empty string at most");
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > capacity) {
            throw place.refuse(
                    "\""
                            + text
                            + "\" has "
                            + bytes.length
                            + " bytes in UTF-8, char["
                            + capacity
                            + "] has room for "
                            + capacity);
        }
        if (text.indexOf('\0') >= 0) {
            throw place.refuse("the text holds a zero character, where C would end it");
        }
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, offset, bytes.length);
        Scalars.zero(segment, offset + bytes.length, capacity - bytes.length);
    }
}
