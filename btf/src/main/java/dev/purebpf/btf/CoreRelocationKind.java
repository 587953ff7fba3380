package dev.purebpf.btf;

/**
 * What a CO-RE relocation asks about the kernel's types ({@code include/uapi/linux/bpf.h}, {@code
 * enum bpf_core_relo_kind}). The number is the {@link #ordinal()}, except for {@link #UNKNOWN}.
 */
public enum CoreRelocationKind {
    /** Where the field is, in bytes. */
    FIELD_BYTE_OFFSET,
    /** How large the field is, in bytes. */
    FIELD_BYTE_SIZE,
    /** Whether the field is there: 1 or 0. */
    FIELD_EXISTS,
    /** Whether the field is signed: 1 or 0. */
    FIELD_SIGNED,
    /** By how much to shift a bitfield left, in 64 bits. */
    FIELD_LEFT_SHIFT,
    /** By how much to shift a bitfield right after that. */
    FIELD_RIGHT_SHIFT,
    /** The type's id in the object's own BTF. */
    TYPE_ID_LOCAL,
    /** The type's id in the kernel's BTF. */
    TYPE_ID_TARGET,
    /** Whether the type is there: 1 or 0. */
    TYPE_EXISTS,
    /** How large the type is, in bytes. */
    TYPE_SIZE,
    /** Whether the enumerator is there: 1 or 0. */
    ENUMERATOR_EXISTS,
    /** The enumerator's value. */
    ENUMERATOR_VALUE,
    /** Whether the type is there and looks the same: 1 or 0. */
    TYPE_MATCHES,
    /** A question that is newer than this library. */
    UNKNOWN;

    private static final CoreRelocationKind[] KINDS = values();

    /** {@return the kernel's number; −1 for {@link #UNKNOWN}} */
    public int number() {
        return this == UNKNOWN ? -1 : ordinal();
    }

    /** {@return whether it asks about a field} */
    public boolean isField() {
        return ordinal() <= FIELD_RIGHT_SHIFT.ordinal();
    }

    /** {@return whether it asks about a type as a whole} */
    public boolean isType() {
        return ordinal() >= TYPE_ID_LOCAL.ordinal() && ordinal() <= TYPE_SIZE.ordinal()
                || this == TYPE_MATCHES;
    }

    /** {@return whether it asks about an enumerator} */
    public boolean isEnumerator() {
        return this == ENUMERATOR_EXISTS || this == ENUMERATOR_VALUE;
    }

    /**
     * {@return the kind of a number, or {@link #UNKNOWN}}
     *
     * @param number the kernel's number
     */
    public static CoreRelocationKind ofNumber(int number) {
        return number >= 0 && number < UNKNOWN.ordinal() ? KINDS[number] : UNKNOWN;
    }
}
