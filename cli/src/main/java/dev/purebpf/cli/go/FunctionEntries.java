package dev.purebpf.cli.go;

import dev.purebpf.dwarf.AddressRange;
import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.DieCursor;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.dwarf.DwarfAttribute;
import dev.purebpf.dwarf.DwarfTag;
import dev.purebpf.dwarf.Unit;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What debugging information says of many functions at once; one after the other they would be
 * searched for from the beginning each time.
 *
 * @param byAddress those with code of their own, by the address of the first instruction
 * @param inlined those without, by name, in order
 */
record FunctionEntries(Map<Long, Die> byAddress, Map<String, Die> inlined) {

    /**
     * {@return the entries of functions}
     *
     * @param dwarf the program's debugging information, of which all is read
     * @param wanted tells by their names which
     */
    static FunctionEntries of(Dwarf dwarf, Predicate<String> wanted) {
        Map<Long, Die> byAddress = new HashMap<>();
        Map<String, Die> inlined = new TreeMap<>();
        for (Unit unit : dwarf.units()) {
            DieCursor entries = unit.entries();
            boolean more = entries.next() && entries.next();
            while (more) {
                if (entries.tag() == DwarfTag.SUBPROGRAM) {
                    Die entry = entries.die();
                    String name = entry.name().orElse("");
                    if (wanted.test(name)) {
                        List<AddressRange> code = entry.ranges();
                        if (!code.isEmpty()) {
                            byAddress.put(code.getFirst().start(), entry);
                        } else if (entry.number(DwarfAttribute.INLINE).orElse(0) != 0) {
                            inlined.put(name, entry);
                        }
                    }
                }
                more = entries.nextBeside();
            }
        }
        for (Die entry : byAddress.values()) {
            inlined.remove(entry.name().orElse(""));
        }
        return new FunctionEntries(byAddress, inlined);
    }
}
