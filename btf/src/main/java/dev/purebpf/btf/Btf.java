package dev.purebpf.btf;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.NearestNames;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.ObjIntConsumer;

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

    // What reading may cost: no kernel's BTF comes near it.
    private static final int MAX_FILE_SIZE = 256 << 20;
    private static final byte[] ELF_MAGIC = {0x7f, 'E', 'L', 'F'};

    /**
     * The most bytes of a name. The kernel allows 511; a limit keeps overlapping names of hostile
     * files cheap.
     */
    public static final int NAME_LIMIT = 1024;

    private final String origin;
    private final byte[] bytes;
    private final BtfHeader header;
    private final BtfRecords.Source source;
    private final Btf base;
    private final int firstId;
    private final int firstString;
    private final int pointerSize;

    // All records in the host's byte order, and where each begins. From an array it takes 7 ms to
    // index the 126,000 types of a kernel, through a MemorySegment it would take 25.
    private final int[] words;
    private final BtfRecords records;
    private final int[] offsets;

    private Btf(String origin, byte[] bytes, Btf base) {
        this.origin = origin;
        this.bytes = bytes;
        this.base = base;
        header = BtfHeader.read(origin, bytes, base != null);
        if (base != null && base.header.order() != header.order()) {
            throw new MalformedObjectException(
                    origin, ".BTF", 0, "its byte order is not that of its base " + base.origin);
        }
        source =
                new BtfRecords.Source(ByteReader.of(origin, ".BTF", bytes, header.order()), header);
        firstId = base == null ? 1 : base.typeCount();
        firstString = base == null ? 0 : base.endOfStrings();
        if (firstString + (long) header.stringsLength() > Integer.MAX_VALUE) {
            throw new MalformedObjectException(
                    origin, ".BTF", 20, "with those of the base it has too many strings");
        }
        words = new int[header.typesLength() / 4];
        ByteBuffer.wrap(bytes, header.typesOffset(), header.typesLength())
                .order(header.order())
                .asIntBuffer()
                .get(words);
        records = BtfRecords.index(words, source);
        offsets = records.offsets();
        pointerSize = base != null ? base.pointerSize : TypeLayout.pointerSize(this);
    }

    int endOfStrings() {
        return firstString + header.stringsLength();
    }

    /** {@return the part of these types that holds an id} */
    private Btf owner(int id) {
        Btf owner = this;
        while (id < owner.firstId) {
            owner = owner.base;
        }
        return owner;
    }

    /**
     * {@return a word of the record of a type; the id is checked, the number within the record is
     * known to be right}
     */
    int word(int id, int index) {
        Btf owner = owner(id);
        return owner.words[owner.offsets[id - owner.firstId] + index];
    }

    /**
     * {@return the first type of a kind that is not the base's, or {@link #typeCount()} if there is
     * none}
     */
    int first(BtfKind kind) {
        return firstId + records.first(kind.ordinal());
    }

    /**
     * {@return the next type of the same kind, or {@link #typeCount()} if there is none}
     *
     * @param id one that is not the base's
     */
    int following(int id) {
        return firstId + records.next()[id - firstId];
    }

    private int length(int id) {
        Btf owner = owner(id);
        int index = id - owner.firstId;
        int end = index + 1 < owner.offsets.length ? owner.offsets[index + 1] : owner.words.length;
        return end - owner.offsets[index];
    }

    BtfHeader header() {
        return header;
    }

    int firstString() {
        return firstString;
    }

    /** {@return a copy of some bytes of the file} */
    byte[] part(int offset, int length) {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }

    /** {@return a copy of the raw record of a type} */
    int[] record(int id) {
        Btf owner = owner(id);
        int from = owner.offsets[id - owner.firstId];
        return Arrays.copyOfRange(owner.words, from, from + owner.length(id));
    }

    /** {@return where the record of a type begins in .BTF, in bytes} */
    long position(int id) {
        Btf owner = owner(id);
        return owner.header.typesOffset()
                + (long) owner.offsets[id - owner.firstId] * Integer.BYTES;
    }

    /** Tells all strings, those of the base first, each with its offset. */
    void forEachString(ObjIntConsumer<String> consumer) {
        if (base != null) {
            base.forEachString(consumer);
        }
        int end = header.stringsOffset() + header.stringsLength();
        for (int from = header.stringsOffset(), to; from < end; from = to + 1) {
            to = from;
            while (bytes[to] != 0) {
                to++;
            }
            consumer.accept(
                    new String(bytes, from, to - from, StandardCharsets.UTF_8),
                    firstString + from - header.stringsOffset());
        }
    }

    /** {@return an exception that blames a word of a type's record} */
    MalformedObjectException malformed(int id, int index, String problem) {
        if (id == 0) {
            return new MalformedObjectException(origin, ".BTF", -1, "type 0: " + problem);
        }
        Btf owner = owner(id);
        return owner.source.malformed(
                owner.offsets[id - owner.firstId] + index, "type " + id + ": " + problem);
    }

    /** {@return an id that a record refers to, checked} */
    int reference(int id, int index) {
        int target = word(id, index);
        if (target < 0 || target >= typeCount()) {
            throw malformed(
                    id,
                    index,
                    "it refers to type "
                            + Integer.toUnsignedString(target)
                            + ", but there are only "
                            + typeCount());
        }
        return target;
    }

    /** {@return the name that a word of a type's record refers to} */
    String nameAt(int id, int index) {
        int offset = word(id, index);
        return offset == 0 ? "" : string(offset, NAME_LIMIT);
    }

    private String string(int offset, int limit) {
        Btf owner = this;
        while (Integer.compareUnsigned(offset, owner.firstString) < 0) {
            owner = owner.base;
        }
        long at = (offset & 0xffff_ffffL) - owner.firstString;
        if (at >= owner.header.stringsLength()) {
            throw new MalformedObjectException(
                    origin,
                    ".BTF",
                    -1,
                    "there is no string at offset "
                            + Integer.toUnsignedString(offset)
                            + ", strings end at "
                            + owner.endOfStrings());
        }
        return owner.source.reader().string(owner.header.stringsOffset() + at, limit);
    }

    /**
     * {@return whether the string at an offset is, or begins with, the wanted one; false outside of
     * the strings}
     */
    private boolean matches(int offset, byte[] wanted, boolean whole) {
        Btf owner = this;
        while (Integer.compareUnsigned(offset, owner.firstString) < 0) {
            owner = owner.base;
        }
        long at = (offset & 0xffff_ffffL) - owner.firstString;
        int length = wanted.length;
        // Strings end with a zero byte: a shorter string differs from the wanted one there.
        if (at + length >= owner.header.stringsLength()) {
            return false;
        }
        int from = owner.header.stringsOffset() + (int) at;
        byte[] all = owner.bytes;
        for (int i = 0; i < length; i++) {
            if (all[from + i] != wanted[i]) {
                return false;
            }
        }
        return !whole || all[from + length] == 0;
    }

    /** {@return the bits of some kinds, by their order; all when there are none} */
    private static int mask(BtfKind[] kinds) {
        int mask = 0;
        for (BtfKind kind : kinds) {
            mask |= 1 << kind.ordinal();
        }
        return mask == 0 ? -1 : mask;
    }

    private int skip(int id, boolean typedefs) {
        int at = Objects.checkIndex(id, typeCount());
        for (int depth = 0; depth <= MAX_DEPTH; depth++) {
            boolean more =
                    switch (kind(at)) {
                        case VOLATILE, CONST, RESTRICT, TYPE_TAG -> true;
                        case TYPEDEF -> typedefs;
                        default -> false;
                    };
            if (!more) {
                return at;
            }
            at = reference(at, 2);
        }
        throw malformed(id, 2, "it leads through more than " + MAX_DEPTH + " other types");
    }

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
        return new Btf(origin, bytes, null);
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
        return new Btf(origin, bytes, Objects.requireNonNull(base));
    }

    /**
     * {@return the types in the {@code .BTF} section of an ELF file, if it has one}
     *
     * @param elf the file, not needed any more afterwards
     * @throws dev.purebpf.error.MalformedObjectException if they are damaged
     */
    public static Optional<Btf> ofElf(ElfFile elf) {
        return elf.section(".BTF").map(section -> parse(elf.name(), section.bytes()));
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
        String name = path.toString();
        try (InputStream file = Files.newInputStream(path)) {
            byte[] start = file.readNBytes(4);
            if (Arrays.equals(start, ELF_MAGIC)) {
                try (ElfFile elf = ElfFile.open(path)) {
                    return ofElf(elf)
                            .orElseThrow(
                                    () ->
                                            new MalformedObjectException(
                                                    name,
                                                    null,
                                                    -1,
                                                    "the ELF file has no .BTF section; was it"
                                                            + " compiled with -g for BPF, or is"
                                                            + " it stripped?"));
                }
            }
            // Files of sysfs may not tell their size; a device may have no end.
            byte[] rest = file.readNBytes(MAX_FILE_SIZE);
            if (rest.length == MAX_FILE_SIZE) {
                throw new MalformedObjectException(
                        name, null, MAX_FILE_SIZE, "too large for BTF; is it the right file?");
            }
            byte[] bytes = Arrays.copyOf(start, start.length + rest.length);
            System.arraycopy(rest, 0, bytes, start.length, rest.length);
            return parse(name, bytes);
        }
    }

    /** {@return the file's name for messages} */
    public String origin() {
        return origin;
    }

    /** {@return a copy of the bytes that it was read from, without those of the base} */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** {@return the types that these continue, for split BTF} */
    public Optional<Btf> base() {
        return Optional.ofNullable(base);
    }

    /** {@return the byte order of the file, which is also that of the machine it describes} */
    public ByteOrder byteOrder() {
        return header.order();
    }

    /**
     * {@return the number of types, {@code void} and those of the base included: ids run from 0 to
     * this minus one}
     */
    public int typeCount() {
        return firstId + offsets.length;
    }

    /**
     * {@return the first id that is not the base's: 1, or for split BTF the base's {@link
     * #typeCount()}}
     */
    public int firstId() {
        return firstId;
    }

    /**
     * {@return a type, decoded}
     *
     * @param id its id; 0 gives {@link BtfType.Void}
     * @throws dev.purebpf.error.MalformedObjectException if its record is damaged or of an unknown
     *     kind
     */
    public BtfType type(int id) {
        Objects.checkIndex(id, typeCount());
        return id == 0 ? new BtfType.Void() : BtfDecoder.decode(this, id);
    }

    /**
     * {@return the kind of a type, without decoding it}
     *
     * @param id its id
     */
    public BtfKind kind(int id) {
        return id == 0
                ? BtfKind.VOID
                : BtfKind.ofNumber(BtfRecords.kind(word(Objects.checkIndex(id, typeCount()), 1)));
    }

    /**
     * {@return the name of a type; empty when it has none}
     *
     * @param id its id
     * @throws dev.purebpf.error.MalformedObjectException if the name lies outside the strings or is
     *     unreasonably long
     */
    public String name(int id) {
        return switch (kind(id)) {
            case VOID -> "";
            // What stands in an attribute is no name, and may be long.
            case DECL_TAG, TYPE_TAG -> string(word(id, 0));
            default -> nameAt(id, 0);
        };
    }

    /**
     * Copies the name of a type in UTF-8; allocates nothing.
     *
     * @param id its id
     * @param into where to, at least {@link #NAME_LIMIT} bytes
     * @return how many bytes the name has; 0 when it has none
     * @throws dev.purebpf.error.MalformedObjectException as {@link #name}
     */
    public int copyName(int id, byte[] into) {
        int offset = Objects.checkIndex(id, typeCount()) == 0 ? 0 : word(id, 0);
        if (offset == 0) {
            return 0;
        }
        Btf owner = this;
        while (Integer.compareUnsigned(offset, owner.firstString) < 0) {
            owner = owner.base;
        }
        long from = owner.header.stringsOffset() + (offset & 0xffff_ffffL) - owner.firstString;
        int end = owner.header.stringsOffset() + owner.header.stringsLength();
        for (int length = 0; length < NAME_LIMIT && from + length < end; length++) {
            byte character = owner.bytes[(int) from + length];
            if (character == 0) {
                return length;
            }
            into[length] = character;
        }
        // Outside of the strings or too long: the reader says which.
        return string(offset, NAME_LIMIT).length();
    }

    /**
     * {@return whether a type has exactly this name; allocates nothing}
     *
     * @param id its id
     * @param name the name in UTF-8, without a zero byte at the end
     */
    public boolean nameEquals(int id, byte[] name) {
        Objects.checkIndex(id, typeCount());
        return id == 0 ? name.length == 0 : matches(word(id, 0), name, true);
    }

    /**
     * {@return whether a type's name begins with this; allocates nothing}
     *
     * @param id its id
     * @param prefix the beginning in UTF-8
     */
    public boolean nameStartsWith(int id, byte[] prefix) {
        Objects.checkIndex(id, typeCount());
        return id == 0 ? prefix.length == 0 : matches(word(id, 0), prefix, false);
    }

    /**
     * {@return the id of the first type of this name, or −1 when there is none}
     *
     * <p>Ids are tried in ascending order, so that those of the base come first, as in libbpf.
     *
     * @param name the name
     * @param kinds which kinds count; all when empty
     */
    public int find(String name, BtfKind... kinds) {
        return findNext(1, name.getBytes(StandardCharsets.UTF_8), mask(kinds), true);
    }

    /**
     * {@return the ids of all types of this name, ascending, those of the base included}
     *
     * @param name the name
     * @param kinds which kinds count; all when empty
     */
    public int[] findAll(String name, BtfKind... kinds) {
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        int mask = mask(kinds);
        int[] found = new int[4];
        int size = 0;
        for (int id = 1; (id = findNext(id, wanted, mask, true)) >= 0; id++) {
            if (size == found.length) {
                found = Arrays.copyOf(found, 2 * size);
            }
            found[size++] = id;
        }
        return Arrays.copyOf(found, size);
    }

    /**
     * {@return the next type of some kinds whose name begins with a prefix, or −1 when there is no
     * other; allocates nothing}
     *
     * <p>For searches through all types of a kernel while a program starts: one loop over the raw
     * records.
     *
     * @param from the first id that counts
     * @param prefix the beginning of the name in UTF-8
     * @param kinds which kinds count; {@link BtfKind#UNKNOWN} finds none
     */
    public int findNext(int from, byte[] prefix, Set<BtfKind> kinds) {
        int mask = 0;
        for (BtfKind kind : kinds) {
            mask |= kind == BtfKind.UNKNOWN ? 0 : 1 << kind.ordinal();
        }
        return findNext(from, prefix, mask, false);
    }

    /**
     * {@return the next type of some kinds whose name is, or begins with, the wanted one} The
     * innermost loop of each start, which Java interprets while it is new to it; hence there are
     * few calls in it.
     */
    private int findNext(int from, byte[] wanted, int mask, boolean whole) {
        if (from < firstId && base != null) {
            int found = base.findNext(from, wanted, mask, whole);
            if (found >= 0) {
                return found;
            }
        }
        if (mask == 0) {
            return -1;
        }
        int[] all = words;
        int[] starts = offsets;
        int[] following = records.next();
        byte[] text = bytes;
        int unknown = BtfKind.UNKNOWN.ordinal();
        int begin = header.stringsOffset();
        int end = wanted.length == 0 ? begin : begin + header.stringsLength();
        int origin = begin - firstString;
        int initial = wanted.length == 0 ? 0 : wanted[0];
        // Of one kind only its records are looked at: of a kernel's types one in ten is a
        // structure.
        boolean ofOneKind = (mask & mask - 1) == 0;
        int i = Math.max(from - firstId, 0);
        if (ofOneKind) {
            i = Math.max(i, records.first(Integer.numberOfTrailingZeros(mask)));
        }
        while (i < starts.length) {
            int start = starts[i];
            int kind = all[start + 1] >>> 24 & 0x7f;
            if ((mask >>> (kind < unknown ? kind : unknown) & 1) == 0) {
                i++;
                continue;
            }
            int offset = all[start];
            int at = origin + offset;
            // Most names differ in their first byte.
            if ((at < begin || at >= end || text[at] == initial)
                    && matches(offset, wanted, whole)) {
                return firstId + i;
            }
            i = ofOneKind ? following[i] : i + 1;
        }
        return -1;
    }

    /**
     * Adds the names of all types of a kind, those of the base included, to what may be near to
     * another name. Those that are damaged are left out.
     *
     * @param kind the kind, which is not {@link BtfKind#UNKNOWN}
     * @param near what collects them
     */
    public void addNames(BtfKind kind, NearestNames near) {
        if (base != null) {
            base.addNames(kind, near);
        }
        int[] following = records.next();
        for (int i = records.first(kind.ordinal()); i < offsets.length; i = following[i]) {
            addName(words[offsets[i]], near);
        }
    }

    private void addName(int offset, NearestNames near) {
        Btf owner = this;
        while (Integer.compareUnsigned(offset, owner.firstString) < 0) {
            owner = owner.base;
        }
        long at = (offset & 0xffff_ffffL) - owner.firstString;
        if (offset != 0 && at < owner.header.stringsLength()) {
            int from = owner.header.stringsOffset() + (int) at;
            int to = from;
            int end = owner.header.stringsOffset() + owner.header.stringsLength();
            while (to < end && owner.bytes[to] != 0 && to - from <= NAME_LIMIT) {
                to++;
            }
            near.add(owner.bytes, from, to);
        }
    }

    /**
     * {@return a string}
     *
     * @param offset its byte offset in the string section; for split BTF those of the base come
     *     first
     * @throws dev.purebpf.error.MalformedObjectException if it lies outside or is unreasonably long
     */
    public String string(int offset) {
        return string(offset, ByteReader.MAX_STRING);
    }

    /** {@return the size of a pointer in bytes, 8 unless a type {@code long} says otherwise} */
    public int pointerSize() {
        return pointerSize;
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
        return skip(id, false);
    }

    /**
     * {@return the id of the type behind modifiers and typedefs; 0 for {@code void}}
     *
     * @param id the id to begin with
     * @throws dev.purebpf.error.MalformedObjectException if there are more than {@link #MAX_DEPTH}
     *     of them
     */
    public int skipModifiersAndTypedefs(int id) {
        return skip(id, true);
    }

    /**
     * {@return the size of a type in bytes}
     *
     * @param id its id
     * @throws dev.purebpf.error.MalformedObjectException if it has no size, as {@code void} and
     *     functions, is endless, or does not fit into 32 bits
     */
    public long size(int id) {
        return TypeLayout.size(this, Objects.checkIndex(id, typeCount()));
    }

    /**
     * {@return the alignment of a type in bytes; 1 for packed structs}
     *
     * <p>BTF does not tell alignments: this is what the members ask for, at most that of a pointer.
     *
     * @param id its id
     * @throws dev.purebpf.error.MalformedObjectException if it has none, as {@code void} and
     *     functions, or contains itself
     */
    public int alignment(int id) {
        return new TypeLayout(this).alignment(Objects.checkIndex(id, typeCount()));
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
        return FieldPath.find(this, Objects.checkIndex(id, typeCount()), path);
    }

    /**
     * {@return these types with sizes and offsets of data sections as the ELF file has them}
     *
     * <p>Compilers write 0 for both; only the sections and symbols know. Entries become sorted by
     * offset. One whose variable is in another section than the types say, as clang before 16 may
     * have it, moves there: to the type of that section, which is the last if there was none. A
     * section that so loses all its variables becomes an empty struct. Ids and string offsets stay
     * the same.
     *
     * @param elf the object that these types belong to
     * @throws dev.purebpf.error.MalformedObjectException if a variable has no symbol, or a section
     *     is missing
     */
    public Btf withDataSections(ElfFile elf) {
        return DataSectionLayout.complete(this, elf);
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
        return BtfRewrite.fitTo(this, features);
    }
}
