package dev.purebpf.elf;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The versions of a library's symbols: a function that changed is there once for programs linked
 * before, once for those linked since.
 *
 * <p>From {@code .gnu.version}, which has a number for each dynamic symbol, and {@code
 * .gnu.version_d}, which has names for the numbers (Linux Standard Base, "Symbol Versioning").
 * Immutable.
 */
public final class SymbolVersions {
    /** Set in the number of a version that is not the default one. */
    private static final int HIDDEN = 0x8000;

    /** Numbers up to this mean that a symbol has no version: local, and global. */
    private static final int LAST_WITHOUT = 1;

    private static final int DEFINITION_SIZE = 20;
    private static final int NAME_LIMIT = 1024;

    private final ByteReader numbers; // null for a file without versions
    private final Map<Integer, String> names;

    private SymbolVersions(ByteReader numbers, Map<Integer, String> names) {
        this.numbers = numbers;
        this.names = names;
    }

    static SymbolVersions of(ElfFile file) {
        ByteReader numbers = null;
        Map<Integer, String> names = Map.of();
        for (Section section : file.sections()) {
            if (section.type() == Section.SYMBOL_VERSIONS) {
                numbers = section.reader();
            } else if (section.type() == Section.VERSION_DEFINITIONS) {
                names = names(section.reader(), file.section(section.link()).reader());
            }
        }
        return new SymbolVersions(numbers, names);
    }

    private static Map<Integer, String> names(ByteReader definitions, ByteReader strings) {
        var names = new HashMap<Integer, String>();
        long at = 0;
        // There are no more than fit, however the links between them go round.
        for (int rest = definitions.length() / DEFINITION_SIZE; rest > 0; rest--) {
            int number = definitions.u16(at + 4) & ~HIDDEN;
            long name = definitions.u32(at + definitions.u32(at + 12));
            names.put(number, strings.string(name, NAME_LIMIT));
            long next = definitions.u32(at + 16);
            if (next == 0) {
                break;
            }
            at += next;
        }
        return Map.copyOf(names);
    }

    /**
     * {@return the version of a dynamic symbol, such as {@code GLIBC_2.34}; empty if it has none,
     * or is of another file's}
     *
     * @param index the symbol's index
     * @throws dev.purebpf.error.MalformedObjectException if the table of versions is shorter
     */
    public Optional<String> of(int index) {
        int number = number(index);
        return number <= LAST_WITHOUT ? Optional.empty() : Optional.ofNullable(names.get(number));
    }

    /**
     * {@return whether programs that are linked today get this version of the symbol}
     *
     * @param index the symbol's index
     * @throws dev.purebpf.error.MalformedObjectException if the table of versions is shorter
     */
    public boolean isDefault(int index) {
        return numbers == null || (numbers.u16(2L * index) & HIDDEN) == 0;
    }

    private int number(int index) {
        return numbers == null ? 0 : numbers.u16(2L * index) & ~HIDDEN;
    }
}
