package dev.purebpf.elf;

import dev.purebpf.error.MalformedObjectException;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An ELF file: object, executable or shared library, of either class and either byte order.
 *
 * <p>A file that is opened by path is mapped, not read: only the headers and the sections that are
 * asked for are ever touched, so executables of a hundred megabytes cost no more than small ones.
 * Whoever opens it closes it. All methods may be called by any thread; using it after {@link
 * #close()} throws {@link IllegalStateException}.
 *
 * <p>Whatever breaks the format's rules, a file cut short while it is mapped included, is reported
 * by {@link dev.purebpf.error.MalformedObjectException}.
 *
 * @see <a href="https://gabi.xinuos.com/">System V ABI: Object Files</a>
 */
public final class ElfFile implements AutoCloseable {
    /** {@code ET_REL}, a {@link #type()}: an object file. */
    public static final int RELOCATABLE = 1;

    /** {@code ET_EXEC}, a {@link #type()}: an executable at a fixed address. */
    public static final int EXECUTABLE = 2;

    /** {@code ET_DYN}, a {@link #type()}: a shared library or position-independent executable. */
    public static final int SHARED = 3;

    /** {@code EM_BPF}, a {@link #machine()}. */
    public static final int MACHINE_BPF = 247;

    /** {@code EM_X86_64}, a {@link #machine()}. */
    public static final int MACHINE_X86_64 = 62;

    /** {@code EM_AARCH64}, a {@link #machine()}. */
    public static final int MACHINE_AARCH64 = 183;

    // Names longer than these are an attack: overlapping ones make a small file expensive. The
    // kernel allows 511 bytes for what a BPF object can name, mangled C++ names go into the
    // thousands.
    private static final int BPF_SYMBOL_NAME_LIMIT = 1024;
    private static final int SYMBOL_NAME_LIMIT = ByteReader.MAX_STRING;

    private static final int RELATIVE_X86_64 = 8; // R_X86_64_RELATIVE
    private static final int RELATIVE_AARCH64 = 1027; // R_AARCH64_RELATIVE
    private static final int RELA_64 = 24; // sizeof(Elf64_Rela)
    private static final int RELOCATIONS_AT_ONCE = RELA_64 << 11;

    private final String name;
    private final FileContent content;
    private final ElfHeader header;
    private final List<Section> sections;
    private final List<Segment> segments;

    // Read when first asked for. Two threads may both do so; either result is as good.
    private volatile SymbolTable symbols;
    private volatile SymbolTable dynamicSymbols;
    private volatile SymbolVersions versions;

    private ElfFile(String name, FileContent content) {
        this.name = name;
        this.content = content;
        this.header = new ElfHeader(name, content);
        this.sections = header.sections(this);
        this.segments = header.segments();
    }

    private SymbolTable readSymbols(int tableType) {
        for (Section section : sections) {
            if (section.type() == tableType) {
                int entrySize = SymbolTable.entrySize(header.is64());
                requireEntrySize(section, entrySize);
                PagedReader entries = section.paged();
                requireWhole(section, entries.length(), entrySize);
                return new SymbolTable(
                        entries,
                        section(section.link()).paged(),
                        sectionIndexes(section),
                        header.is64(),
                        header.machine() == MACHINE_BPF
                                ? BPF_SYMBOL_NAME_LIMIT
                                : SYMBOL_NAME_LIMIT);
            }
        }
        return SymbolTable.EMPTY;
    }

    private ByteReader sectionIndexes(Section symbolTable) {
        for (Section section : sections) {
            if (section.type() == Section.SYMTAB_SHNDX && section.link() == symbolTable.index()) {
                return section.reader();
            }
        }
        return null;
    }

    private void requireEntrySize(Section section, int entrySize) {
        if (section.entrySize() != entrySize) {
            throw new MalformedObjectException(
                    name,
                    section.name(),
                    -1,
                    "its entries have "
                            + Long.toUnsignedString(section.entrySize())
                            + " bytes, not "
                            + entrySize);
        }
    }

    private void requireWhole(Section section, long length, int entrySize) {
        if (length % entrySize != 0 || length / entrySize > Integer.MAX_VALUE) {
            throw new MalformedObjectException(
                    name,
                    section.name(),
                    length,
                    "its size is not a multiple of the "
                            + entrySize
                            + " bytes of an entry, or there are too many");
        }
    }

    private ByteReader table(Section section, int entrySize) {
        requireEntrySize(section, entrySize);
        ByteReader entries = section.reader();
        requireWhole(section, entries.length(), entrySize);
        return entries;
    }

    private MalformedObjectException malformed(long offset, String problem) {
        return new MalformedObjectException(name, null, offset, problem);
    }

    /**
     * Maps a file and reads its headers.
     *
     * @param path the file
     * @return the open file, to be closed by the caller
     * @throws IOException if it cannot be opened or mapped
     * @throws dev.purebpf.error.MalformedObjectException if it is not an ELF file or its headers
     *     are damaged
     */
    public static ElfFile open(Path path) throws IOException {
        FileContent content = FileContent.Mapped.open(path);
        try {
            return new ElfFile(path.toString(), content);
        } catch (RuntimeException | Error e) {
            content.close();
            throw e;
        }
    }

    /**
     * Reads an ELF file that is in memory already.
     *
     * @param name the name for messages
     * @param bytes the file's content, not copied and not to be written any more
     * @return the file; closing it frees nothing
     * @throws dev.purebpf.error.MalformedObjectException if it is not an ELF file or its headers
     *     are damaged
     */
    public static ElfFile of(String name, byte[] bytes) {
        return new ElfFile(name, new FileContent.InMemory(name, bytes));
    }

    /** {@return the path or the name for messages} */
    public String name() {
        return name;
    }

    /** {@return whether it is of {@code ELFCLASS64}} */
    public boolean is64() {
        return header.is64();
    }

    /** {@return the byte order of its numbers} */
    public ByteOrder byteOrder() {
        return header.order();
    }

    /** {@return what it is: {@link #RELOCATABLE}, {@link #EXECUTABLE}, {@link #SHARED} …} */
    public int type() {
        return header.type();
    }

    /** {@return the machine it is for: {@link #MACHINE_BPF}, {@link #MACHINE_X86_64} …} */
    public int machine() {
        return header.machine();
    }

    /** {@return the virtual address where it starts; 0 in object files} */
    public long entryPoint() {
        return header.entryPoint();
    }

    /** {@return all sections in the order of their indexes, the null section 0 included} */
    public List<Section> sections() {
        return sections;
    }

    /**
     * {@return the section at an index}
     *
     * @param index the index, as symbols and headers give it
     * @throws dev.purebpf.error.MalformedObjectException if there is no such section
     */
    public Section section(int index) {
        if (index < 0 || index >= sections.size()) {
            throw malformed(
                    -1,
                    "there is no section "
                            + Integer.toUnsignedString(index)
                            + ", only "
                            + sections.size()
                            + " of them");
        }
        return sections.get(index);
    }

    /**
     * {@return the first section of a name}
     *
     * @param name the name, such as {@code .BTF}
     */
    public Optional<Section> section(String name) {
        for (Section section : sections) {
            if (section.type() != Section.NULL && section.name().equals(name)) {
                return Optional.of(section);
            }
        }
        return Optional.empty();
    }

    /** {@return all program headers; none in object files} */
    public List<Segment> segments() {
        return segments;
    }

    /**
     * {@return the symbols of {@code .symtab}, the undefined symbol 0 included; empty when there is
     * no such table}
     *
     * <p>The table is a list, random access, that decodes each symbol when it is asked for. Looking
     * up an index outside of it throws {@link IndexOutOfBoundsException}; for an index that a file
     * gives, use {@link #symbol(int)}.
     *
     * @throws dev.purebpf.error.MalformedObjectException if the table is damaged; also by the
     *     list's methods, for a single symbol
     */
    public SymbolTable symbols() {
        if (symbols == null) {
            symbols = readSymbols(Section.SYMTAB);
        }
        return symbols;
    }

    /** {@return the symbols of {@code .dynsym}, as {@link #symbols()}} */
    public SymbolTable dynamicSymbols() {
        if (dynamicSymbols == null) {
            dynamicSymbols = readSymbols(Section.DYNSYM);
        }
        return dynamicSymbols;
    }

    /**
     * {@return the versions of {@link #dynamicSymbols()}}
     *
     * @throws dev.purebpf.error.MalformedObjectException if a table is damaged
     */
    public SymbolVersions symbolVersions() {
        if (versions == null) {
            versions = SymbolVersions.of(this);
        }
        return versions;
    }

    /**
     * {@return where in the file the byte of a virtual address lies; empty if no segment takes it
     * from the file}
     *
     * @param address a virtual address, as symbols of executables and libraries give it
     */
    public OptionalLong fileOffset(long address) {
        for (Segment segment : segments) {
            long within = address - segment.address();
            if (segment.type() == Segment.LOAD
                    && Long.compareUnsigned(within, segment.fileSize()) < 0) {
                return OptionalLong.of(segment.offset() + within);
            }
        }
        return OptionalLong.empty();
    }

    /**
     * {@return a reader over what is in memory at an address when the program starts, before its
     * dynamic linker has changed anything; its offset 0 is that address, messages count from the
     * start of the section}
     *
     * @param address a virtual address, as symbols of executables and libraries give it
     * @param length how many bytes; all of them in one section
     * @throws dev.purebpf.error.MalformedObjectException if no section has these bytes
     */
    public ByteReader memory(long address, long length) {
        for (Section section : sections) {
            long within = address - section.address();
            if (section.has(Section.ALLOC)
                    && section.type() != Section.NOBITS
                    && Long.compareUnsigned(within, section.size()) < 0) {
                return reader(section, within, length);
            }
        }
        throw malformed(-1, "no section has the address 0x" + Long.toHexString(address));
    }

    /**
     * {@return the address that is in memory, as it is before the program is moved; what the
     * dynamic linker is to write there counts as written}
     *
     * @param at the virtual address where it is
     * @throws dev.purebpf.error.MalformedObjectException if no section has these bytes, or a table
     *     of relocations is damaged
     */
    public long pointer(long at) {
        OptionalLong relocated = relocated(at);
        if (relocated.isPresent()) {
            return relocated.getAsLong();
        }
        return header.is64() ? memory(at, 8).s64(0) : memory(at, 4).u32(0);
    }

    /**
     * {@return the address that the dynamic linker writes to memory, as it is before the program is
     * moved; empty if it writes none}
     *
     * @param at the virtual address to which it is written
     * @throws dev.purebpf.error.MalformedObjectException if a table of relocations is damaged
     */
    public OptionalLong relocated(long at) {
        int relative =
                switch (machine()) {
                    case MACHINE_X86_64 -> RELATIVE_X86_64;
                    case MACHINE_AARCH64 -> RELATIVE_AARCH64;
                    default -> -1;
                };
        for (Section section : sections) {
            if (header.is64() && section.type() == Section.RELA && section.has(Section.ALLOC)) {
                requireEntrySize(section, RELA_64);
                // A program of a hundred megabytes has a million of them.
                for (long from = 0; from < section.size(); from += RELOCATIONS_AT_ONCE) {
                    long size = Math.min(RELOCATIONS_AT_ONCE, section.size() - from);
                    ByteReader entries = reader(section, from, size);
                    for (long entry = 0; entry < size; entry += RELA_64) {
                        if (entries.s64(entry) == at && (int) entries.s64(entry + 8) == relative) {
                            return OptionalLong.of(entries.s64(entry + 16));
                        }
                    }
                }
            }
        }
        return OptionalLong.empty();
    }

    /**
     * {@return the notes of a section, in the order of the file}
     *
     * @param section a section of type {@link Section#NOTE}
     * @throws dev.purebpf.error.MalformedObjectException if the section is damaged
     * @throws IllegalArgumentException if it is a section of another type
     */
    public List<Note> notes(Section section) {
        if (section.type() != Section.NOTE) {
            throw new IllegalArgumentException(section + " holds no notes");
        }
        return Note.read(section.reader(), section.alignment() == 8 ? 8 : 4);
    }

    /**
     * {@return the build id, in hexadecimal digits: the same for a file and what was stripped from
     * it; empty if the linker wrote none}
     *
     * @throws dev.purebpf.error.MalformedObjectException if the notes are damaged
     */
    public Optional<String> buildId() {
        for (Section section : sections) {
            if (section.type() == Section.NOTE) {
                for (Note note : notes(section)) {
                    if (note.type() == Note.BUILD_ID && note.owner().equals("GNU")) {
                        ByteReader id = note.description();
                        return Optional.of(HexFormat.of().formatHex(id.bytes(0, id.length())));
                    }
                }
            }
        }
        return Optional.empty();
    }

    /**
     * {@return a symbol of {@code .symtab}, by an index from the file}
     *
     * @param index the index, as relocations give it
     * @throws dev.purebpf.error.MalformedObjectException if there is no such symbol
     */
    public Symbol symbol(int index) {
        List<Symbol> all = symbols();
        if (index < 0 || index >= all.size()) {
            throw malformed(
                    -1,
                    "there is no symbol "
                            + Integer.toUnsignedString(index)
                            + ", only "
                            + all.size()
                            + " of them");
        }
        return all.get(index);
    }

    /**
     * {@return the entries of a relocation section, in the order of the file}
     *
     * @param section a section of type {@link Section#REL} or {@link Section#RELA}
     * @throws dev.purebpf.error.MalformedObjectException if the table is damaged
     * @throws IllegalArgumentException if it is a section of another type
     */
    public List<Relocation> relocations(Section section) {
        boolean addends = section.type() == Section.RELA;
        if (!addends && section.type() != Section.REL) {
            throw new IllegalArgumentException(section + " holds no relocations");
        }
        int word = header.is64() ? 8 : 4;
        int entrySize = addends ? 3 * word : 2 * word;
        ByteReader entries = table(section, entrySize);
        var relocations = new ArrayList<Relocation>(entries.length() / entrySize);
        for (int at = 0; at < entries.length(); at += entrySize) {
            long offset = header.is64() ? entries.s64(at) : entries.u32(at);
            long info = header.is64() ? entries.s64(at + 8L) : entries.u32(at + 4L);
            long addend =
                    !addends ? 0 : header.is64() ? entries.s64(at + 16L) : entries.s32(at + 8L);
            relocations.add(
                    header.is64()
                            ? new Relocation(offset, (int) (info >>> 32), (int) info, addend)
                            : new Relocation(
                                    offset, (int) (info >>> 8), (int) info & 0xff, addend));
        }
        return List.copyOf(relocations);
    }

    /** {@return a reader over a copy of a part of a section} */
    ByteReader reader(Section section, long from, long length) {
        byte[] bytes = read(section, from, length);
        return ByteReader.of(name, section.name(), from, bytes, header.order());
    }

    /** Refuses a section whose bytes are not all in the file. */
    void requireBytes(Section section) {
        long offset = section.offset();
        long size = section.size();
        if (section.type() != Section.NOBITS
                && (offset < 0
                        || size < 0
                        || offset > content.size()
                        || size > content.size() - offset)) {
            throw new MalformedObjectException(
                    name,
                    section.name(),
                    -1,
                    "its "
                            + Long.toUnsignedString(size)
                            + " bytes from offset "
                            + Long.toUnsignedString(offset)
                            + " of the file are not there: the file has only "
                            + content.size()
                            + "; it is damaged or cut short");
        }
    }

    byte[] read(Section section, long from, long length) {
        return content.copy(place(section, from, length), length);
    }

    void read(Section section, long from, byte[] to, int length) {
        content.copy(place(section, from, length), to, length);
    }

    /** {@return where in the file a part of a section is, which is one of its} */
    private long place(Section section, long from, long length) {
        if (from < 0 || length < 0 || from > section.size() || length > section.size() - from) {
            throw new MalformedObjectException(
                    name,
                    section.name(),
                    from < 0 ? -1 : from,
                    Long.toUnsignedString(length)
                            + " bytes are needed from here, but the section has only "
                            + Long.toUnsignedString(section.size()));
        }
        if (section.type() == Section.NOBITS) {
            throw new MalformedObjectException(
                    name,
                    section.name(),
                    from,
                    "the section has no bytes in the file (SHT_NOBITS)");
        }
        if (section.offset() < 0 || section.offset() > content.size() - from) {
            throw new MalformedObjectException(
                    name,
                    section.name(),
                    from,
                    "the section begins at offset "
                            + Long.toUnsignedString(section.offset())
                            + " of the file, which has only "
                            + content.size()
                            + " bytes; it is damaged or cut short");
        }
        return section.offset() + from;
    }

    /** Unmaps the file. Closing twice does nothing. */
    @Override
    public void close() {
        content.close();
    }
}
