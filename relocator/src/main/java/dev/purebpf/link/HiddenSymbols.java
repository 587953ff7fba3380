package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes hidden functions static in an object's types.
 *
 * <p>The kernel verifies a global function on its own, knowing nothing of its callers. Whoever
 * writes {@code __hidden} wants the function known to other source files and yet verified as part
 * of its callers, as static ones are.
 */
final class HiddenSymbols {
    private HiddenSymbols() {}

    private static boolean isHidden(Symbol symbol) {
        return symbol.binding() != Symbol.LOCAL
                && (symbol.visibility() == Symbol.HIDDEN || symbol.visibility() == Symbol.INTERNAL);
    }

    /**
     * {@return the types with hidden subprograms as static ones} Variables have been seen to when
     * the types were completed, see {@link Btf#withDataSections}.
     */
    static Btf makeStatic(Btf btf, List<FunctionDraft> functions, Section text) {
        Set<String> hidden = new HashSet<>();
        for (FunctionDraft function : functions) {
            if (text != null
                    && function.sectionIndex == text.index()
                    && isHidden(function.symbol)) {
                hidden.add(function.symbol.name());
            }
        }
        if (hidden.isEmpty()) {
            return btf;
        }
        var builder = BtfBuilder.copyOf(btf);
        for (int id = btf.firstId(); id < btf.typeCount(); id++) {
            if (btf.kind(id) == BtfKind.FUNCTION
                    && hidden.contains(btf.name(id))
                    && btf.type(id) instanceof BtfType.Function function
                    && function.linkage() == Linkage.GLOBAL) {
                builder.set(
                        id,
                        new BtfType.Function(
                                function.name(), function.prototype(), Linkage.STATIC));
            }
        }
        return builder.build(btf.origin(), btf.byteOrder());
    }
}
