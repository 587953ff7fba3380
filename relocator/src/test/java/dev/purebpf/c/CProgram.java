package dev.purebpf.c;

import dev.purebpf.c.CType.Composite;
import dev.purebpf.c.CType.Field;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes BPF programs that ask about a unit by the builtin functions of clang, as the macros of
 * {@code bpf_core_read.h} do, or read and write its fields directly. One program a question.
 */
public final class CProgram {
    private static final String PROLOGUE =
            CSource.PROLOGUE
                    + """
                    #define PROGRAM(name) __attribute__((section("raw_tp/" #name), used)) \\
                        unsigned long name(void *p)
                    #pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
                    """;

    private final CUnit unit;
    private final Choices choices;
    private final boolean matches;

    private CProgram(CUnit unit, Choices choices, boolean matches) {
        this.unit = unit;
        this.choices = choices;
        this.matches = matches;
    }

    /**
     * {@return a C file}
     *
     * @param questions how many programs
     * @param matches whether the compiler knows {@code BPF_TYPE_MATCHES}: clang 15 and newer do
     */
    public static String of(CUnit unit, Choices choices, int questions, boolean matches) {
        var writer = new CProgram(unit, choices, matches);
        var text = new StringBuilder(PROLOGUE).append(CSource.of(unit));
        text.append("#pragma clang attribute pop\n");
        for (int i = 0; i < questions; i++) {
            String statements = writer.ask();
            text.append("PROGRAM(q").append(i).append(")\n{\n").append(statements).append("}\n");
        }
        return text.append("char LICENSE[] __attribute__((section(\"license\"))) = \"GPL\";\n")
                .toString();
    }

    private String ask() {
        CType declaration = choices.of(unit.declarations());
        if (declaration instanceof Composite composite && !choices.onceIn(4)) {
            return field(composite);
        }
        if (declaration instanceof CType.Enum enumeration && !choices.onceIn(3)) {
            String constant = choices.of(enumeration.constants()).name();
            return "    return __builtin_preserve_enum_value(*(enum %s *)%s, %d);\n"
                    .formatted(enumeration.name(), constant, choices.below(2));
        }
        String type = name(declaration);
        boolean complete = new CLayout(unit).isComplete(declaration);
        return switch (choices.below(matches ? 5 : 4)) {
            case 1 -> typeInfo(type, complete ? 1 : 0);
            case 2, 3 ->
                    "    return __builtin_btf_type_id(*(%s *)0, %d);\n"
                            .formatted(type, choices.below(2));
            case 4 -> typeInfo(type, 2);
            default -> typeInfo(type, 0);
        };
    }

    private static String typeInfo(String type, int kind) {
        return "    return __builtin_preserve_type_info(*(%s *)0, %d);\n".formatted(type, kind);
    }

    private static String name(CType declaration) {
        return switch (declaration) {
            case Composite c -> (c.union() ? "union " : "struct ") + c.name();
            case CType.Enum e -> "enum " + e.name();
            default -> CUnit.name(declaration);
        };
    }

    private String field(Composite root) {
        var path = new StringBuilder("((" + name(root) + " *)p)");
        path.append(choices.onceIn(12) ? "[" + choices.below(4) + "]" : "[0]");
        CType at = root;
        Field last = null;
        boolean constant = false;
        while (last == null || !choices.onceIn(3)) {
            CType bare = unit.bare(at);
            if (bare instanceof Composite composite) {
                List<Field> reachable = reachable(composite, false, new ArrayList<>());
                if (reachable.isEmpty()) {
                    break;
                }
                last = choices.of(reachable);
                path.append('.').append(last.name());
                at = last.type();
            } else if (bare instanceof CType.Array array) {
                int length = array.length() == 0 ? 3 : array.length();
                path.append('[').append(choices.below(length)).append(']');
                at = array.element();
                last = new Field("", at, 0);
            } else {
                break;
            }
            constant |= isConst(at);
        }
        return last == null ? typeInfo(name(root), 0) : access(path.toString(), last, constant);
    }

    /** {@return the fields that C names directly: also those of anonymous members} */
    private List<Field> reachable(Composite composite, boolean constant, List<Field> fields) {
        for (Field field : composite.fields()) {
            boolean fixed = constant || isConst(field.type());
            if (!field.name().isEmpty()) {
                CType type = field.type();
                fields.add(
                        new Field(
                                field.name(),
                                fixed ? new CType.Qualified(CType.Qualifier.CONST, type) : type,
                                field.bits()));
            } else if (unit.bare(field.type()) instanceof Composite inner) {
                reachable(inner, fixed, fields);
            }
        }
        return fields;
    }

    private String access(String path, Field last, boolean constant) {
        CType type = unit.bare(last.type());
        boolean integer = type instanceof CType.Int || type instanceof CType.Enum;
        boolean whole = last.bits() == 0;
        return switch (choices.below(
                integer ? 9 : whole && type instanceof CType.Pointer ? 5 : 4)) {
            case 0 -> info(path, 0);
            case 1 -> info(path, 1);
            case 2, 3 -> info(path, 2);
            case 5 -> info(path, 3);
            case 6 -> info(path, 4);
            case 7 -> info(path, 5);
            case 8 -> whole ? move(path, constant) : info(path, 0);
            default -> whole ? "    return (unsigned long)" + path + ";\n" : info(path, 1);
        };
    }

    private static String info(String path, int kind) {
        return "    return __builtin_preserve_field_info(" + path + ", " + kind + ");\n";
    }

    private static String move(String path, boolean constant) {
        return constant
                ? "    return (unsigned long)" + path + ";\n"
                : "    " + path + " = 1;\n    return 0;\n";
    }

    private boolean isConst(CType type) {
        return switch (type) {
            case CType.Qualified q -> q.qualifier() == CType.Qualifier.CONST || isConst(q.type());
            case CType.Typedef typedef -> isConst(typedef.type());
            default -> false;
        };
    }
}
