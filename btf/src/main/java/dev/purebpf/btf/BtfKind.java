package dev.purebpf.btf;

/**
 * The kinds of BTF types, with the kernel's numbers ({@code include/uapi/linux/btf.h}, {@code
 * BTF_KIND_*}).
 *
 * <p>The number of a kind is its {@link #ordinal()}, except for {@link #UNKNOWN}.
 */
public enum BtfKind {
    /** No type at all: what id 0 means. */
    VOID,
    /** A number, character or truth value. */
    INT,
    /** A pointer. */
    POINTER,
    /** An array. */
    ARRAY,
    /** A struct. */
    STRUCT,
    /** A union. */
    UNION,
    /** An enumeration of at most 32 bits. */
    ENUM,
    /** A struct, union or enum that is declared but not described. */
    FORWARD,
    /** Another name for a type. */
    TYPEDEF,
    /** {@code volatile}. */
    VOLATILE,
    /** {@code const}. */
    CONST,
    /** {@code restrict}. */
    RESTRICT,
    /** A function; since Linux 5.0. */
    FUNCTION,
    /** Parameters and return type of a function; since Linux 5.0. */
    FUNCTION_PROTOTYPE,
    /** A global variable; since Linux 5.2. */
    VARIABLE,
    /** A section of variables; since Linux 5.2. */
    DATA_SECTION,
    /** A floating-point number; since Linux 5.13. */
    FLOAT,
    /** An attribute of a declaration; since Linux 5.16. */
    DECL_TAG,
    /** An attribute of a type; since Linux 5.17. */
    TYPE_TAG,
    /** An enumeration of 64 bits; since Linux 6.0. */
    ENUM64,
    /** A kind that is newer than this library, in BTF that says how long its records are. */
    UNKNOWN;

    private static final BtfKind[] KINDS = values();

    /** {@return the kernel's number; −1 for {@link #UNKNOWN}} */
    public int number() {
        return this == UNKNOWN ? -1 : ordinal();
    }

    /**
     * {@return the kind of a number, or {@link #UNKNOWN}}
     *
     * @param number the kernel's number
     */
    public static BtfKind ofNumber(int number) {
        return number >= 0 && number < UNKNOWN.ordinal() ? KINDS[number] : UNKNOWN;
    }
}
