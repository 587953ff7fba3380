package dev.purebpf.dwarf;

/** What is said of an entry (DWARF 5, section 7.5.4): {@code DW_AT_…}, those that are used. */
public final class DwarfAttribute {
    /** Where the next entry beside it is. */
    static final int SIBLING = 0x01;

    /** Where it is when the program runs. */
    public static final int LOCATION = 0x02;

    /** Its name. */
    public static final int NAME = 0x03;

    /** Its size in bytes. */
    public static final int BYTE_SIZE = 0x0b;

    /** The address of its first byte of code. */
    public static final int LOW_PC = 0x11;

    /** The address after its last byte of code, or how many bytes there are. */
    public static final int HIGH_PC = 0x12;

    /** The language of a unit; {@code DW_LANG_Go} is 0x16. */
    public static final int LANGUAGE = 0x13;

    /** Whether a function is inlined: 1 and 3 if it is. */
    public static final int INLINE = 0x20;

    /** What wrote the unit. */
    public static final int PRODUCER = 0x25;

    /** The greatest index of an array. */
    public static final int UPPER_BOUND = 0x2f;

    /** The entry that says what is common to all copies of a function. */
    public static final int ABSTRACT_ORIGIN = 0x31;

    /** How many elements an array has. */
    public static final int COUNT = 0x37;

    /** Where in its structure a member is, in bytes. */
    public static final int DATA_MEMBER_LOCATION = 0x38;

    /** The line of its declaration. */
    public static final int DECL_LINE = 0x3b;

    /** How a base type is to be read; 4 is a floating point number. */
    public static final int ENCODING = 0x3e;

    /** The entry of its declaration, which this one completes. */
    public static final int SPECIFICATION = 0x47;

    /** Its type. */
    public static final int TYPE = 0x49;

    /** Go marks results by it. */
    public static final int VARIABLE_PARAMETER = 0x4b;

    /** Its code, if that is in several places. */
    public static final int RANGES = 0x55;

    /** Where the unit's part of {@code .debug_str_offsets} begins. */
    static final int STR_OFFSETS_BASE = 0x72;

    /** Where the unit's part of {@code .debug_addr} begins. */
    static final int ADDR_BASE = 0x73;

    /** Where the unit's part of {@code .debug_rnglists} begins. */
    static final int RNGLISTS_BASE = 0x74;

    /** Where the unit's part of {@code .debug_loclists} begins. */
    static final int LOCLISTS_BASE = 0x8c;

    /** Go: what {@code reflect.Kind} calls a type. */
    public static final int GO_KIND = 0x2900;

    /** Go: the type of a map's keys. */
    public static final int GO_KEY = 0x2901;

    /** Go: the type of the elements of a map, slice or channel. */
    public static final int GO_ELEM = 0x2902;

    /** Go: whether a member has no name of its own. */
    public static final int GO_EMBEDDED_FIELD = 0x2903;

    /** Go: where the type is described for the running program, as an address or an offset. */
    public static final int GO_RUNTIME_TYPE = 0x2904;

    private DwarfAttribute() {}
}
