package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.link.ExternDefinition.Setting;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes an object's types acceptable to a kernel where they describe externs.
 *
 * <p>Kernels know data sections with variables that lie one behind the other, but none of externs.
 * So settings become the variables of their map; and what the kernel supplies becomes variables of
 * four bytes each, which nobody ever reads. What takes part in CO-RE keeps its id and its meaning.
 */
final class ExternTypes {
    /** What stands for all functions of the kernel, and for parameters without a name. */
    private static final String DUMMY = "dummy_ksym";

    private static final int PLACEHOLDER_SIZE = 4;

    private final Btf btf;
    private final BtfBuilder builder;
    private final Map<String, Setting> settings = new HashMap<>();
    private final Set<String> others = new HashSet<>();
    private int integer;
    private int dummy;

    private ExternTypes(Btf btf, List<ExternDefinition> externs) {
        this.btf = btf;
        this.builder = BtfBuilder.copyOf(btf);
        for (ExternDefinition extern : externs) {
            if (extern instanceof Setting setting) {
                settings.put(setting.name(), setting);
            } else {
                others.add(extern.name());
            }
        }
    }

    /** {@return the types with externs as a kernel accepts them} */
    static Btf define(Btf btf, List<ExternDefinition> externs) {
        if (externs.isEmpty()) {
            return btf;
        }
        var types = new ExternTypes(btf, externs);
        types.defineSettings();
        types.defineSymbols();
        return types.builder.build(btf.origin(), btf.byteOrder());
    }

    private void defineSettings() {
        int id = btf.find(ExternReader.SETTINGS, BtfKind.DATA_SECTION);
        if (id < 0) {
            return;
        }
        var section = (BtfType.DataSection) btf.type(id);
        var entries = new ArrayList<BtfType.SectionEntry>();
        long end = 0;
        for (BtfType.SectionEntry entry : section.entries()) {
            BtfType type = btf.type(entry.type());
            Setting setting = settings.get(type.name());
            if (setting == null || !(type instanceof BtfType.Variable variable)) {
                throw unused(ExternReader.SETTINGS, type);
            }
            define(entry.type(), variable, variable.type());
            entries.add(new BtfType.SectionEntry(entry.type(), setting.offset(), entry.size()));
            end = Math.max(end, (long) setting.offset() + setting.size());
        }
        entries.sort(Comparator.comparingLong(BtfType.SectionEntry::offset));
        builder.set(id, new BtfType.DataSection(section.name(), end, entries));
    }

    private void defineSymbols() {
        int id = btf.find(ExternReader.SYMBOLS, BtfKind.DATA_SECTION);
        if (id < 0) {
            return;
        }
        var section = (BtfType.DataSection) btf.type(id);
        integer = integer();
        var entries = new ArrayList<BtfType.SectionEntry>();
        for (BtfType.SectionEntry entry : section.entries()) {
            BtfType type = btf.type(entry.type());
            if (!others.contains(type.name())) {
                throw unused(ExternReader.SYMBOLS, type);
            }
            int variable = entry.type();
            switch (type) {
                case BtfType.Variable original -> define(variable, original, integer);
                case BtfType.Function function -> {
                    define(variable, function);
                    variable = dummy();
                }
                default -> throw unused(ExternReader.SYMBOLS, type);
            }
            long offset = (long) PLACEHOLDER_SIZE * entries.size();
            entries.add(new BtfType.SectionEntry(variable, offset, PLACEHOLDER_SIZE));
        }
        long end = (long) PLACEHOLDER_SIZE * entries.size();
        builder.set(id, new BtfType.DataSection(section.name(), end, entries));
    }

    private void define(int id, BtfType.Variable variable, int type) {
        builder.set(id, new BtfType.Variable(variable.name(), type, Linkage.GLOBAL));
    }

    /** The kernel wants names for the parameters of global functions. */
    private void define(int id, BtfType.Function function) {
        builder.set(
                id, new BtfType.Function(function.name(), function.prototype(), Linkage.GLOBAL));
        if (btf.type(function.prototype()) instanceof BtfType.FunctionPrototype prototype) {
            List<BtfType.Parameter> parameters =
                    prototype.parameters().stream()
                            .map(
                                    parameter ->
                                            parameter.name().isEmpty() && parameter.type() != 0
                                                    ? new BtfType.Parameter(DUMMY, parameter.type())
                                                    : parameter)
                            .toList();
            builder.set(
                    function.prototype(),
                    new BtfType.FunctionPrototype(prototype.returnType(), parameters));
        }
    }

    private int dummy() {
        if (dummy == 0) {
            dummy = builder.add(new BtfType.Variable(DUMMY, integer, Linkage.GLOBAL));
        }
        return dummy;
    }

    /** {@return an integer of four bytes; most objects have one} */
    private int integer() {
        for (int id = 1; id < btf.typeCount(); id++) {
            if (btf.kind(id) == BtfKind.INT
                    && btf.type(id) instanceof BtfType.Int number
                    && number.bits() == 8 * PLACEHOLDER_SIZE) {
                return id;
            }
        }
        return builder.add(
                new BtfType.Int(
                        "int", PLACEHOLDER_SIZE, BtfType.Int.SIGNED, 0, 8 * PLACEHOLDER_SIZE));
    }

    private MalformedObjectException unused(String section, BtfType type) {
        return new MalformedObjectException(
                btf.origin(),
                section,
                -1,
                "the types say that "
                        + (type.name().isEmpty() ? "something without a name" : type.name())
                        + " is an extern, but there is no such symbol");
    }
}
