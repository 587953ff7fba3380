package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.link.ExternDefinition.Kind;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** Reads what an object declares {@code extern}, for the kernel to supply. */
final class ExternReader {
    private ExternReader() {}

    /** {@return the symbols of externs} */
    static List<Symbol> symbols(ElfFile elf) {
        var externs = new ArrayList<Symbol>();
        for (Symbol symbol : elf.symbols()) {
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
        var externs = new ArrayList<ExternDefinition>();
        for (Symbol symbol : symbols) {
            Integer type = types.get(symbol.name());
            if (type == null || !isExtern(btf.type(type))) {
                throw malformed(elf, symbol, "is not declared as such in the object's types");
            }
            externs.add(
                    new ExternDefinition(
                            symbol.name(),
                            kind(elf, symbol, sections.get(type), btf.kind(type)),
                            symbol.binding() == Symbol.WEAK,
                            type));
        }
        return externs;
    }

    private static boolean isExtern(BtfType type) {
        return switch (type) {
            case BtfType.Variable variable -> variable.linkage() == Linkage.EXTERN;
            case BtfType.Function function -> function.linkage() == Linkage.EXTERN;
            default -> false;
        };
    }

    private static Kind kind(ElfFile elf, Symbol symbol, String section, BtfKind kind) {
        return switch (section) {
            case ".kconfig" -> Kind.KERNEL_CONFIG;
            case ".ksyms" -> kind == BtfKind.FUNCTION ? Kind.KERNEL_FUNCTION : Kind.KERNEL_VARIABLE;
            case null ->
                    throw malformed(
                            elf, symbol, "is in no section; declare it __kconfig or __ksym");
            default ->
                    throw malformed(
                            elf, symbol, "is in section " + section + ", which holds no externs");
        };
    }

    private static MalformedObjectException malformed(ElfFile elf, Symbol symbol, String problem) {
        return new MalformedObjectException(
                elf.name(), ".symtab", -1, "extern " + symbol.name() + ' ' + problem);
    }
}
