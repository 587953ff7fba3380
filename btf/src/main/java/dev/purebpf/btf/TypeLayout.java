package dev.purebpf.btf;

import dev.purebpf.error.MalformedObjectException;

import java.util.HashMap;
import java.util.Map;

/** Sizes and alignments of types, computed from the raw records. */
final class TypeLayout {
    // Nested structs: C has no limit, the kernel's deepest have about ten.
    private static final int MAX_NESTING = 64;
    private static final int IN_PROGRESS = -1;

    private final Btf btf;

    // Without it, structs that each hold two of the next would take time exponential in their
    // number.
    private final Map<Integer, Integer> alignments = new HashMap<>();

    TypeLayout(Btf btf) {
        this.btf = btf;
    }

    /**
     * {@return the size of a type in bytes}
     *
     * @param btf the types
     * @param id its id, checked
     */
    static long size(Btf btf, int id) {
        long elements = 1;
        int at = id;
        for (int depth = 0; depth <= Btf.MAX_DEPTH; depth++) {
            switch (btf.kind(at)) {
                case INT, STRUCT, UNION, ENUM, ENUM64, DATA_SECTION, FLOAT -> {
                    return product(btf, id, elements, btf.word(at, 2) & 0xffff_ffffL);
                }
                case POINTER -> {
                    return product(btf, id, elements, btf.pointerSize());
                }
                case TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG, VARIABLE, DECL_TAG ->
                        at = btf.reference(at, 2);
                case ARRAY -> {
                    elements =
                            product(
                                    btf,
                                    id,
                                    elements,
                                    btf.word(at, BtfRecords.HEAD + 2) & 0xffff_ffffL);
                    at = btf.reference(at, BtfRecords.HEAD);
                }
                case VOID, FORWARD, FUNCTION, FUNCTION_PROTOTYPE, UNKNOWN ->
                        throw noLayout(btf, id, at, "size");
            }
        }
        throw btf.malformed(id, 2, "it leads through more than " + Btf.MAX_DEPTH + " other types");
    }

    private static long product(Btf btf, int id, long elements, long size) {
        // Both have 32 bits, so the product fits 64 of them without a sign.
        long product = elements * size;
        if (product < 0 || product > 0xffff_ffffL) {
            throw btf.malformed(id, 2, "its size does not fit into 32 bits");
        }
        return product;
    }

    private static MalformedObjectException noLayout(Btf btf, int id, int at, String what) {
        return btf.malformed(
                id,
                1,
                btf.name(id)
                        + " has no "
                        + what
                        + ": it "
                        + (at == id ? "is " : "leads to ")
                        + btf.kind(at)
                        + " "
                        + btf.name(at));
    }

    /**
     * {@return the alignment of a type in bytes}
     *
     * @param id its id, checked
     */
    int alignment(int id) {
        return alignment(id, id, 0);
    }

    private int alignment(int root, int id, int nesting) {
        if (nesting > MAX_NESTING) {
            throw btf.malformed(root, 2, "it nests more than " + MAX_NESTING + " types");
        }
        int at = id;
        for (int depth = 0; depth <= Btf.MAX_DEPTH; depth++) {
            switch (btf.kind(at)) {
                case INT, ENUM, ENUM64, FLOAT -> {
                    long size = btf.word(at, 2) & 0xffff_ffffL;
                    return (int) Math.max(1, Math.min(size, btf.pointerSize()));
                }
                case POINTER -> {
                    return btf.pointerSize();
                }
                case TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG, VARIABLE, DECL_TAG ->
                        at = btf.reference(at, 2);
                case ARRAY -> at = btf.reference(at, BtfRecords.HEAD);
                case STRUCT, UNION -> {
                    return ofComposite(root, at, nesting);
                }
                case VOID, FORWARD, FUNCTION, FUNCTION_PROTOTYPE, DATA_SECTION, UNKNOWN ->
                        throw noLayout(btf, root, at, "alignment");
            }
        }
        throw btf.malformed(
                root, 2, "it leads through more than " + Btf.MAX_DEPTH + " other types");
    }

    private int ofComposite(int root, int id, int nesting) {
        Integer known = alignments.putIfAbsent(id, IN_PROGRESS);
        if (known != null) {
            if (known == IN_PROGRESS) {
                throw btf.malformed(id, 2, "it contains itself");
            }
            return known;
        }
        int info = btf.word(id, 1);
        int largest = 1;
        boolean packed = false;
        for (int i = 0, at = BtfRecords.HEAD; i < BtfRecords.count(info); i++, at += 3) {
            int alignment = alignment(root, btf.reference(id, at + 1), nesting + 1);
            largest = Math.max(largest, alignment);
            int word = btf.word(id, at + 2);
            boolean bitfield = BtfRecords.flag(info) && word >>> 24 != 0;
            long bits = BtfRecords.flag(info) ? word & 0xff_ffff : word & 0xffff_ffffL;
            packed |= !bitfield && bits % (8L * alignment) != 0;
        }
        packed |= (btf.word(id, 2) & 0xffff_ffffL) % largest != 0;
        int alignment = packed ? 1 : largest;
        alignments.put(id, alignment);
        return alignment;
    }

    /**
     * {@return the size of a pointer: that of an {@code int} type named as C's {@code long}, 8 when
     * there is none}
     *
     * @param btf the types, indexed, without a base
     */
    static int pointerSize(Btf btf) {
        for (int id = btf.first(BtfKind.INT); id < btf.typeCount(); id = btf.following(id)) {
            int size = btf.word(id, 2);
            if ((size == 4 || size == 8) && isLong(btf, id)) {
                return size;
            }
        }
        return 8;
    }

    private static boolean isLong(Btf btf, int id) {
        for (byte[] name : LONG_NAMES) {
            if (btf.nameEquals(id, name)) {
                return true;
            }
        }
        return false;
    }

    private static final byte[][] LONG_NAMES = {
        ascii("long"), ascii("long int"), ascii("unsigned long"), ascii("long unsigned int"),
    };

    private static byte[] ascii(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }
}
