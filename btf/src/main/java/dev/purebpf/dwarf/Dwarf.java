package dev.purebpf.dwarf;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The debugging information of an executable or a shared library, in DWARF 2 to 5.
 *
 * <p>Nothing is read before it is asked for: opening reads no more than the headers of compressed
 * sections, looking for a function those of units and the unit that it is in. What is compressed
 * has to be inflated as a whole; that is kept outside of Java's heap until {@link #close}.
 *
 * <p>Not read is what stands in other files: split units ({@code .dwo}), supplementary files
 * ({@code dwz}), and type units of version 4. A reference to one is absent.
 *
 * <p>May be used by several threads. Everything that breaks the rules is a {@link
 * MalformedObjectException}.
 *
 * @see <a href="https://dwarfstd.org/">DWARF Debugging Information Format</a>
 */
public final class Dwarf implements AutoCloseable {
    private static final int OLDEST = 2;
    private static final int NEWEST = 5;
    private static final long LENGTH_64 = 0xffff_ffffL;
    private static final long LENGTH_RESERVED = 0xffff_fff0L;

    /** Kinds of units: {@code DW_UT_…}. */
    private static final int TYPE_UNIT = 2;

    private static final int SKELETON_UNIT = 4;
    private static final int SPLIT_UNIT = 5;
    private static final int SPLIT_TYPE_UNIT = 6;

    private final Arena arena = Arena.ofShared();
    private final DebugSection info;
    private final DebugSection abbreviations;
    private final DebugSection strings;
    private final DebugSection lineStrings;
    private final DebugSection stringOffsets;
    private final DebugSection addresses;
    private final DebugSection ranges;
    private final DebugSection rangeLists;
    private final DebugSection locations;
    private final DebugSection locationLists;
    private final Map<Long, Abbreviations> abbreviationTables = new HashMap<>();
    private final Abbreviations.Budget abbreviationBudget;
    private final Map<Long, Long> types = new HashMap<>();

    // Made when first asked for.
    private List<Unit> units;
    private UnitsByAddress byAddress;

    private Dwarf(ElfFile file) {
        try {
            info = DebugSection.of(file, "info", arena);
            abbreviations = DebugSection.of(file, "abbrev", arena);
            strings = DebugSection.of(file, "str", arena);
            lineStrings = DebugSection.of(file, "line_str", arena);
            stringOffsets = DebugSection.of(file, "str_offsets", arena);
            addresses = DebugSection.of(file, "addr", arena);
            ranges = DebugSection.of(file, "ranges", arena);
            rangeLists = DebugSection.of(file, "rnglists", arena);
            locations = DebugSection.of(file, "loc", arena);
            locationLists = DebugSection.of(file, "loclists", arena);
            abbreviationBudget = new Abbreviations.Budget(abbreviations);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /**
     * {@return the debugging information of a file; empty if it has none, as when it was stripped}
     *
     * @param file an executable or a shared library, which has to stay open as long as this is
     *     used; in an object file nothing has its address yet
     * @throws MalformedObjectException if a section is compressed in a way that cannot be read, or
     *     damaged
     */
    public static Optional<Dwarf> of(ElfFile file) {
        if (file.type() == ElfFile.RELOCATABLE) {
            throw new MalformedObjectException(
                    file.name(),
                    null,
                    -1,
                    "the debugging information of an object file is complete only when it is"
                            + " linked");
        }
        Dwarf dwarf = new Dwarf(file);
        if (dwarf.info.isEmpty()) {
            dwarf.close();
            return Optional.empty();
        }
        return Optional.of(dwarf);
    }

    DebugSection info() {
        return info;
    }

    DebugSection strings() {
        return strings;
    }

    DebugSection lineStrings() {
        return lineStrings;
    }

    DebugSection stringOffsets() {
        return stringOffsets;
    }

    DebugSection addresses() {
        return addresses;
    }

    DebugSection ranges() {
        return ranges;
    }

    DebugSection rangeLists() {
        return rangeLists;
    }

    DebugSection locations() {
        return locations;
    }

    DebugSection locationLists() {
        return locationLists;
    }

    /**
     * {@return all units, in the order of the file}
     *
     * @throws MalformedObjectException if a header is damaged
     */
    public synchronized List<Unit> units() {
        if (units == null) {
            List<Unit> result = new ArrayList<>();
            Cursor cursor = info.cursor(0);
            while (cursor.hasNext()) {
                Unit unit = readUnit(cursor);
                if (unit != null) {
                    result.add(unit);
                }
            }
            units = List.copyOf(result);
        }
        return units;
    }

    /** {@return the unit that begins here, {@code null} if it is to be passed over} */
    private Unit readUnit(Cursor cursor) {
        long start = cursor.position();
        long length = cursor.u32();
        int offsetSize = 4;
        if (length == LENGTH_64) {
            length = cursor.s64();
            offsetSize = 8;
        } else if (length >= LENGTH_RESERVED) {
            throw cursor.malformed(start, "a unit has the reserved length " + length);
        }
        long body = cursor.position();
        if (length < 0 || length > info.size() - body) {
            throw cursor.malformed(
                    start,
                    "a unit of "
                            + Long.toUnsignedString(length)
                            + " bytes begins here, but only "
                            + (info.size() - body)
                            + " are left");
        }
        long end = body + length;
        if (length == 0) {
            return null; // padding
        }
        int version = cursor.u16();
        if (version < OLDEST || version > NEWEST) {
            throw cursor.malformed(start, "a unit is of version " + version + ", not 2 to 5");
        }
        int kind = version >= 5 ? cursor.u8() : 0;
        int addressSize = version >= 5 ? cursor.u8() : 0;
        long table = cursor.number(offsetSize);
        if (version < 5) {
            addressSize = cursor.u8();
        }
        if (addressSize != 4 && addressSize != 8) {
            throw cursor.malformed(start, "a unit has addresses of " + addressSize + " bytes");
        }
        if (kind == TYPE_UNIT || kind == SPLIT_TYPE_UNIT) {
            long signature = cursor.s64();
            types.putIfAbsent(signature, start + cursor.number(offsetSize));
        } else if (kind == SKELETON_UNIT || kind == SPLIT_UNIT) {
            cursor.skip(8);
        }
        Unit unit =
                new Unit(
                        this,
                        start,
                        cursor.position(),
                        end,
                        version,
                        addressSize,
                        offsetSize,
                        abbreviations(table));
        if (cursor.position() > end) {
            throw cursor.malformed(start, "a unit is shorter than its header");
        }
        cursor.moveTo(end);
        return unit;
    }

    private Abbreviations abbreviations(long table) {
        return abbreviationTables.computeIfAbsent(
                table, at -> new Abbreviations(abbreviations.cursor(at), abbreviationBudget));
    }

    /** {@return where the type of a signature is, −1 if it is not in this file} */
    long typeOf(long signature) {
        units();
        return types.getOrDefault(signature, -1L);
    }

    /**
     * {@return an entry}
     *
     * @param offset where in {@code .debug_info} it begins
     * @throws MalformedObjectException if there is none
     */
    public Die die(long offset) {
        List<Unit> all = units();
        int low = 0;
        int high = all.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Unit unit = all.get(middle);
            if (offset < unit.offset()) {
                high = middle - 1;
            } else if (offset >= unit.end()) {
                low = middle + 1;
            } else {
                return unit.die(offset);
            }
        }
        throw info.malformed(offset, "no unit is here");
    }

    /**
     * {@return the function whose code has an address; empty if none has, or nothing is said of it}
     *
     * <p>Of functions inlined into others it is the outermost.
     *
     * @param address an address as symbols of the file give it
     * @throws MalformedObjectException if what says so is damaged
     */
    public Optional<Die> functionAt(long address) {
        return Optional.ofNullable(functionsAt(Set.of(address)).get(address));
    }

    /**
     * {@return the functions whose code has some addresses, by these} A unit that has several of
     * them is read once. Those are missing of which nothing is said.
     *
     * @param addresses addresses as symbols of the file give them
     * @throws MalformedObjectException if what says so is damaged
     * @see #functionAt
     */
    public Map<Long, Die> functionsAt(Set<Long> addresses) {
        Map<Long, Die> found = new HashMap<>();
        Set<Long> missing = new HashSet<>(addresses);
        Set<Integer> read = new HashSet<>();
        RangeLists lists = new RangeLists(this);
        for (long address : addresses) {
            int unit = unitAt(address, 0);
            while (unit >= 0 && missing.contains(address)) {
                if (read.add(unit)) {
                    DieCursor entries = units().get(unit).entries();
                    while (!missing.isEmpty() && entries.next()) {
                        if (entries.tag() == DwarfTag.SUBPROGRAM) {
                            take(entries.die(), lists, missing, found);
                        }
                    }
                }
                unit = unitAt(address, unit + 1);
            }
        }
        return found;
    }

    private static void take(
            Die function, RangeLists lists, Set<Long> missing, Map<Long, Die> found) {
        for (AddressRange range : lists.of(function)) {
            for (Iterator<Long> each = missing.iterator(); each.hasNext(); ) {
                long address = each.next();
                if (range.contains(address)) {
                    found.put(address, function);
                    each.remove();
                }
            }
        }
    }

    /** {@return which unit from a number on is the first with code at an address, −1 if none is} */
    private synchronized int unitAt(long address, int from) {
        return byAddress().find(address, from);
    }

    /**
     * {@return the units that have code at any of some addresses, in the order of the file}
     *
     * @param addresses addresses as symbols of the file give them
     * @throws MalformedObjectException if what says so is damaged
     */
    public synchronized List<Unit> unitsAt(long[] addresses) {
        return byAddress().at(addresses);
    }

    private UnitsByAddress byAddress() {
        if (byAddress == null) {
            byAddress = new UnitsByAddress(units(), new RangeLists(this));
        }
        return byAddress;
    }

    /** Frees what was inflated; what was read before can no longer be asked. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
