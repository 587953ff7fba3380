package dev.purebpf.elf;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

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

    private ElfFile() {}

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
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
    }

    /** {@return the path or the name for messages} */
    public String name() {
        throw new UnsupportedOperationException();
    }

    /** {@return whether it is of {@code ELFCLASS64}} */
    public boolean is64() {
        throw new UnsupportedOperationException();
    }

    /** {@return the byte order of its numbers} */
    public ByteOrder byteOrder() {
        throw new UnsupportedOperationException();
    }

    /** {@return what it is: {@link #RELOCATABLE}, {@link #EXECUTABLE}, {@link #SHARED} …} */
    public int type() {
        throw new UnsupportedOperationException();
    }

    /** {@return the machine it is for: {@link #MACHINE_BPF}, {@link #MACHINE_X86_64} …} */
    public int machine() {
        throw new UnsupportedOperationException();
    }

    /** {@return the virtual address where it starts; 0 in object files} */
    public long entryPoint() {
        throw new UnsupportedOperationException();
    }

    /** {@return all sections in the order of their indexes, the null section 0 included} */
    public List<Section> sections() {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the section at an index}
     *
     * @param index the index, as symbols and headers give it
     * @throws dev.purebpf.error.MalformedObjectException if there is no such section
     */
    public Section section(int index) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the first section of a name}
     *
     * @param name the name, such as {@code .BTF}
     */
    public Optional<Section> section(String name) {
        throw new UnsupportedOperationException();
    }

    /** {@return all program headers; none in object files} */
    public List<Segment> segments() {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the symbols of {@code .symtab}, the undefined symbol 0 included; empty when there is
     * no such table}
     *
     * <p>The list is random access and decodes each symbol when it is asked for. Looking up an
     * index outside of it throws {@link IndexOutOfBoundsException}; for an index that a file gives,
     * use {@link #symbol(int)}.
     *
     * @throws dev.purebpf.error.MalformedObjectException if the table is damaged; also by the
     *     list's methods, for a single symbol
     */
    public List<Symbol> symbols() {
        throw new UnsupportedOperationException();
    }

    /** {@return the symbols of {@code .dynsym}, as {@link #symbols()}} */
    public List<Symbol> dynamicSymbols() {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return a symbol of {@code .symtab}, by an index from the file}
     *
     * @param index the index, as relocations give it
     * @throws dev.purebpf.error.MalformedObjectException if there is no such symbol
     */
    public Symbol symbol(int index) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the entries of a relocation section, in the order of the file}
     *
     * @param section a section of type {@link Section#REL} or {@link Section#RELA}
     * @throws dev.purebpf.error.MalformedObjectException if the table is damaged
     * @throws IllegalArgumentException if it is a section of another type
     */
    public List<Relocation> relocations(Section section) {
        throw new UnsupportedOperationException();
    }

    byte[] read(Section section, long from, long length) {
        throw new UnsupportedOperationException();
    }

    /** Unmaps the file. Closing twice does nothing. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
