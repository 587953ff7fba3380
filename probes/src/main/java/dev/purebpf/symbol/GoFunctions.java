package dev.purebpf.symbol;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.PagedReader;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * The functions of a Go program, from the table that Go's runtime needs for its stack traces:
 * {@code .gopclntab}, which remains when all symbols are stripped.
 *
 * <pre>
 * header     magic u32, 0, 0, smallest instruction u8, pointer size u8, then pointer-sized words:
 *              Go 1.2   functions; their table follows at once
 *              Go 1.16  functions, files, offsets of names, units, files, values and functions
 *              Go 1.18  functions, files, address of the code, offsets as in 1.16
 *              Go 1.20  as 1.18
 * functions  for each, ascending, where it begins and the offset of its record; then where the last
 *            one ends. Pointer-sized addresses; since Go 1.18 u32, counted from the begin of the code
 * record     where it begins, as above; s32 offset of its name; s32 size of its arguments on the
 *            stack; what stack traces need; the kind of function u8 and, since Go 1.18, flags u8
 * </pre>
 *
 * <p>Functions that the compiler inlined everywhere are not in it. Nothing is decoded before it is
 * asked for, so the file has to stay open. Immutable; all methods may be called by any thread, and
 * throw {@link MalformedObjectException} where the table is damaged.
 *
 * @see <a href="https://go.dev/s/go12symtab">Go 1.2 Runtime Symbol Information</a>; for later
 *     versions {@code pcHeader} in Go's {@code src/runtime/symtab.go}
 */
public final class GoFunctions {
    private static final int GO_1_2 = 0xffff_fffb;
    private static final int GO_1_16 = 0xffff_fffa;
    private static final int GO_1_18 = 0xffff_fff0;
    private static final int GO_1_20 = 0xffff_fff1;

    /** What a record has between the place and the kind of function; since Go 1.20 a line, too. */
    private static final int BEFORE_KIND = 8 * Integer.BYTES;

    /** The flag of what is written in assembly. */
    private static final int ASSEMBLY = 4;

    private static final int LONGEST_NAME = 1 << 16;

    /** Magic number, padding and sizes: what all versions have in common. */
    private static final int PREFIX = 8;

    /** The longest header. */
    private static final int HEADER = PREFIX + 8 * Long.BYTES;

    /** Where Go's linker puts the table, in a position-independent program the second. */
    private static final List<String> OWN = List.of(".gopclntab", ".data.rel.ro.gopclntab");

    /** Where a C linker puts it, among other things. */
    private static final List<String> SHARED = List.of(".data.rel.ro", ".rodata");

    /** The beginning of the program's entry: {@code _rt0_amd64_linux}. */
    private static final String ENTRY = "_rt0_";

    /** The symbol where the code begins. */
    private static final String CODE = "runtime.text";

    private final PagedReader names;

    /** How many bytes of {@link #names} are nothing but names, 0 if that is not known. */
    private final long namesSize;

    /** Records are found by offsets from here. */
    private final PagedReader records;

    private final PagedReader functions;
    private final int count;

    /** How many bytes a place or an offset has in {@link #functions}. */
    private final int width;

    /** Where in a record the kind of function is, 0 if there is none. */
    private final int kind;

    /** What is added to the places of functions. */
    private final long code;

    private GoFunctions(
            PagedReader names,
            long namesSize,
            PagedReader records,
            PagedReader functions,
            int count,
            int width,
            int kind,
            long code) {
        this.names = names;
        this.namesSize = namesSize;
        this.records = records;
        this.functions = functions;
        this.count = count;
        this.width = width;
        this.kind = kind;
        this.code = code;
    }

    /**
     * One function.
     *
     * @param name its full name, such as {@code net/http.(*conn).serve}
     * @param address the virtual address of its first instruction, as the file gives it
     * @param size how many bytes there are up to the next function, padding included
     */
    public record Function(String name, long address, long size) {}

    /**
     * {@return the functions of a Go program; empty if the file is none, or does not say where its
     * code begins}
     *
     * @param file an executable or a shared library
     * @throws MalformedObjectException if the table is damaged
     */
    public static Optional<GoFunctions> of(ElfFile file) {
        for (String name : OWN) {
            Optional<Section> section = file.section(name);
            if (section.isPresent() && section.get().type() == Section.PROGBITS) {
                return at(file, section.get(), section.get().paged());
            }
        }
        for (String name : SHARED) {
            Optional<Section> section = file.section(name);
            if (section.isPresent() && section.get().type() == Section.PROGBITS) {
                PagedReader bytes = section.get().paged();
                OptionalLong offset = search(bytes);
                if (offset.isPresent()) {
                    return at(file, section.get(), rest(bytes, offset.getAsLong()));
                }
            }
        }
        return Optional.empty();
    }

    private static OptionalLong search(PagedReader bytes) {
        for (long offset = 0; offset + HEADER <= bytes.length(); offset += Long.BYTES) {
            if (isHeader(bytes, offset)) {
                return OptionalLong.of(offset);
            }
        }
        return OptionalLong.empty();
    }

    private static boolean isHeader(PagedReader bytes, long offset) {
        boolean knownVersion =
                switch (bytes.s32(offset)) {
                    case GO_1_2, GO_1_16, GO_1_18, GO_1_20 -> true;
                    default -> false;
                };
        int smallest = bytes.u8(offset + 6);
        int pointer = bytes.u8(offset + 7);
        return knownVersion
                && bytes.u16(offset + 4) == 0
                && (smallest == 1 || smallest == 2 || smallest == 4)
                && (pointer == 4 || pointer == 8);
    }

    private static Optional<GoFunctions> at(ElfFile file, Section section, PagedReader table) {
        if (table.length() < HEADER || !isHeader(table, 0)) {
            throw table.malformed(0, "no header of a table of Go's functions that is known");
        }
        int magic = table.s32(0);
        int pointer = table.u8(7);
        long count = word(table, PREFIX, pointer);
        boolean isFirst = magic == GO_1_2;
        boolean isCompact = magic == GO_1_18 || magic == GO_1_20;
        int offsets = PREFIX + (isCompact ? 3 : 2) * pointer;
        // One reader for each, since each keeps the page that it has read last.
        long begin = isFirst ? PREFIX + pointer : word(table, offsets + 4L * pointer, pointer);
        PagedReader functions = rest(table, begin);
        PagedReader records = rest(table, isFirst ? 0 : begin);
        long namesBegin = isFirst ? 0 : word(table, offsets, pointer);
        PagedReader names = rest(table, namesBegin);
        long namesSize = isFirst ? 0 : word(table, offsets + (long) pointer, pointer) - namesBegin;
        int width = isCompact ? 4 : pointer;
        if (count < 0 || count >= functions.length() / (2 * width)) {
            throw table.malformed(
                    PREFIX, Long.toUnsignedString(count) + " functions do not fit into the table");
        }
        var readable =
                new GoFunctions(
                        names,
                        Math.clamp(namesSize, 0, names.length()),
                        records,
                        functions,
                        (int) count,
                        width,
                        isFirst ? 0 : width + BEFORE_KIND + (magic == GO_1_20 ? Integer.BYTES : 0),
                        0);
        if (!isCompact) {
            return Optional.of(readable);
        }
        long field = PREFIX + 2L * pointer;
        long address = section.address() + section.size() - table.length() + field;
        OptionalLong code = file.relocated(address);
        if (code.isEmpty()) {
            long written = word(table, field, pointer);
            code = written != 0 ? OptionalLong.of(written) : readable.codeBegin(file);
        }
        return code.isEmpty() ? Optional.empty() : Optional.of(readable.withCode(code.getAsLong()));
    }

    private GoFunctions withCode(long address) {
        return new GoFunctions(names, namesSize, records, functions, count, width, kind, address);
    }

    /**
     * Since Go 1.26 the header says nothing. Where Go's own linker was at work, its code is all of
     * {@code .text}, and the program starts in it. A C linker leaves a symbol.
     */
    private OptionalLong codeBegin(ElfFile file) {
        Optional<Section> text = file.section(".text");
        byte[] prefix = ENTRY.getBytes(StandardCharsets.UTF_8);
        for (int index = 0; text.isPresent() && index < count; index++) {
            if (names.startsWith(nameOffset(index), prefix)
                    && text.get().address() + place(index) == file.entryPoint()) {
                return OptionalLong.of(text.get().address());
            }
        }
        return file.symbols().stream()
                .filter(symbol -> symbol.name().equals(CODE))
                .mapToLong(Symbol::value)
                .findFirst();
    }

    /** {@return how many functions there are} */
    public int size() {
        return count;
    }

    /**
     * {@return a function}
     *
     * @param index which, from 0 in the order of their addresses
     */
    public Function get(int index) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException(index);
        }
        long begin = place(index);
        return new Function(
                names.string(nameOffset(index), LONGEST_NAME),
                code + begin,
                place(index + 1) - begin);
    }

    /**
     * {@return how many bytes of the stack a function takes its parameters in and gives its results
     * in; negative if that differs from call to call. Where parameters come in registers, the bytes
     * to keep these in}
     *
     * @param index which, from 0 in the order of their addresses
     */
    public int argumentsSize(int index) {
        return records.s32(checkedRecord(index) + width + Integer.BYTES);
    }

    /**
     * {@return whether a function is written in assembly; false if the table does not tell, as
     * before Go 1.18}
     *
     * @param index which, from 0 in the order of their addresses
     */
    public boolean isAssembly(int index) {
        long record = checkedRecord(index);
        return kind != 0 && (records.u8(record + kind + 1) & ASSEMBLY) != 0;
    }

    /**
     * {@return whether the runtime treats a function unlike others: one of its own, or one that the
     * compiler made to call another; false if the table does not tell, as before Go 1.16}
     *
     * @param index which, from 0 in the order of their addresses
     */
    public boolean isSpecial(int index) {
        long record = checkedRecord(index);
        return kind != 0 && records.u8(record + kind) != 0;
    }

    /**
     * {@return the function of a name}
     *
     * @param name its full name, such as {@code main.main}
     */
    public Optional<Function> find(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        byte[] ended = Arrays.copyOf(bytes, bytes.length + 1);
        for (int index = 0; index < count; index++) {
            if (names.startsWith(nameOffset(index), ended)) {
                return Optional.of(get(index));
            }
        }
        return Optional.empty();
    }

    /**
     * {@return which functions have a name that is wanted, from 0 in the order of their addresses}
     *
     * @param prefix what all names that are wanted begin with; other names are not decoded
     * @param wanted tells of a name whether it is
     */
    public int[] search(String prefix, Predicate<String> wanted) {
        byte[] bytes = prefix.getBytes(StandardCharsets.UTF_8);
        return IntStream.range(0, count)
                .filter(
                        index ->
                                names.startsWith(nameOffset(index), bytes)
                                        && wanted.test(
                                                names.string(nameOffset(index), LONGEST_NAME)))
                .toArray();
    }

    /**
     * {@return the names that are wanted of functions that have no code of their own, but within
     * others; empty if the table does not tell, as before Go 1.16}
     *
     * @param prefix what all names that are wanted begin with; other names are not decoded
     * @param wanted tells of a name whether it is
     */
    public Optional<Set<String>> inlinedNames(String prefix, Predicate<String> wanted) {
        if (namesSize == 0) {
            return Optional.empty();
        }
        // The linker writes each name once, whether of functions or of what is inlined into them.
        long[] own = IntStream.range(0, count).mapToLong(this::nameOffset).sorted().toArray();
        byte[] bytes = prefix.getBytes(StandardCharsets.UTF_8);
        Set<String> found = new HashSet<>();
        for (long at = 0; at < namesSize; at = names.afterString(at, LONGEST_NAME)) {
            if (names.startsWith(at, bytes) && Arrays.binarySearch(own, at) < 0) {
                String name = names.string(at, LONGEST_NAME);
                if (!name.isEmpty() && wanted.test(name)) {
                    found.add(name);
                }
            }
        }
        return Optional.of(found);
    }

    /**
     * {@return the function to which an instruction belongs}
     *
     * @param address the instruction's virtual address, as the file gives it
     */
    public Optional<Function> containing(long address) {
        long wanted = address - code;
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = low + high >>> 1;
            if (Long.compareUnsigned(place(middle + 1), wanted) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < count && Long.compareUnsigned(place(low), wanted) <= 0
                ? Optional.of(get(low))
                : Optional.empty();
    }

    /** {@return where a function begins; of the one after the last, where the last ends} */
    private long place(int index) {
        return word(functions, 2L * index * width, width);
    }

    private long nameOffset(int index) {
        return records.u32(record(index) + width);
    }

    private long checkedRecord(int index) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException(index);
        }
        return record(index);
    }

    /** {@return the offset of a function's record} */
    private long record(int index) {
        return word(functions, (2L * index + 1) * width, width);
    }

    private static long word(PagedReader bytes, long offset, int width) {
        return width == 4 ? bytes.u32(offset) : bytes.s64(offset);
    }

    private static PagedReader rest(PagedReader bytes, long offset) {
        return bytes.slice(offset, bytes.length() - offset);
    }
}
