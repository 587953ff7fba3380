package dev.purebpf.cli.go;

import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.DieCursor;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.dwarf.DwarfAttribute;
import dev.purebpf.dwarf.DwarfTag;
import dev.purebpf.dwarf.Unit;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which functions have the code of others in theirs. */
final class InlinedCopies {
    private static final int MANY = 5;

    private InlinedCopies() {}

    /**
     * {@return the functions that have copies of one, by their names}
     *
     * @param dwarf the program's debugging information, of which all is read
     * @param function the full name
     */
    static Set<String> of(Dwarf dwarf, String function) {
        Set<String> callers = new TreeSet<>();
        // The same few functions are copied again and again.
        Map<Long, Boolean> isWanted = new HashMap<>();
        for (Unit unit : dwarf.units()) {
            DieCursor entries = unit.entries();
            Die outermost = null;
            while (entries.next()) {
                if (entries.tag() == DwarfTag.SUBPROGRAM) {
                    outermost = entries.die();
                } else if (entries.tag() == DwarfTag.INLINED_SUBROUTINE && outermost != null) {
                    Optional<Die> origin = entries.die().reference(DwarfAttribute.ABSTRACT_ORIGIN);
                    if (origin.isPresent()
                            && isWanted.computeIfAbsent(
                                    origin.get().offset(),
                                    at -> origin.get().name().orElse("").equals(function))) {
                        callers.add(outermost.name().orElse("?"));
                    }
                }
            }
        }
        return callers;
    }

    /** {@return some of the names, for people} */
    static String say(Set<String> callers) {
        List<String> first = callers.stream().limit(MANY).toList();
        int more = callers.size() - first.size();
        return String.join(", ", first) + (more > 0 ? " and " + more + " others" : "");
    }
}
