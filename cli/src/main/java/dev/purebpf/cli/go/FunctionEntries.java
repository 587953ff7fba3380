package dev.purebpf.cli.go;

import dev.purebpf.dwarf.AddressRange;
import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.DieCursor;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.dwarf.DwarfAttribute;
import dev.purebpf.dwarf.DwarfTag;
import dev.purebpf.dwarf.RangeLists;
import dev.purebpf.dwarf.Unit;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What debugging information says of some functions.
 *
 * @param byAddress those with code of their own, by the address of the first instruction
 * @param inlined those without, by name, in order
 */
record FunctionEntries(Map<Long, Die> byAddress, Map<String, Die> inlined) {
    /** Of a program without debugging information. */
    static final FunctionEntries NONE = new FunctionEntries(Map.of(), Map.of());

    /**
     * {@return the entries of functions} Units without any of them are not read, but all are as
     * long as inlined functions are missing: what is said of one stands in any unit that has a
     * copy.
     *
     * @param dwarf the program's debugging information
     * @param addresses the first instructions of those with code of their own
     * @param inlined tells by their names which of those without are wanted
     * @param most how many of these there can be
     */
    static FunctionEntries of(Dwarf dwarf, long[] addresses, Predicate<String> inlined, int most) {
        long[] sorted = addresses.clone();
        Arrays.sort(sorted);
        FunctionEntries found = new FunctionEntries(new HashMap<>(), new TreeMap<>());
        Set<Unit> units = new HashSet<>(dwarf.unitsAt(sorted));
        RangeLists lists = new RangeLists(dwarf);
        for (Unit unit : most > 0 ? dwarf.units() : List.copyOf(units)) {
            if (units.contains(unit) || found.inlined.size() < most) {
                found.add(unit, lists, sorted, inlined);
            }
        }
        return found;
    }

    private void add(Unit unit, RangeLists lists, long[] sorted, Predicate<String> isWanted) {
        DieCursor entries = unit.entries();
        boolean more = entries.next() && entries.next();
        while (more) {
            if (entries.tag() == DwarfTag.SUBPROGRAM) {
                Die entry = entries.die();
                List<AddressRange> code = lists.of(entry);
                if (!code.isEmpty()) {
                    long address = code.getFirst().start();
                    if (Arrays.binarySearch(sorted, address) >= 0) {
                        byAddress.put(address, entry);
                    }
                } else if (entry.number(DwarfAttribute.INLINE).orElse(0) != 0) {
                    String name = entry.name().orElse("");
                    if (isWanted.test(name)) {
                        inlined.put(name, entry);
                    }
                }
            }
            more = entries.nextBeside();
        }
    }
}
