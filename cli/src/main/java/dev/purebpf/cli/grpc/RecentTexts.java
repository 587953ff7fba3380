package dev.purebpf.cli.grpc;

import dev.purebpf.cli.session.HeaderField;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Texts and fields as they come again and again, names of headers above all: one that was here
 * lately is not made again. Keeps a fixed number of short ones. One thread uses it.
 */
final class RecentTexts {
    /** A power of two. */
    private static final int COUNT = 1024;

    /** Bytes; longer ones are seldom the same. */
    static final int LONGEST = 64;

    private final MemorySegment[] bytes = new MemorySegment[COUNT];
    private final String[] texts = new String[COUNT];
    private final HeaderField[] fields = new HeaderField[COUNT];

    /**
     * {@return what bytes say in UTF-8}
     *
     * @param segment where they are
     * @param at their offset
     * @param length how many there are
     */
    String text(MemorySegment segment, long at, int length) {
        if (length > LONGEST) {
            return decode(segment, at, length);
        }
        int slot = slot(segment, at, length);
        MemorySegment known = bytes[slot];
        if (known == null
                || known.byteSize() != length
                || MemorySegment.mismatch(known, 0, length, segment, at, at + length) >= 0) {
            bytes[slot] =
                    MemorySegment.ofArray(
                            segment.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE));
            texts[slot] = decode(segment, at, length);
        }
        return texts[slot];
    }

    /** {@return a field of a header} */
    HeaderField field(String name, String value) {
        int hash = 31 * name.hashCode() + value.hashCode();
        int slot = (hash ^ hash >>> 16) & COUNT - 1;
        HeaderField known = fields[slot];
        if (known == null || !known.name().equals(name) || !known.value().equals(value)) {
            known = new HeaderField(name, value);
            // A large one would be kept for long.
            fields[slot] = value.length() > LONGEST ? null : known;
        }
        return known;
    }

    private static int slot(MemorySegment segment, long at, int length) {
        int hash = length;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + segment.get(ValueLayout.JAVA_BYTE, at + i);
        }
        return (hash ^ hash >>> 16) & COUNT - 1;
    }

    private static String decode(MemorySegment segment, long at, int length) {
        byte[] bytes = segment.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
