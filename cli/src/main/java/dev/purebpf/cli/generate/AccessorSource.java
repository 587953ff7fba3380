package dev.purebpf.cli.generate;

import dev.purebpf.codec.CType;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/**
 * Writes static methods that read and write fields where they lie in memory: numbers as numbers,
 * and of everything else the place.
 */
final class AccessorSource {
    private final JavaTypes types;
    private final Source source;
    private final TreeSet<String> imports;
    private final JavaNames names;
    private final String owner;

    /** The owner is what has the fields: a struct or a union. */
    AccessorSource(
            JavaTypes types,
            Source source,
            TreeSet<String> imports,
            JavaNames names,
            String owner) {
        this.types = types;
        this.source = source;
        this.imports = imports;
        this.names = names;
        this.owner = owner;
    }

    /** Writes those of all fields, and of the fields of anonymous unions. */
    void writeAll(List<CType.Field> fields) {
        for (CType.Field field : fields) {
            if (!field.name().isEmpty()) {
                write(field, names.give(JavaNames.ofMember(field.name())));
            }
        }
        writeUnions(fields, 0);
    }

    /** Writes those of the fields that no record has: flexible arrays, and in anonymous unions. */
    void writeOthers(List<CType.Field> fields) {
        for (CType.Field field : fields) {
            if (JavaTypes.isEmptyArray(field.type()) && !field.name().isEmpty()) {
                write(field, names.give(JavaNames.ofMember(field.name())));
            }
        }
        writeUnions(fields, 0);
    }

    private void writeUnions(List<CType.Field> fields, int base) {
        for (CType.Field field : fields) {
            if (field.name().isEmpty() && field.type() instanceof CType.Union union) {
                int at = base + field.offset();
                for (CType.Field inner : union.fields()) {
                    if (!inner.name().isEmpty()) {
                        var moved =
                                new CType.Field(inner.name(), at + inner.offset(), inner.type());
                        write(moved, names.give(JavaNames.ofMember(inner.name())));
                    }
                }
                writeUnions(union.fields(), at);
            }
        }
    }

    /** Writes those of a field. */
    void write(CType.Field field, String name) {
        List<CType.Array> arrays = new ArrayList<>();
        CType element = field.type();
        while (element instanceof CType.Array array) {
            arrays.add(array);
            element = array.element();
        }
        String what = field.name().isEmpty() ? "the union" : Source.code(field.name());
        boolean number = isNumber(element) && types.javaType(element) != null;
        if (field.type() instanceof CType.Bitfield bitfield) {
            if (types.javaType(bitfield) == null) {
                return;
            }
            bits(name, what, field.offset(), bitfield);
            return;
        }
        if (arrays.isEmpty() && number) {
            value(name, what, element, place(field.offset()), List.of());
            return;
        }
        List<String> indexes = new ArrayList<>();
        for (int i = 1; i <= arrays.size(); i++) {
            indexes.add("index" + (arrays.size() == 1 ? "" : Integer.toString(i)));
        }
        place(name, what, field, arrays, indexes);
        if (number) {
            String call = name + "At(offset, " + String.join(", ", indexes) + ")";
            value(name, what, element, call, indexes);
        }
    }

    private static boolean isNumber(CType type) {
        return switch (type) {
            case CType.Whole _, CType.Pointer _, CType.Enumeration _ -> true;
            case CType.Truth _, CType.Real _ -> true;
            default -> false;
        };
    }

    private static String place(int offset) {
        return offset == 0 ? "offset" : "offset + " + offset;
    }

    private void place(
            String name,
            String what,
            CType.Field field,
            List<CType.Array> arrays,
            List<String> indexes) {
        source.blank();
        source.comment(
                "{@return where "
                        + (arrays.isEmpty() ? what : "an element of " + what)
                        + " begins in the "
                        + owner
                        + " at an offset}");
        List<String> parameters = new ArrayList<>(List.of("long offset"));
        indexes.forEach(index -> parameters.add("long " + index));
        source.open("public static long " + name + "At", parameters, "");
        if (arrays.isEmpty()) {
            source.line("return " + place(field.offset()) + ";");
        } else {
            imports.add("java.util.Objects");
            source.line("long at = " + place(field.offset()) + ";");
            for (int i = 0; i < arrays.size(); i++) {
                // How long a flexible array is, only its program knows.
                boolean flexible = i == 0 && arrays.size() == 1 && arrays.get(i).length() == 0;
                String length = flexible ? "Integer.MAX_VALUE" : "" + arrays.get(i).length();
                String checked = "Objects.checkIndex(" + indexes.get(i) + ", " + length + ")";
                int size = arrays.get(i).element().size();
                source.line("at += " + checked + (size == 1 ? "" : " * " + size) + ";");
            }
            source.line("return at;");
        }
        source.close();
    }

    private void value(String name, String what, CType type, String place, List<String> indexes) {
        imports.add("java.lang.foreign.MemorySegment");
        imports.add("java.lang.foreign.ValueLayout");
        String javaType = types.javaType(type);
        boolean truth = type instanceof CType.Truth;
        String layout =
                "ValueLayout."
                        + switch (javaType) {
                            case "byte", "boolean" -> "JAVA_BYTE";
                            default -> "JAVA_" + javaType.toUpperCase(Locale.ROOT) + "_UNALIGNED";
                        };
        getter(
                name,
                what,
                javaType,
                indexes,
                Source.words("memory.get(" + layout + ", " + place + ")" + (truth ? " != 0" : "")));
        setter(
                name,
                what,
                javaType,
                indexes,
                Source.call(
                        "memory.set",
                        Source.words(layout),
                        Source.words(place),
                        Source.words(truth ? "(byte) (value ? 1 : 0)" : "value")));
    }

    private void bits(String name, String what, int offset, CType.Bitfield bitfield) {
        imports.add("dev.purebpf.codec.Bitfields");
        imports.add("java.lang.foreign.MemorySegment");
        String javaType = types.javaType(bitfield);
        boolean signed =
                switch (bitfield.base()) {
                    case CType.Whole whole -> whole.signed();
                    case CType.Enumeration enumeration -> enumeration.signed();
                    default -> false;
                };
        String call =
                String.format(
                        "Bitfields.%s(memory, %s, %d, %d)",
                        signed ? "signed" : "unsigned",
                        place(offset),
                        bitfield.shift(),
                        bitfield.bits());
        String value =
                switch (javaType) {
                    case "boolean" -> call + " != 0";
                    case "long" -> call;
                    default -> "(" + javaType + ") " + call;
                };
        getter(name, what, javaType, List.of(), Source.words(value));
        setter(
                name,
                what,
                javaType,
                List.of(),
                Source.call(
                        "Bitfields.set",
                        Source.words("memory"),
                        Source.words(place(offset)),
                        Source.words("" + bitfield.shift()),
                        Source.words("" + bitfield.bits()),
                        Source.words(javaType.equals("boolean") ? "value ? 1 : 0" : "value")));
    }

    private void getter(
            String name,
            String what,
            String javaType,
            List<String> indexes,
            Source.Expression value) {
        source.blank();
        source.comment(
                "{@return "
                        + (indexes.isEmpty() ? what : "an element of " + what)
                        + " of the "
                        + owner
                        + " at an offset of memory}");
        source.open("public static " + javaType + " " + name, parameters(indexes), "");
        source.statement("return ", value);
        source.close();
    }

    private void setter(
            String name,
            String what,
            String javaType,
            List<String> indexes,
            Source.Expression write) {
        source.blank();
        source.comment(
                "Writes "
                        + (indexes.isEmpty() ? what : "an element of " + what)
                        + " of the "
                        + owner
                        + " at an offset of memory.");
        List<String> parameters = parameters(indexes);
        parameters.add(javaType + " value");
        source.open("public static void " + name, parameters, "");
        source.statement("", write);
        source.close();
    }

    private static List<String> parameters(List<String> indexes) {
        List<String> parameters = new ArrayList<>(List.of("MemorySegment memory", "long offset"));
        indexes.forEach(index -> parameters.add("long " + index));
        return parameters;
    }
}
