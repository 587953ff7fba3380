package dev.purebpf.btf;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Relocation;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Completes the data sections of an object's types by what only its ELF file knows: how large they
 * are, where their variables begin, and which section a variable is in.
 *
 * <p>The last of these is not always where the types say. Clang before 16 takes a struct of nothing
 * but bit-fields for initialised data although all of them are zero, and describes it in {@code
 * .data}; the variable itself is in {@code .bss}. Left where it is said to be, it would lie across
 * another variable or outside, and no kernel takes such types.
 */
final class DataSectionLayout {
    private static final int HEAD = BtfRecords.HEAD;

    /** Of a section's entry, in words: type, offset and size. */
    private static final int ENTRY = 3;

    private static final int OFFSET_IN_ENTRY = 1;

    private final Btf btf;
    private final ElfFile elf;
    private final BtfBuilder builder;
    private final Map<String, Symbol> variables = new HashMap<>();
    private final Map<String, Long> sizes = new HashMap<>();

    // Which section a number in .BTF counts from, by the number's place. Made when a static
    // variable is met.
    private Map<Long, String> bases;

    private DataSectionLayout(Btf btf, ElfFile elf) {
        this.btf = btf;
        this.elf = elf;
        this.builder = BtfBuilder.copyOf(btf);
    }

    static Btf complete(Btf btf, ElfFile elf) {
        var ids = new ArrayList<Integer>();
        int end = btf.typeCount();
        for (int id = btf.first(BtfKind.DATA_SECTION); id < end; id = btf.following(id)) {
            ids.add(id);
        }
        var layout = new DataSectionLayout(btf, elf);
        if (!ids.isEmpty()) {
            layout.readElf();
            layout.complete(ids);
        }
        return layout.builder.build(btf.origin(), btf.byteOrder());
    }

    private void readElf() {
        for (Symbol symbol : elf.symbols().ofType(Symbol.OBJECT)) {
            if (symbol.binding() == Symbol.GLOBAL || symbol.binding() == Symbol.WEAK) {
                variables.putIfAbsent(symbol.name(), symbol);
            }
        }
        for (Section section : elf.sections()) {
            if (section.type() != Section.NULL) {
                sizes.putIfAbsent(section.name(), section.size());
            }
        }
    }

    private void complete(List<Integer> ids) {
        var contents = new LinkedHashMap<String, List<BtfType.SectionEntry>>();
        var unset = new ArrayList<Integer>();
        for (int id : ids) {
            var section = (BtfType.DataSection) btf.type(id);
            // What externs need is not in the object: their sections are laid out when they are
            // resolved.
            if (section.name().equals(".ksyms") || section.name().equals(".kconfig")) {
                set(id, section.name(), section.size(), section.entries());
            } else if (section.size() != 0) {
                // Static linking by bpftool has set sizes and offsets already.
                for (BtfType.SectionEntry entry : section.entries()) {
                    symbol(id, section.name(), entry);
                }
                set(id, section.name(), section.size(), section.entries());
            } else {
                unset.add(id);
                place(id, section, contents);
            }
        }
        set(unset, contents);
    }

    /** Puts variables to the others of the sections where they are. */
    private void place(
            int id, BtfType.DataSection section, Map<String, List<BtfType.SectionEntry>> contents) {
        if (section.entries().isEmpty()) {
            contents.putIfAbsent(section.name(), new ArrayList<>());
        }
        long at = btf.position(id) + (HEAD + OFFSET_IN_ENTRY) * Integer.BYTES;
        for (BtfType.SectionEntry entry : section.entries()) {
            Symbol symbol = symbol(id, section.name(), entry);
            String name;
            if (symbol == null) {
                name = bases().get(at);
            } else {
                name = nameOfSection(symbol);
                long offset = offset(section.name(), symbol);
                entry = new BtfType.SectionEntry(entry.type(), offset, entry.size());
            }
            contents.computeIfAbsent(name == null ? section.name() : name, _ -> new ArrayList<>())
                    .add(entry);
            at += ENTRY * Integer.BYTES;
        }
    }

    /** Gives each section the type that has its name, or else one that has nothing left to tell. */
    private void set(List<Integer> ids, Map<String, List<BtfType.SectionEntry>> contents) {
        var free = new ArrayDeque<Integer>();
        for (int id : ids) {
            String name = btf.name(id);
            List<BtfType.SectionEntry> entries = contents.remove(name);
            if (entries == null) {
                free.add(id);
            } else {
                set(id, name, size(name), entries);
            }
        }
        contents.forEach(
                (name, entries) -> {
                    Integer id = free.poll();
                    set(id == null ? builder.nextId() : id, name, size(name), entries);
                });
        for (int id : free) {
            builder.set(id, new BtfType.Struct("", 0, List.of(), false));
        }
    }

    private void set(int id, String name, long size, List<BtfType.SectionEntry> entries) {
        var sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(BtfType.SectionEntry::offset));
        var section = new BtfType.DataSection(name, size, sorted);
        if (id == builder.nextId()) {
            builder.add(section);
        } else {
            builder.set(id, section);
        }
    }

    private long size(String section) {
        long size = sizes.getOrDefault(section, 0L);
        if (size <= 0 || size > 0xffff_ffffL) {
            throw malformed(
                    section,
                    ".BTF describes variables of this section, but it is missing, empty or too"
                            + " large");
        }
        return size;
    }

    /**
     * {@return the symbol of a variable, or {@code null} if it is static and has none of its own}
     * One that is hidden is known to this object alone, as if it were static.
     */
    private Symbol symbol(int id, String section, BtfType.SectionEntry entry) {
        if (!(btf.type(entry.type()) instanceof BtfType.Variable variable)) {
            throw btf.malformed(id, HEAD, "it holds type " + entry.type() + ", no variable");
        }
        if (variable.linkage() != Linkage.GLOBAL) {
            return null;
        }
        Symbol symbol = variables.get(variable.name());
        if (symbol == null) {
            throw malformed(
                    section,
                    ".BTF describes variable " + variable.name() + ", but it has no symbol");
        }
        if (symbol.visibility() == Symbol.HIDDEN || symbol.visibility() == Symbol.INTERNAL) {
            builder.set(
                    entry.type(),
                    new BtfType.Variable(variable.name(), variable.type(), Linkage.STATIC));
        }
        return symbol;
    }

    private long offset(String section, Symbol symbol) {
        if (symbol.value() < 0 || symbol.value() > 0xffff_ffffL) {
            throw malformed(
                    section,
                    "variable "
                            + symbol.name()
                            + " lies at "
                            + Long.toUnsignedString(symbol.value())
                            + ", outside of any section");
        }
        return symbol.value();
    }

    /** {@return the section of a symbol, or {@code null} if it is in none} */
    private String nameOfSection(Symbol symbol) {
        int index = symbol.sectionIndex();
        return index > 0 && index < elf.sections().size() ? elf.section(index).name() : null;
    }

    /**
     * {@return the sections that numbers in .BTF count from, by the number's place} The compiler
     * has added what the relocations say, so they are only left to tell the section.
     */
    private Map<Long, String> bases() {
        if (bases == null) {
            bases = new HashMap<>();
            int types = elf.section(".BTF").map(Section::index).orElse(0);
            for (Section section : elf.sections()) {
                if (section.type() == Section.REL && section.info() == types) {
                    for (Relocation relocation : elf.relocations(section)) {
                        Symbol symbol = elf.symbol(relocation.symbolIndex());
                        bases.put(relocation.offset(), nameOfSection(symbol));
                    }
                }
            }
        }
        return bases;
    }

    private MalformedObjectException malformed(String section, String what) {
        return new MalformedObjectException(elf.name(), section, -1, what);
    }
}
