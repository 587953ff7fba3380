package dev.purebpf.dwarf;

/** What an entry describes (DWARF 5, section 7.5.3): {@code DW_TAG_…}, those that are used. */
public final class DwarfTag {
    /** An array, whose bounds are in {@link #SUBRANGE_TYPE} below it. */
    public static final int ARRAY_TYPE = 0x01;

    /** An enumeration. */
    public static final int ENUMERATION_TYPE = 0x04;

    /** A parameter of a function, in their order. */
    public static final int FORMAL_PARAMETER = 0x05;

    /** A member of a structure. */
    public static final int MEMBER = 0x0d;

    /** A pointer. */
    public static final int POINTER_TYPE = 0x0f;

    /** What is compiled at a time: in C a file, in Go a package. */
    public static final int COMPILE_UNIT = 0x11;

    /** A structure. */
    public static final int STRUCTURE_TYPE = 0x13;

    /** A function as a type. */
    public static final int SUBROUTINE_TYPE = 0x15;

    /** Another name for a type. */
    public static final int TYPEDEF = 0x16;

    /** A function whose code stands in that of another. */
    public static final int INLINED_SUBROUTINE = 0x1d;

    /** The bounds of an array. */
    public static final int SUBRANGE_TYPE = 0x21;

    /** A type of the language itself. */
    public static final int BASE_TYPE = 0x24;

    /** A type whose values do not change. */
    public static final int CONST_TYPE = 0x26;

    /** A function. */
    public static final int SUBPROGRAM = 0x2e;

    /** A variable. */
    public static final int VARIABLE = 0x34;

    private DwarfTag() {}
}
