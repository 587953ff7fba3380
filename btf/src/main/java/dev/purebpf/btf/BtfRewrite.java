package dev.purebpf.btf;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Changed copies of types: for the sections of an object, and for kernels that do not know all
 * kinds.
 */
final class BtfRewrite {
    private static final int HEAD = BtfRecords.HEAD;

    private final Btf btf;
    private final BtfBuilder builder;

    private BtfRewrite(Btf btf) {
        this.btf = btf;
        this.builder = BtfBuilder.copyOf(btf);
    }

    static Btf withDataSections(Btf btf, ElfFile elf) {
        var rewrite = new BtfRewrite(btf);
        Map<String, Symbol> variables = null;
        Map<String, Long> sizes = null;
        for (int id = btf.firstId(); id < btf.typeCount(); id++) {
            if (btf.kind(id) == BtfKind.DATA_SECTION) {
                if (variables == null) {
                    variables = variables(elf);
                    sizes = sizes(elf);
                }
                rewrite.dataSection(id, elf, sizes, variables);
            }
        }
        return rewrite.build();
    }

    private static Map<String, Symbol> variables(ElfFile elf) {
        var variables = new HashMap<String, Symbol>();
        for (Symbol symbol : elf.symbols()) {
            if (symbol.type() == Symbol.OBJECT
                    && (symbol.binding() == Symbol.GLOBAL || symbol.binding() == Symbol.WEAK)) {
                variables.putIfAbsent(symbol.name(), symbol);
            }
        }
        return variables;
    }

    private static Map<String, Long> sizes(ElfFile elf) {
        var sizes = new HashMap<String, Long>();
        for (Section section : elf.sections()) {
            if (section.type() != Section.NULL) {
                sizes.putIfAbsent(section.name(), section.size());
            }
        }
        return sizes;
    }

    private void dataSection(
            int id, ElfFile elf, Map<String, Long> sizes, Map<String, Symbol> variables) {
        var section = (BtfType.DataSection) btf.type(id);
        String name = section.name();
        List<BtfType.SectionEntry> entries = new ArrayList<>(section.entries());
        long size = section.size();
        // What externs need is not in the object: their sections are laid out when they are
        // resolved.
        if (!name.equals(".ksyms") && !name.equals(".kconfig")) {
            // Static linking by bpftool has set sizes and offsets already.
            boolean unset = size == 0;
            if (unset) {
                size = sizes.getOrDefault(name, 0L);
                if (size <= 0 || size > 0xffff_ffffL) {
                    throw new MalformedObjectException(
                            elf.name(),
                            name,
                            -1,
                            ".BTF describes variables of this section, but it is missing, empty or"
                                    + " too large");
                }
            }
            for (int i = 0; i < entries.size(); i++) {
                entries.set(i, entry(id, entries.get(i), unset, elf, name, variables));
            }
        }
        entries.sort((first, second) -> Long.compare(first.offset(), second.offset()));
        builder.set(id, new BtfType.DataSection(name, size, entries));
    }

    private BtfType.SectionEntry entry(
            int id,
            BtfType.SectionEntry entry,
            boolean unset,
            ElfFile elf,
            String section,
            Map<String, Symbol> variables) {
        if (!(btf.type(entry.type()) instanceof BtfType.Variable variable)) {
            throw btf.malformed(id, HEAD, "it holds type " + entry.type() + ", no variable");
        }
        // The compiler has relocated the offsets of static variables: they have no symbol of their
        // own.
        if (variable.linkage() != Linkage.GLOBAL) {
            return entry;
        }
        Symbol symbol = variables.get(variable.name());
        if (symbol == null) {
            throw new MalformedObjectException(
                    elf.name(),
                    section,
                    -1,
                    ".BTF describes variable " + variable.name() + ", but it has no symbol");
        }
        if (symbol.visibility() == Symbol.HIDDEN || symbol.visibility() == Symbol.INTERNAL) {
            builder.set(
                    entry.type(),
                    new BtfType.Variable(variable.name(), variable.type(), Linkage.STATIC));
        }
        if (!unset) {
            return entry;
        }
        if (symbol.value() < 0 || symbol.value() > 0xffff_ffffL) {
            throw new MalformedObjectException(
                    elf.name(),
                    section,
                    -1,
                    "variable "
                            + variable.name()
                            + " lies at "
                            + Long.toUnsignedString(symbol.value())
                            + ", outside of any section");
        }
        return new BtfType.SectionEntry(entry.type(), symbol.value(), entry.size());
    }

    /**
     * Replaces records in place: each replacement has the length of what it replaces, so ids stay.
     */
    static Btf fitTo(Btf btf, Set<BtfFeature> features) {
        var rewrite = new BtfRewrite(btf);
        boolean layoutNeeded = false;
        int end = btf.typeCount();
        for (int id = btf.firstId(); id < end; id++) {
            rewrite.fit(id, features);
            layoutNeeded |= btf.kind(id) == BtfKind.UNKNOWN;
        }
        // Without it nobody can tell how long records of unknown kinds are. Such a kernel refuses
        // these types either way.
        if (!features.contains(BtfFeature.LAYOUT) && !layoutNeeded) {
            rewrite.builder.removeLayout();
        }
        return rewrite.build();
    }

    private void fit(int id, Set<BtfFeature> features) {
        int[] record = builder.record(id);
        int count = BtfRecords.count(record[1]);
        switch (btf.kind(id)) {
            case VARIABLE -> {
                if (!features.contains(BtfFeature.DATA_SECTIONS)) {
                    becomeByte(record);
                }
            }
            case DECL_TAG -> {
                if (!features.contains(BtfFeature.DECL_TAGS)) {
                    becomeByte(record);
                }
            }
            case DATA_SECTION -> fitDataSection(record, btf.name(id), features);
            case FUNCTION_PROTOTYPE -> {
                if (!features.contains(BtfFeature.FUNCTIONS)) {
                    // Name and type of a parameter become name and value of an enumerator. Those
                    // must have a name: without this, libbpf loses all types of such an object.
                    for (int i = 0, at = HEAD; i < count; i++, at += 2) {
                        if (record[at] == 0) {
                            record[at] = builder.string("unnamed");
                        }
                    }
                    record[1] = BtfRecords.info(BtfKind.ENUM, count, false);
                    record[2] = 4;
                }
            }
            case FUNCTION -> {
                if (!features.contains(BtfFeature.FUNCTIONS)) {
                    record[1] = BtfRecords.info(BtfKind.TYPEDEF, 0, false);
                } else if (!features.contains(BtfFeature.GLOBAL_FUNCTIONS)) {
                    record[1] = BtfRecords.info(BtfKind.FUNCTION, 0, false);
                }
            }
            case FLOAT -> {
                if (!features.contains(BtfFeature.FLOATS)) {
                    // Of the same size, and without a name: "double" is none for a struct.
                    record[0] = 0;
                    record[1] = BtfRecords.info(BtfKind.STRUCT, 0, false);
                }
            }
            case TYPE_TAG -> {
                if (!features.contains(BtfFeature.TYPE_TAGS)) {
                    record[0] = 0;
                    record[1] = BtfRecords.info(BtfKind.CONST, 0, false);
                }
            }
            case ENUM -> {
                if (!features.contains(BtfFeature.ENUM64)) {
                    record[1] = BtfRecords.info(BtfKind.ENUM, count, false);
                }
            }
            case ENUM64 -> {
                if (!features.contains(BtfFeature.ENUM64)) {
                    // A union of the same size, its members named as the enumerators.
                    record[1] = BtfRecords.info(BtfKind.UNION, count, false);
                    for (int i = 0, at = HEAD; i < count; i++, at += 3) {
                        record[at + 1] = enum64Placeholder();
                        record[at + 2] = 0;
                    }
                }
            }
            default -> {}
        }
    }

    private int placeholder;

    private int enum64Placeholder() {
        if (placeholder == 0) {
            placeholder = builder.add(new BtfType.Int("enum64_placeholder", 1, 0, 0, 8));
        }
        return placeholder;
    }

    /** One byte, because a larger type may not fit the place of the variable in its section. */
    private static void becomeByte(int[] record) {
        record[1] = BtfRecords.info(BtfKind.INT, 0, false);
        record[2] = 1;
        record[HEAD] = 8;
    }

    private void fitDataSection(int[] record, String name, Set<BtfFeature> features) {
        if (!features.contains(BtfFeature.DATA_SECTIONS)) {
            int count = BtfRecords.count(record[1]);
            record[0] = builder.string(name.replace('.', '_').replace('?', '_'));
            record[1] = BtfRecords.info(BtfKind.STRUCT, count, false);
            for (int i = 0, at = HEAD; i < count; i++, at += 3) {
                int variable = record[at];
                int offset = record[at + 1];
                // The name stays that of the variable; the variable itself has become a byte.
                record[at] = variable > 0 && variable < btf.typeCount() ? btf.word(variable, 0) : 0;
                record[at + 1] = variable;
                record[at + 2] = offset * 8;
            }
        } else if (!features.contains(BtfFeature.QUESTION_MARK_SECTIONS) && name.startsWith("?")) {
            record[0] = builder.string("_" + name.substring(1));
        }
    }

    private Btf build() {
        return builder.build(btf.origin(), btf.byteOrder());
    }
}
