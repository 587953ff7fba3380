package dev.purebpf.c;

import dev.purebpf.c.CType.Array;
import dev.purebpf.c.CType.Composite;
import dev.purebpf.c.CType.Field;
import dev.purebpf.c.CType.Pointer;
import dev.purebpf.c.CType.Prototype;
import dev.purebpf.c.CType.Qualified;
import dev.purebpf.c.CType.Reference;
import dev.purebpf.c.CType.Typedef;

import java.util.stream.Collectors;

/** Writes the declarations of a unit as C. */
public final class CSource {
    /** What stands in front of any unit. */
    public static final String PROLOGUE =
            """
            #if defined(__has_attribute)
            #if __has_attribute(btf_type_tag)
            #define TAG __attribute__((btf_type_tag("tag")))
            #endif
            #endif
            #ifndef TAG
            #define TAG
            #endif
            """;

    private final CUnit unit;

    private CSource(CUnit unit) {
        this.unit = unit;
    }

    /** {@return the declarations of a unit, in order} */
    public static String of(CUnit unit) {
        var source = new CSource(unit);
        return unit.declarations().stream()
                .map(source::declaration)
                .collect(Collectors.joining(";\n", "", ";\n"));
    }

    private String declaration(CType declaration) {
        return switch (declaration) {
            case Typedef typedef -> "typedef " + declare(typedef.type(), typedef.name());
            case CType.Enum enumeration -> "enum " + enumeration.name() + body(enumeration);
            case Composite composite -> body(composite);
            default -> throw new IllegalArgumentException(declaration.toString());
        };
    }

    private static String body(CType.Enum enumeration) {
        return enumeration.constants().stream()
                .map(constant -> constant.name() + " = " + number(constant.value()))
                .collect(Collectors.joining(", ", " { ", " }"));
    }

    private static String number(long value) {
        return value == Long.MIN_VALUE ? "-0x7fffffffffffffffLL - 1" : value + "LL";
    }

    private String body(Composite composite) {
        var text = new StringBuilder(composite.union() ? "union " : "struct ");
        text.append(composite.packed() ? "__attribute__((packed)) " : "");
        text.append(composite.name()).append(" {\n");
        for (Field field : composite.fields()) {
            text.append(declare(field.type(), field.name()));
            text.append(field.bits() > 0 ? " : " + field.bits() : "").append(";\n");
        }
        return text.append('}').toString();
    }

    /** {@return a declaration of a name; C reads it from the inside out} */
    private String declare(CType type, String name) {
        return switch (type) {
            case CType.Void _ -> "void " + name;
            case CType.Int number -> number.name() + ' ' + name;
            case CType.Float number -> number.name() + ' ' + name;
            case Typedef typedef -> typedef.name() + ' ' + name;
            case CType.Enum enumeration ->
                    "enum "
                            + (enumeration.name().isEmpty()
                                    ? body(enumeration)
                                    : enumeration.name())
                            + ' '
                            + name;
            case Composite composite -> body(composite) + ' ' + name;
            case Reference reference -> keyword(reference) + reference.name() + ' ' + name;
            case Pointer pointer ->
                    pointer.to() instanceof Prototype || pointer.to() instanceof Array
                            ? declare(pointer.to(), "(*" + name + ")")
                            : declare(pointer.to(), "*" + name);
            case Array array -> declare(array.element(), name + "[" + array.length() + "]");
            case Prototype prototype ->
                    declare(
                            prototype.result(),
                            name
                                    + prototype.parameters().stream()
                                            .map(parameter -> declare(parameter, ""))
                                            .collect(Collectors.joining(", ", "(", ")"))
                                            .replace("()", "(void)"));
            case Qualified qualified -> qualified(qualified, name);
        };
    }

    private String qualified(Qualified qualified, String name) {
        String word =
                switch (qualified.qualifier()) {
                    case CONST -> "const ";
                    case VOLATILE -> "volatile ";
                    case RESTRICT -> "__restrict ";
                    case TAG -> "TAG ";
                };
        return qualified.type() instanceof Pointer
                ? declare(qualified.type(), word + name)
                : qualified.qualifier() == CType.Qualifier.TAG
                        ? declare(qualified.type(), word + name)
                        : word + declare(qualified.type(), name);
    }

    private String keyword(Reference reference) {
        Composite composite = unit.composite(reference.name());
        boolean union = composite == null ? reference.union() : composite.union();
        return union ? "union " : "struct ";
    }
}
