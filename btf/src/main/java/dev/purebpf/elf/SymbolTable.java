package dev.purebpf.elf;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.function.IntPredicate;

/**
 * The symbols of a table, decoded one by one when asked for.
 *
 * <p>A table may hold a hundred thousand of them: {@link #next}, {@link #type}, {@link #value} and
 * {@link #sectionIndex} look at symbols without making objects. Those of a small table, as an
 * object of BPF has it, are kept: several relocations ask for the same. Any thread may read; large
 * tables are read from the file, which has to stay open.
 */
public final class SymbolTable extends AbstractList<Symbol> implements RandomAccess {
    private static final int SECTION_INDEX_ELSEWHERE = 0xffff; // SHN_XINDEX

    /** As many symbols are kept at most. */
    private static final int SMALL = 4096;

    private final PagedReader entries; // null for a file without symbols
    private final PagedReader names;
    private final ByteReader sectionIndexes;
    private final boolean is64;
    private final int entrySize;
    private final int nameLimit;

    /** What was asked for already; two threads may decode the same, and keep either. */
    private final Symbol[] kept;

    /** The table of a file that has none. */
    static final SymbolTable EMPTY = new SymbolTable(null, null, null, true, 0);

    /**
     * @param entries the table
     * @param names its string table
     * @param sectionIndexes the section indexes that do not fit into the table ({@code
     *     SHT_SYMTAB_SHNDX}), or {@code null}
     * @param is64 whether the file is of {@code ELFCLASS64}
     * @param nameLimit the most bytes of a name
     */
    SymbolTable(
            PagedReader entries,
            PagedReader names,
            ByteReader sectionIndexes,
            boolean is64,
            int nameLimit) {
        this.entries = entries;
        this.names = names;
        this.sectionIndexes = sectionIndexes;
        this.is64 = is64;
        this.entrySize = entrySize(is64);
        this.nameLimit = nameLimit;
        this.kept = new Symbol[size() <= SMALL ? size() : 0];
    }

    /**
     * {@return the size of one entry in bytes}
     *
     * @param is64 whether the file is of {@code ELFCLASS64}
     */
    static int entrySize(boolean is64) {
        return is64 ? 24 : 16;
    }

    /**
     * {@return the index of the next symbol of a type and a name, −1 if none follows}
     *
     * <p>A version may follow the name after {@code @} or {@code @@}, as linkers write it into
     * {@code .symtab}.
     *
     * @param from the index to begin with
     * @param type {@link Symbol#FUNCTION} or another
     * @param name the name without a version, in UTF-8
     * @throws dev.purebpf.error.MalformedObjectException if the name of a symbol lies outside of
     *     the table of names
     */
    public int next(int from, int type, byte[] name) {
        for (int index = from; index < size(); index++) {
            if (type(index) == type && isNamed(entries.u32((long) index * entrySize), name)) {
                return index;
            }
        }
        return -1;
    }

    /**
     * {@return the symbols of a type, in their order} No others are decoded: most of an object of
     * BPF are labels of jumps.
     *
     * @param type {@link Symbol#FUNCTION} or another
     */
    public List<Symbol> ofType(int type) {
        return where(index -> type(index) == type);
    }

    /** {@return the symbols that no section of the file defines, in their order} */
    public List<Symbol> undefined() {
        return where(index -> sectionIndex(index) == Symbol.UNDEFINED);
    }

    private List<Symbol> where(IntPredicate wanted) {
        var found = new ArrayList<Symbol>();
        for (int index = 0, end = size(); index < end; index++) {
            if (wanted.test(index)) {
                found.add(get(index));
            }
        }
        return found;
    }

    /**
     * {@return the type of a symbol}
     *
     * @param index its index
     */
    public int type(int index) {
        long at = (long) Objects.checkIndex(index, size()) * entrySize;
        return entries.u8(at + (is64 ? 4 : 12)) & 0xf;
    }

    /**
     * {@return the value of a symbol, as {@link Symbol#value} has it}
     *
     * @param index its index
     */
    public long value(int index) {
        long at = (long) Objects.checkIndex(index, size()) * entrySize;
        return is64 ? entries.s64(at + 8) : entries.u32(at + 4);
    }

    /**
     * {@return the section of a symbol, as {@link Symbol#sectionIndex} has it}
     *
     * @param index its index
     */
    public int sectionIndex(int index) {
        long at = (long) Objects.checkIndex(index, size()) * entrySize;
        int section = entries.u16(at + (is64 ? 6 : 14));
        return section == SECTION_INDEX_ELSEWHERE && sectionIndexes != null
                ? sectionIndexes.s32(4L * index)
                : section;
    }

    private boolean isNamed(long at, byte[] name) {
        if (!names.startsWith(at, name)) {
            return false;
        }
        int next = names.u8(at + name.length);
        return next == 0 || next == '@';
    }

    @Override
    public int size() {
        return entries == null ? 0 : (int) (entries.length() / entrySize);
    }

    @Override
    public Symbol get(int index) {
        if (kept.length == 0) {
            return decode(Objects.checkIndex(index, size()));
        }
        Symbol symbol = kept[Objects.checkIndex(index, kept.length)];
        if (symbol == null) {
            symbol = decode(index);
            kept[index] = symbol;
        }
        return symbol;
    }

    private Symbol decode(int index) {
        long at = (long) index * entrySize;
        long name = entries.u32(at);
        int info = entries.u8(at + (is64 ? 4 : 12));
        int other = entries.u8(at + (is64 ? 5 : 13));
        long size = is64 ? entries.s64(at + 16) : entries.u32(at + 8);
        return new Symbol(
                index,
                name == 0 ? "" : names.string(name, nameLimit),
                value(index),
                size,
                info >>> 4,
                info & 0xf,
                other & 3,
                sectionIndex(index));
    }
}
