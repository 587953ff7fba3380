package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.link.ExternDefinition.Format;
import dev.purebpf.link.ExternDefinition.KernelFunction;
import dev.purebpf.link.ExternDefinition.KernelVariable;
import dev.purebpf.link.ExternDefinition.Setting;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** Reads what an object declares {@code extern}, for the kernel to supply. */
final class ExternReader {
    /** The section of settings. */
    static final String SETTINGS = ".kconfig";

    /** The section of what the kernel has. */
    static final String SYMBOLS = ".ksyms";

    private static final String TRISTATE = "libbpf_tristate";

    /** Settings are numbers and short strings; whoever claims more wants to exhaust memory. */
    private static final int MAX_SETTINGS = 1 << 24;

    private ExternReader() {}

    /** {@return the symbols of externs} */
    static List<Symbol> symbols(ElfFile elf) {
        var externs = new ArrayList<Symbol>();
        for (Symbol symbol : elf.symbols().undefined()) {
            if (isExtern(symbol) && !symbol.name().isEmpty()) {
                externs.add(symbol);
            }
        }
        return externs;
    }

    static boolean isExtern(Symbol symbol) {
        return symbol.sectionIndex() == Symbol.UNDEFINED
                && symbol.type() == Symbol.NO_TYPE
                && (symbol.binding() == Symbol.GLOBAL || symbol.binding() == Symbol.WEAK);
    }

    /** {@return the externs: settings by their place, then the others by name, as in libbpf} */
    static List<ExternDefinition> read(ElfFile elf, Btf btf, List<Symbol> symbols) {
        if (symbols.isEmpty()) {
            return List.of();
        }
        var wanted = new HashSet<String>();
        symbols.forEach(symbol -> wanted.add(symbol.name()));
        Map<String, Integer> types = new HashMap<>();
        Map<Integer, String> sections = new HashMap<>();
        for (int id = 1; id < btf.typeCount(); id++) {
            BtfKind kind = btf.kind(id);
            if (kind == BtfKind.VARIABLE || kind == BtfKind.FUNCTION) {
                String name = btf.name(id);
                if (wanted.contains(name)) {
                    types.putIfAbsent(name, id);
                }
            } else if (kind == BtfKind.DATA_SECTION) {
                var section = (BtfType.DataSection) btf.type(id);
                for (BtfType.SectionEntry entry : section.entries()) {
                    sections.putIfAbsent(entry.type(), section.name());
                }
            }
        }
        var settings = new ArrayList<Draft>();
        var externs = new ArrayList<ExternDefinition>();
        for (Symbol symbol : symbols) {
            String name = symbol.name();
            boolean weak = symbol.binding() == Symbol.WEAK;
            Integer id = types.get(name);
            if (id == null || !isExtern(btf.type(id))) {
                throw malformed(elf, symbol, "is not declared as such in the object's types");
            }
            switch (sections.get(id)) {
                case SETTINGS -> settings.add(draft(elf, btf, symbol, btf.type(id)));
                case SYMBOLS ->
                        externs.add(
                                switch (btf.type(id)) {
                                    case BtfType.Function function ->
                                            new KernelFunction(name, weak, function.prototype());
                                    case BtfType.Variable variable ->
                                            new KernelVariable(name, weak, value(btf, variable));
                                    default -> throw new IllegalStateException(name);
                                });
                case null ->
                        throw malformed(
                                elf, symbol, "is in no section; declare it __kconfig or __ksym");
                default ->
                        throw malformed(
                                elf,
                                symbol,
                                "is in section " + sections.get(id) + ", which holds no externs");
            }
        }
        externs.sort(Comparator.comparing(ExternDefinition::name));
        externs.addAll(0, layOut(elf, settings));
        return externs;
    }

    private static int value(Btf btf, BtfType.Variable variable) {
        return btf.skipModifiersAndTypedefs(variable.type());
    }

    /** A setting that has no place yet. */
    private record Draft(
            String name,
            boolean weak,
            int type,
            Format format,
            boolean signed,
            long size,
            int alignment) {}

    private static Draft draft(ElfFile elf, Btf btf, Symbol symbol, BtfType type) {
        Format format = null;
        if (type instanceof BtfType.Variable variable) {
            int id = value(btf, variable);
            format = format(btf, id);
            if (format != null) {
                return new Draft(
                        symbol.name(),
                        symbol.binding() == Symbol.WEAK,
                        id,
                        format,
                        btf.type(id) instanceof BtfType.Int number && number.signed(),
                        btf.size(id),
                        btf.alignment(id));
            }
        }
        throw malformed(
                elf,
                symbol,
                "has a type that no setting can have: use bool, char, an integer, enum"
                        + " libbpf_tristate, or an array of char");
    }

    /** {@return what a type can hold, or {@code null} if it is none for settings} */
    private static Format format(Btf btf, int id) {
        return switch (btf.type(id)) {
            case BtfType.Int number when number.bool() ->
                    number.size() == 1 ? Format.BOOLEAN : null;
            case BtfType.Int number when number.size() == 1 -> Format.CHARACTER;
            case BtfType.Int number ->
                    number.size() == 2 || number.size() == 4 || number.size() == 8
                            ? Format.INTEGER
                            : null;
            case BtfType.Enumeration enumeration ->
                    enumeration.name().equals(TRISTATE)
                                    && (enumeration.size() == 4
                                            || enumeration instanceof BtfType.Enum64)
                            ? Format.TRISTATE
                            : null;
            case BtfType.Array array ->
                    array.length() > 0
                                    && btf.type(btf.skipModifiersAndTypedefs(array.elementType()))
                                            instanceof BtfType.Int element
                                    && element.size() == 1
                                    && !element.bool()
                            ? Format.TEXT
                            : null;
            default -> null;
        };
    }

    /** {@return the settings in libbpf's order, which leaves the fewest gaps between them} */
    private static List<Setting> layOut(ElfFile elf, List<Draft> drafts) {
        drafts.sort(
                Comparator.comparingInt(Draft::alignment)
                        .reversed()
                        .thenComparingLong(Draft::size)
                        .thenComparing(Draft::name));
        var settings = new ArrayList<Setting>();
        long end = 0;
        for (Draft draft : drafts) {
            long offset = (end + draft.alignment - 1) / draft.alignment * draft.alignment;
            end = offset + draft.size;
            if (end > MAX_SETTINGS) {
                throw new MalformedObjectException(
                        elf.name(),
                        SETTINGS,
                        -1,
                        "the variables take more than " + MAX_SETTINGS + " bytes");
            }
            settings.add(
                    new Setting(
                            draft.name,
                            draft.weak,
                            draft.type,
                            draft.format,
                            draft.signed,
                            (int) offset,
                            (int) draft.size));
        }
        return settings;
    }

    private static boolean isExtern(BtfType type) {
        return switch (type) {
            case BtfType.Variable variable -> variable.linkage() == Linkage.EXTERN;
            case BtfType.Function function -> function.linkage() == Linkage.EXTERN;
            default -> false;
        };
    }

    private static MalformedObjectException malformed(ElfFile elf, Symbol symbol, String problem) {
        return new MalformedObjectException(
                elf.name(), ".symtab", -1, "extern " + symbol.name() + ' ' + problem);
    }
}
