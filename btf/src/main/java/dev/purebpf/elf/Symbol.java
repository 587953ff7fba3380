package dev.purebpf.elf;

/**
 * One entry of a symbol table (ELF specification, "Symbol Table").
 *
 * @param index its place in the table; symbol 0 is the undefined symbol
 * @param name its name; empty for section symbols and some local ones
 * @param value in object files the byte offset within its section, in executables a virtual address
 * @param size how many bytes it covers; 0 when unknown
 * @param binding {@link #LOCAL}, {@link #GLOBAL} or {@link #WEAK}
 * @param type {@link #OBJECT}, {@link #FUNCTION} …
 * @param visibility {@link #DEFAULT}, {@link #HIDDEN} …
 * @param sectionIndex the index of the section that defines it, or {@link #UNDEFINED}, {@link
 *     #ABSOLUTE}, {@link #COMMON}; indexes that do not fit into 16 bits are already resolved
 *     through {@code SHT_SYMTAB_SHNDX}
 */
public record Symbol(
        int index,
        String name,
        long value,
        long size,
        int binding,
        int type,
        int visibility,
        int sectionIndex) {
    /** {@code STB_LOCAL}: known in this file only. */
    public static final int LOCAL = 0;

    /** {@code STB_GLOBAL}: known everywhere. */
    public static final int GLOBAL = 1;

    /** {@code STB_WEAK}: may be overridden, or missing. */
    public static final int WEAK = 2;

    /** {@code STT_NOTYPE}: externs of BPF objects have it. */
    public static final int NO_TYPE = 0;

    /** {@code STT_OBJECT}: a variable. */
    public static final int OBJECT = 1;

    /** {@code STT_FUNC}: a function. */
    public static final int FUNCTION = 2;

    /** {@code STT_SECTION}: stands for its section. */
    public static final int SECTION = 3;

    /** {@code STT_FILE}: the name of the source file. */
    public static final int FILE = 4;

    /** {@code STT_GNU_IFUNC}: a function that chooses the real one when the program starts. */
    public static final int INDIRECT_FUNCTION = 10;

    /** {@code STV_DEFAULT}: visible as its binding says. */
    public static final int DEFAULT = 0;

    /** {@code STV_INTERNAL}: as hidden, and more. */
    public static final int INTERNAL = 1;

    /** {@code STV_HIDDEN}: not visible outside the linked object. */
    public static final int HIDDEN = 2;

    /** {@code STV_PROTECTED}: visible, not preemptible. */
    public static final int PROTECTED = 3;

    /** {@code SHN_UNDEF}: defined elsewhere. */
    public static final int UNDEFINED = 0;

    /** {@code SHN_ABS}: the value is absolute. */
    public static final int ABSOLUTE = 0xfff1;

    /** {@code SHN_COMMON}: allocated by the linker. */
    public static final int COMMON = 0xfff2;
}
