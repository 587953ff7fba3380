package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;

import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes hidden functions and variables static in an object's types.
 *
 * <p>The kernel verifies a global function on its own, knowing nothing of its callers. Whoever
 * writes {@code __hidden} wants the function known to other source files and yet verified as part
 * of its callers, as static ones are.
 */
final class HiddenSymbols {
    private HiddenSymbols() {}

    static boolean isHidden(Symbol symbol) {
        return symbol.binding() != Symbol.LOCAL
                && (symbol.visibility() == Symbol.HIDDEN || symbol.visibility() == Symbol.INTERNAL);
    }

    static Btf makeStatic(Btf btf, ElfFile elf, List<FunctionDraft> functions, Section text) {
        Set<String> hiddenFunctions = new HashSet<>();
        for (FunctionDraft function : functions) {
            if (text != null
                    && function.sectionIndex == text.index()
                    && isHidden(function.symbol)) {
                hiddenFunctions.add(function.symbol.name());
            }
        }
        Set<String> hiddenVariables = new HashSet<>();
        for (Symbol symbol : elf.symbols()) {
            if (symbol.type() == Symbol.OBJECT && isHidden(symbol)) {
                hiddenVariables.add(symbol.name());
            }
        }
        if (hiddenFunctions.isEmpty() && hiddenVariables.isEmpty()) {
            return btf;
        }
        var builder = BtfBuilder.copyOf(btf);
        for (int id = btf.firstId(); id < btf.typeCount(); id++) {
            BtfKind kind = btf.kind(id);
            if (kind == BtfKind.FUNCTION && hiddenFunctions.contains(btf.name(id))) {
                var function = (BtfType.Function) btf.type(id);
                builder.set(
                        id,
                        new BtfType.Function(
                                function.name(), function.prototype(), Linkage.STATIC));
            } else if (kind == BtfKind.VARIABLE && hiddenVariables.contains(btf.name(id))) {
                var variable = (BtfType.Variable) btf.type(id);
                builder.set(
                        id, new BtfType.Variable(variable.name(), variable.type(), Linkage.STATIC));
            }
        }
        ByteOrder order = btf.byteOrder();
        return builder.build(btf.origin(), order);
    }
}
