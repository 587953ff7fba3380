package dev.purebpf.dwarf;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Reads lists of addresses: of code (DWARF 5, section 2.17.3), and of where something is while the
 * program is there (2.6.2). Up to version 4 they are pairs of addresses in {@code .debug_ranges}
 * and {@code .debug_loc}; since version 5 entries of several kinds in {@code .debug_rnglists} and
 * {@code .debug_loclists}, which say the same things in the same way but for the numbers of kinds.
 */
final class AddressLists {
    /** Kinds of entries of {@code .debug_loclists}: {@code DW_LLE_…}. */
    private static final int END = 0;

    private static final int BASE_INDEX = 1;
    private static final int START_INDEX_END_INDEX = 2;
    private static final int START_INDEX_LENGTH = 3;
    private static final int OFFSET_PAIR = 4;
    private static final int DEFAULT = 5;
    private static final int BASE_ADDRESS = 6;
    private static final int START_END = 7;
    private static final int START_LENGTH = 8;

    private final Die die;
    private final Unit unit;
    private long bytes;

    AddressLists(Die die) {
        this.die = die;
        this.unit = die.unit();
    }

    /**
     * {@return the addresses of a list}
     *
     * @param offset where in the section the list is, or
     * @param index which of the unit's lists it is
     */
    List<AddressRange> ranges(OptionalLong offset, OptionalLong index) {
        Dwarf dwarf = unit.dwarf();
        List<Location> entries =
                unit.version() < 5
                        ? pairs(dwarf.ranges(), offset, false)
                        : kinds(
                                dwarf.rangeLists(),
                                offset,
                                index,
                                DwarfAttribute.RNGLISTS_BASE,
                                false);
        return entries.stream().map(Location::range).toList();
    }

    /** {@return where something is, of a list given as for {@link #ranges}} */
    List<Location> locations(OptionalLong offset, OptionalLong index) {
        Dwarf dwarf = unit.dwarf();
        return unit.version() < 5
                ? pairs(dwarf.locations(), offset, true)
                : kinds(dwarf.locationLists(), offset, index, DwarfAttribute.LOCLISTS_BASE, true);
    }

    /** {@return how many bytes the list had that was read last} */
    long bytes() {
        return bytes;
    }

    private List<Location> pairs(DebugSection section, OptionalLong offset, boolean expressions) {
        List<Location> result = new ArrayList<>();
        if (offset.isEmpty()) {
            return result;
        }
        Cursor cursor = section.cursor(offset.getAsLong());
        int size = unit.addressSize();
        long newBase = size == 8 ? -1 : (1L << 8 * size) - 1;
        long base = unit.begin();
        while (true) {
            long start = cursor.number(size);
            long end = cursor.number(size);
            if (start == 0 && end == 0) {
                bytes = cursor.position() - offset.getAsLong();
                return result;
            }
            if (start == newBase) {
                base = end;
                continue;
            }
            byte[] expression = expressions ? cursor.bytes(cursor.u16()) : new byte[0];
            result.add(new Location(new AddressRange(base + start, base + end), expression));
        }
    }

    private List<Location> kinds(
            DebugSection section,
            OptionalLong offset,
            OptionalLong index,
            int baseAttribute,
            boolean expressions) {
        List<Location> result = new ArrayList<>();
        long at;
        if (index.isPresent()) {
            long lists = die.listBase(baseAttribute);
            at =
                    lists
                            + section.cursor(lists + index.getAsLong() * unit.offsetSize())
                                    .number(unit.offsetSize());
        } else if (offset.isPresent()) {
            at = offset.getAsLong();
        } else {
            return result;
        }
        Cursor cursor = section.cursor(at);
        int size = unit.addressSize();
        long base = unit.begin();
        while (true) {
            long here = cursor.position();
            int said = cursor.u8();
            // The lists of code have no default, so that their later kinds have lower numbers.
            int kind = !expressions && said >= DEFAULT ? said + 1 : said;
            AddressRange range = null;
            switch (kind) {
                case END -> {
                    bytes = cursor.position() - at;
                    return result;
                }
                case BASE_INDEX -> {
                    base = die.indexedAddress(cursor.uleb());
                    continue;
                }
                case BASE_ADDRESS -> {
                    base = cursor.number(size);
                    continue;
                }
                case START_INDEX_END_INDEX -> {
                    long start = die.indexedAddress(cursor.uleb());
                    range = new AddressRange(start, die.indexedAddress(cursor.uleb()));
                }
                case START_INDEX_LENGTH -> {
                    long start = die.indexedAddress(cursor.uleb());
                    range = new AddressRange(start, start + cursor.uleb());
                }
                case OFFSET_PAIR -> {
                    long start = base + cursor.uleb();
                    range = new AddressRange(start, base + cursor.uleb());
                }
                case START_END -> {
                    long start = cursor.number(size);
                    range = new AddressRange(start, cursor.number(size));
                }
                case START_LENGTH -> {
                    long start = cursor.number(size);
                    range = new AddressRange(start, start + cursor.uleb());
                }
                case DEFAULT -> {}
                default ->
                        throw cursor.malformed(
                                here, "a list has an entry of the unknown kind " + said);
            }
            byte[] expression = expressions ? cursor.bytes(cursor.uleb()) : new byte[0];
            result.add(new Location(range, expression));
        }
    }
}
