package dev.purebpf.btf;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.error.MalformedObjectException;

import java.util.Arrays;

/**
 * Where the records of types are. They are laid out so: three words, then words that depend on the
 * kind.
 *
 * <pre>
 *   word 0: offset of the name in the strings
 *   word 1: kind_flag (bit 31) | kind (bits 24-30) | vlen (bits 0-23)
 *   word 2: size in bytes, or id of a type
 * </pre>
 *
 * <p>Before Linux 7.1 the kind had bits 24–28 and vlen bits 0–15, the rest being zero.
 */
final class BtfRecords {
    /** How many words each record has at least. */
    static final int HEAD = 3;

    /** The largest vlen. */
    static final int MAX_COUNT = 0xff_ffff;

    /** How many numbers there may be for kinds. */
    private static final int KINDS = 0x80;

    // By kind the words of a record without its elements, 0 if the kind is not known, and the words
    // of each of vlen elements.
    private static final int[] FIXED = new int[KINDS];
    private static final int[] EACH = new int[KINDS];

    static {
        Arrays.fill(FIXED, 1, BtfKind.UNKNOWN.ordinal(), HEAD);
        FIXED[BtfKind.INT.ordinal()] += 1;
        FIXED[BtfKind.ARRAY.ordinal()] += 3;
        FIXED[BtfKind.VARIABLE.ordinal()] += 1;
        FIXED[BtfKind.DECL_TAG.ordinal()] += 1;
        EACH[BtfKind.STRUCT.ordinal()] = 3;
        EACH[BtfKind.UNION.ordinal()] = 3;
        EACH[BtfKind.ENUM.ordinal()] = 2;
        EACH[BtfKind.FUNCTION_PROTOTYPE.ordinal()] = 2;
        EACH[BtfKind.DATA_SECTION.ordinal()] = 3;
        EACH[BtfKind.ENUM64.ordinal()] = 3;
    }

    /** The offset of each record, in words. */
    private final int[] offsets;

    /** For each record the next one of its kind, or how many records there are. */
    private final int[] next;

    /** The first record of each kind; those that are not known to this library are one. */
    private final int[] first;

    private BtfRecords(int[] offsets, int[] next, int[] first) {
        this.offsets = offsets;
        this.next = next;
        this.first = first;
    }

    int[] offsets() {
        return offsets;
    }

    int[] next() {
        return next;
    }

    int first(int kind) {
        return first[kind];
    }

    static int kind(int info) {
        return info >>> 24 & 0x7f;
    }

    static int count(int info) {
        return info & MAX_COUNT;
    }

    static boolean flag(int info) {
        return info < 0;
    }

    static int info(BtfKind kind, int count, boolean flag) {
        return (flag ? 1 << 31 : 0) | kind.number() << 24 | count;
    }

    /**
     * {@return where the records are}
     *
     * @param words all records
     * @param source where they come from, for messages and for the layout of unknown kinds
     */
    static BtfRecords index(int[] words, Source source) {
        // Java interprets this at each start, for all types of a kernel: there are no calls in the
        // loop, and as little else as can be.
        int[] fixed = FIXED;
        int[] each = EACH;
        int unknown = BtfKind.UNKNOWN.ordinal();
        int kinds = unknown + 1;
        // Most records have three to six words.
        int[] offsets = new int[Math.max(16, words.length / 5)];
        // The first record of each kind, then for each record the next one of its kind.
        int[] next = new int[kinds + offsets.length];
        // Where in that the next record of each kind belongs.
        int[] last = new int[kinds];
        for (int kind = 0; kind < kinds; kind++) {
            last[kind] = kind;
        }
        int length = words.length;
        int lastHead = length - HEAD;
        int count = 0;
        int at = 0;
        while (at <= lastHead) {
            int info = words[at + 1];
            int kind = info >>> 24 & 0x7f;
            int vlen = info & MAX_COUNT;
            int size = fixed[kind];
            // At most 2^29 words and 63 * 2^24 more: no overflow.
            int end;
            if (size > 0) {
                end = at + size + vlen * each[kind];
            } else {
                end = at + HEAD + source.unknownLength(at, kind, vlen);
                kind = unknown;
            }
            if (end > length) {
                throw source.malformed(
                        at,
                        BtfKind.ofNumber(kind(info))
                                + " record with vlen "
                                + vlen
                                + " reaches past the end of the types");
            }
            if (count == offsets.length) {
                offsets = Arrays.copyOf(offsets, count + (count >> 1));
                next = Arrays.copyOf(next, kinds + offsets.length);
            }
            offsets[count] = at;
            next[last[kind]] = count;
            last[kind] = kinds + count;
            count++;
            at = end;
        }
        if (at < length) {
            throw source.malformed(at, "the types end within a record");
        }
        for (int place : last) {
            next[place] = count;
        }
        return new BtfRecords(
                Arrays.copyOf(offsets, count),
                Arrays.copyOfRange(next, kinds, kinds + count),
                Arrays.copyOf(next, kinds));
    }

    /**
     * Where records come from.
     *
     * @param reader the whole BTF, for messages
     * @param header its header
     */
    record Source(ByteReader reader, BtfHeader header) {
        MalformedObjectException malformed(int word, String problem) {
            return reader.malformed(header.typesOffset() + 4L * word, problem);
        }

        /**
         * {@return how many words follow the head of a record of a kind that this library does not
         * know}
         *
         * <p>Since Linux 7.1 the file may tell: one entry for each kind, {@code u8 info_sz, u8
         * elem_sz, u16 flags}, sizes in bytes.
         */
        int unknownLength(int word, int kind, int count) {
            long entry = 4L * kind;
            if (kind == 0 || entry + 4 > header.layoutLength()) {
                throw malformed(
                        word,
                        "type of unknown kind "
                                + kind
                                + ", whose length is not told; a newer version may know it");
            }
            int fixed = reader.u8(header.layoutOffset() + entry);
            int each = reader.u8(header.layoutOffset() + entry + 1);
            if (((fixed | each) & 3) != 0) {
                throw malformed(
                        word, "the layout of kind " + kind + " is not a multiple of four bytes");
            }
            return fixed / 4 + count * (each / 4);
        }
    }
}
