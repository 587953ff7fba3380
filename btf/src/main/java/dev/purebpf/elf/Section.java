package dev.purebpf.elf;

/**
 * One section: a named part of an ELF file (ELF specification, "Sections").
 *
 * <p>Its bytes are read when asked for, and each time anew: a section of an executable can be
 * large, and most are never looked at. A section is as good as the {@link ElfFile} that it came
 * from: once that is closed, reading throws {@link IllegalStateException}. Any thread may read.
 */
public final class Section {
    /** {@code SHT_NULL}: the empty section 0. */
    public static final int NULL = 0;

    /** {@code SHT_PROGBITS}: code or data. */
    public static final int PROGBITS = 1;

    /** {@code SHT_SYMTAB}: the symbol table. */
    public static final int SYMTAB = 2;

    /** {@code SHT_STRTAB}: names. */
    public static final int STRTAB = 3;

    /** {@code SHT_RELA}: relocations with addends. */
    public static final int RELA = 4;

    /** {@code SHT_DYNAMIC}: what the dynamic loader has to know. */
    public static final int DYNAMIC = 6;

    /** {@code SHT_NOTE}: notes, such as the build id. */
    public static final int NOTE = 7;

    /** {@code SHT_NOBITS}: zeroes that take no place in the file, as {@code .bss}. */
    public static final int NOBITS = 8;

    /** {@code SHT_REL}: relocations without addends. */
    public static final int REL = 9;

    /** {@code SHT_DYNSYM}: the symbols that the dynamic linker needs. */
    public static final int DYNSYM = 11;

    /** {@code SHT_SYMTAB_SHNDX}: section indexes of symbols in files with very many sections. */
    public static final int SYMTAB_SHNDX = 18;

    /** {@code SHT_LLVM_ADDRSIG}: a hint among LLVM's own tools. */
    public static final int LLVM_ADDRSIG = 0x6fff4c03;

    /** {@code SHT_GNU_verdef}: the versions of symbols that the file defines. */
    public static final int VERSION_DEFINITIONS = 0x6ffffffd;

    /** {@code SHT_GNU_versym}: which version each dynamic symbol has. */
    public static final int SYMBOL_VERSIONS = 0x6fffffff;

    /** {@code SHF_WRITE}, a bit of {@link #flags()}. */
    public static final long WRITE = 1;

    /** {@code SHF_ALLOC}, a bit of {@link #flags()}. */
    public static final long ALLOC = 2;

    /** {@code SHF_EXECINSTR}, a bit of {@link #flags()}. */
    public static final long EXECINSTR = 4;

    /** {@code SHF_COMPRESSED}, a bit of {@link #flags()}. */
    public static final long COMPRESSED = 0x800;

    private final ElfFile file;
    private final int index;
    private final String name;
    private final int type;
    private final long flags;
    private final long address;
    private final long offset;
    private final long size;
    private final int link;
    private final int info;
    private final long alignment;
    private final long entrySize;

    Section(
            ElfFile file,
            int index,
            String name,
            int type,
            long flags,
            long address,
            long offset,
            long size,
            int link,
            int info,
            long alignment,
            long entrySize) {
        this.file = file;
        this.index = index;
        this.name = name;
        this.type = type;
        this.flags = flags;
        this.address = address;
        this.offset = offset;
        this.size = size;
        this.link = link;
        this.info = info;
        this.alignment = alignment;
        this.entrySize = entrySize;
    }

    /** {@return its place in the section header table} */
    public int index() {
        return index;
    }

    /** {@return its name, such as {@code .maps}} */
    public String name() {
        return name;
    }

    /** {@return its type: {@link #PROGBITS}, {@link #REL} …} */
    public int type() {
        return type;
    }

    /** {@return its flags: {@link #WRITE}, {@link #ALLOC}, {@link #EXECINSTR} …} */
    public long flags() {
        return flags;
    }

    /**
     * {@return whether all bits of a mask are set}
     *
     * @param mask bits of {@link #flags()}
     */
    public boolean has(long mask) {
        return (flags & mask) == mask;
    }

    /** {@return the virtual address of its first byte; 0 in object files} */
    public long address() {
        return address;
    }

    /** {@return where its bytes begin in the file} */
    public long offset() {
        return offset;
    }

    /** {@return how many bytes it has; those of {@link #NOBITS} are not in the file} */
    public long size() {
        return size;
    }

    /**
     * {@return the index of the section that belongs to it: a symbol table's names, a relocation
     * table's symbols}
     */
    public int link() {
        return link;
    }

    /**
     * {@return for relocations the index of the patched section, for symbol tables the number of
     * local symbols}
     */
    public int info() {
        return info;
    }

    /** {@return the alignment of {@link #address()}} */
    public long alignment() {
        return alignment;
    }

    /** {@return the size of one entry of a table; 0 for sections that are none} */
    public long entrySize() {
        return entrySize;
    }

    /**
     * {@return a fresh copy of its bytes; empty for {@link #NOBITS}}
     *
     * @throws dev.purebpf.error.MalformedObjectException if it reaches past the end of the file
     */
    public byte[] bytes() {
        return type == NOBITS ? new byte[0] : file.read(this, 0, size);
    }

    /**
     * {@return a fresh copy of a part of its bytes}
     *
     * @param from the byte offset within the section
     * @param length how many bytes
     * @throws dev.purebpf.error.MalformedObjectException if the part reaches past the end of the
     *     section or the file
     */
    public byte[] bytes(long from, long length) {
        return file.read(this, from, length);
    }

    /**
     * Copies a part of its bytes into an array, from the first on.
     *
     * @param from the byte offset within the section
     * @param to gets them
     * @param length how many bytes
     * @throws dev.purebpf.error.MalformedObjectException if the part reaches past the end of the
     *     section or the file
     */
    public void read(long from, byte[] to, int length) {
        file.read(this, from, to, length);
    }

    /**
     * {@return a reader over a fresh copy of its bytes, in the file's byte order}
     *
     * @throws dev.purebpf.error.MalformedObjectException if it reaches past the end of the file
     */
    public ByteReader reader() {
        return ByteReader.of(file.name(), name, bytes(), file.byteOrder());
    }

    /**
     * {@return a reader that copies its bytes when they are asked for, in the file's byte order;
     * the file has to stay open}
     *
     * @throws dev.purebpf.error.MalformedObjectException if it reaches past the end of the file
     */
    public PagedReader paged() {
        file.requireBytes(this);
        return PagedReader.of(file, this);
    }

    @Override
    public String toString() {
        return "Section[" + index + " " + name + ", type " + type + ", " + size + " bytes]";
    }
}
