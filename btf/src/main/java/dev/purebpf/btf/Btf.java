package dev.purebpf.btf;

import dev.purebpf.elf.ElfFile;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * A set of types in the BPF Type Format: of an object, of the kernel, or of one of its modules.
 *
 * <p>Types have ids from 1 on; id 0 is {@code void}. Split BTF, as modules have it, continues the
 * ids and strings of its base: all methods here know the base's types too. Ids outside {@code 0 …
 * typeCount() − 1} in arguments give {@link IndexOutOfBoundsException}; ids that come from the file
 * itself are checked where they are decoded and give {@link
 * dev.purebpf.error.MalformedObjectException}.
 *
 * <p>Immutable and safe to share between threads. Parsing makes an index of offsets and no objects;
 * a type is decoded each time that {@link #type(int)} asks for it, and searches walk the raw
 * records.
 *
 * @see <a href="https://docs.kernel.org/bpf/btf.html">BPF Type Format</a>
 */
public final class Btf {
    /** The most modifiers, typedefs or arrays that are followed before a type counts as endless. */
    public static final int MAX_DEPTH = 32;

    private Btf() {}

    /**
     * Reads BTF that stands on its own. Its byte order is told by its first two bytes.
     *
     * @param origin the file's name for messages
     * @param bytes the content of a {@code .BTF} section or of {@code /sys/kernel/btf/vmlinux}; not
     *     copied and not to be written any more
     * @return the types
     * @throws dev.purebpf.error.MalformedObjectException if it is damaged
     */
    public static Btf parse(String origin, byte[] bytes) {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads split BTF: types that continue those of a base, as kernel modules have them.
     *
     * @param origin the file's name for messages
     * @param bytes the content, such as that of {@code /sys/kernel/btf/nf_tables}; not copied
     * @param base the types it continues, usually the kernel's
     * @return the types of both
     * @throws dev.purebpf.error.MalformedObjectException if it is damaged
     */
    public static Btf parseSplit(String origin, byte[] bytes, Btf base) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the types in the {@code .BTF} section of an ELF file, if it has one}
     *
     * @param elf the file, not needed any more afterwards
     * @throws dev.purebpf.error.MalformedObjectException if they are damaged
     */
    public static Optional<Btf> ofElf(ElfFile elf) {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads a file that is BTF or an ELF file with a {@code .BTF} section, whichever it is.
     *
     * @param path the file
     * @return its types
     * @throws IOException if it cannot be read
     * @throws dev.purebpf.error.MalformedObjectException if it is neither, or damaged
     */
    public static Btf open(Path path) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** {@return the file's name for messages} */
    public String origin() {
        throw new UnsupportedOperationException();
    }

    /** {@return a copy of the bytes that it was read from, without those of the base} */
    public byte[] bytes() {
        throw new UnsupportedOperationException();
    }

    /** {@return the types that these continue, for split BTF} */
    public Optional<Btf> base() {
        throw new UnsupportedOperationException();
    }

    /** {@return the byte order of the file, which is also that of the machine it describes} */
    public ByteOrder byteOrder() {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the number of types, {@code void} and those of the base included: ids run from 0 to
     * this minus one}
     */
    public int typeCount() {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the first id that is not the base's: 1, or for split BTF the base's {@link
     * #typeCount()}}
     */
    public int firstId() {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return a type, decoded}
     *
     * @param id its id; 0 gives {@link BtfType.Void}
     * @throws dev.purebpf.error.MalformedObjectException if its record is damaged or of an unknown
     *     kind
     */
    public BtfType type(int id) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the kind of a type, without decoding it}
     *
     * @param id its id
     */
    public BtfKind kind(int id) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the name of a type; empty when it has none}
     *
     * @param id its id
     * @throws dev.purebpf.error.MalformedObjectException if the name lies outside the strings
     */
    public String name(int id) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return whether a type has exactly this name; allocates nothing}
     *
     * @param id its id
     * @param name the name in UTF-8, without a zero byte at the end
     */
    public boolean nameEquals(int id, byte[] name) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return whether a type's name begins with this; allocates nothing}
     *
     * @param id its id
     * @param prefix the beginning in UTF-8
     */
    public boolean nameStartsWith(int id, byte[] prefix) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the id of the first type of this name, own types before those of the base, or −1
     * when there is none}
     *
     * @param name the name
     * @param kinds which kinds count; all when empty
     */
    public int find(String name, BtfKind... kinds) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the ids of all types of this name, ascending, those of the base included}
     *
     * @param name the name
     * @param kinds which kinds count; all when empty
     */
    public int[] findAll(String name, BtfKind... kinds) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return a string}
     *
     * @param offset its byte offset in the string section; for split BTF those of the base come
     *     first
     * @throws dev.purebpf.error.MalformedObjectException if it lies outside or is unreasonably long
     */
    public String string(int offset) {
        throw new UnsupportedOperationException();
    }

    /** {@return the size of a pointer in bytes, 8 unless a type {@code long} says otherwise} */
    public int pointerSize() {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the id of the type behind {@code const}, {@code volatile}, {@code restrict} and type
     * tags; 0 for {@code void}}
     *
     * @param id the id to begin with
     * @throws dev.purebpf.error.MalformedObjectException if there are more than {@link #MAX_DEPTH}
     *     of them
     */
    public int skipModifiers(int id) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the id of the type behind modifiers and typedefs; 0 for {@code void}}
     *
     * @param id the id to begin with
     * @throws dev.purebpf.error.MalformedObjectException if there are more than {@link #MAX_DEPTH}
     *     of them
     */
    public int skipModifiersAndTypedefs(int id) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the size of a type in bytes}
     *
     * @param id its id
     * @throws dev.purebpf.error.MalformedObjectException if it is endless, or too large to be real
     * @throws IllegalArgumentException if types of its kind have no size, as {@code void} and
     *     functions
     */
    public long size(int id) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the alignment of a type in bytes, as the C compiler would give it; 1 for packed
     * structs}
     *
     * @param id its id
     * @throws dev.purebpf.error.MalformedObjectException if it is endless
     * @throws IllegalArgumentException if types of its kind have no alignment
     */
    public int alignment(int id) {
        throw new UnsupportedOperationException();
    }

    /**
     * Finds a field by its path: names joined by dots, array indexes in brackets, as {@code
     * thread_info.flags} or {@code comm[0]}. Members of anonymous structs and unions are found as C
     * finds them.
     *
     * @param id the id of a struct or union, or of a typedef or qualified form of one
     * @param path the path
     * @return the field
     * @throws dev.purebpf.error.MalformedObjectException if the types on the way are damaged
     * @throws IllegalArgumentException if there is no such field; the message names the part that
     *     is missing
     */
    public Field field(int id, String path) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return these types with sizes and offsets of data sections as the ELF file has them}
     *
     * <p>Compilers write 0 for both; only the sections and symbols know. Entries become sorted by
     * offset. Ids and string offsets stay the same.
     *
     * @param elf the object that these types belong to
     * @throws dev.purebpf.error.MalformedObjectException if a variable has no symbol, or a section
     *     is missing
     */
    public Btf withDataSections(ElfFile elf) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return these types in a form that an older kernel accepts}
     *
     * <p>What it does not know is replaced by the nearest thing it does. Ids and string offsets
     * stay the same, so that relocations and line records still fit.
     *
     * @param features what the kernel accepts
     */
    public Btf fitTo(Set<BtfFeature> features) {
        throw new UnsupportedOperationException();
    }
}
