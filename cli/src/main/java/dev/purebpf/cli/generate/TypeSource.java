package dev.purebpf.cli.generate;

import dev.purebpf.codec.CType;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes the classes of structs, unions and enumerations. A struct is a record for whom wants a
 * value, and static accessors for whom reads where it lies and wants no garbage.
 */
final class TypeSource {
    /** What no component of a record may be called, by Java or because the record has it. */
    private static final Set<String> RESERVED =
            Set.of(
                    "clone",
                    "finalize",
                    "getClass",
                    "hashCode",
                    "notify",
                    "notifyAll",
                    "toString",
                    "wait",
                    "TYPE",
                    "LAYOUT",
                    "CODEC",
                    "SIZE");

    private final JavaTypes types;
    private final Source source;
    private final TreeSet<String> imports;

    TypeSource(JavaTypes types, Source source, TreeSet<String> imports) {
        this.types = types;
        this.source = source;
        this.imports = imports;
    }

    void write(CType type) {
        source.blank();
        switch (type) {
            case CType.Enumeration enumeration -> enumeration(enumeration);
            case CType.Struct struct when types.isRecord(struct) -> record(struct);
            case CType.Struct struct -> view(struct, struct.fields());
            case CType.Union union -> view(union, union.fields());
            default -> throw new IllegalArgumentException(type.name());
        }
    }

    private void enumeration(CType.Enumeration enumeration) {
        imports.add("java.util.Optional");
        String name = types.className(enumeration);
        String number = types.javaType(enumeration);
        source.comment(
                Source.code(enumeration.name())
                        + ". C has any number in one, so fields and variables are numbers.");
        source.open("public enum " + name + " {");
        var names = new JavaNames(Set.of("value"));
        List<CType.Constant> constants = enumeration.constants();
        for (int i = 0; i < constants.size(); i++) {
            CType.Constant constant = constants.get(i);
            source.comment(Source.code(constant.name()) + ".");
            source.line(
                    names.give(JavaNames.asItIs(constant.name()))
                            + "("
                            + literal(number, constant.value())
                            + (i + 1 < constants.size() ? ")," : ");"));
        }
        source.blank();
        source.line("private final " + number + " value;");
        source.blank();
        source.open(name + "(" + number + " value) {");
        source.line("this.value = value;");
        source.close();
        source.blank();
        source.comment("{@return its number in C}");
        source.open("public " + number + " value() {");
        source.line("return value;");
        source.close();
        source.blank();
        source.comment(
                "{@return the first constant of a number; empty if it is none of them}",
                List.of("@param value the number"));
        source.open("public static Optional<" + name + "> of(" + number + " value) {");
        source.open("for (" + name + " constant : values()) {");
        source.open("if (constant.value == value) {");
        source.line("return Optional.of(constant);");
        source.close();
        source.close();
        source.line("return Optional.empty();");
        source.close();
        source.close();
    }

    private static String literal(String number, long value) {
        return switch (number) {
            case "byte" -> "(byte) " + (byte) value;
            case "short" -> "(short) " + (short) value;
            case "int" -> Integer.toString((int) value);
            default -> value + "L";
        };
    }

    private void record(CType.Struct struct) {
        imports.addAll(
                Set.of(
                        "dev.purebpf.codec.CType",
                        "dev.purebpf.codec.Codec",
                        "java.lang.foreign.MemoryLayout",
                        "java.lang.invoke.MethodHandles",
                        "java.util.List"));
        String name = types.className(struct);
        var names = new JavaNames(RESERVED);
        List<String> components = new ArrayList<>();
        List<String> tags = new ArrayList<>();
        List<CType.Field> fields = JavaTypes.filled(struct);
        List<String> given = new ArrayList<>();
        for (CType.Field field : fields) {
            String component =
                    names.give(
                            field.name().isEmpty()
                                    ? "unionAt" + field.offset()
                                    : JavaNames.ofMember(field.name()));
            given.add(component);
            components.add(types.javaType(field.type()) + " " + component);
            tags.add("@param " + component + " " + describe(field));
        }
        source.comment(title(struct), tags);
        source.open("public record " + name, components, "");
        source.comment("How it lies in memory.");
        source.assign("public static final CType.Struct TYPE", types.fields(struct));
        source.blank();
        source.comment("The same as Java describes memory.");
        source.line("public static final MemoryLayout LAYOUT = TYPE.layout();");
        source.blank();
        source.comment("Reads and writes the record.");
        source.assign(
                "public static final Codec<" + name + "> CODEC",
                Source.call(
                        "Codec.of",
                        Source.words("TYPE"),
                        Source.words(name + ".class"),
                        Source.words("MethodHandles.lookup()")));
        var accessors = new AccessorSource(types, source, imports, names, "struct");
        for (int i = 0; i < fields.size(); i++) {
            accessors.write(fields.get(i), given.get(i));
        }
        accessors.writeOthers(struct.fields());
        source.close();
    }

    private String describe(CType.Field field) {
        String text = Source.code(field.type().name()) + " at byte " + field.offset();
        CType plain = field.type() instanceof CType.Bitfield bits ? bits.base() : field.type();
        while (plain instanceof CType.Array array) {
            plain = array.element();
        }
        String other = types.className(plain);
        boolean said = types.javaType(field.type()).contains(String.valueOf(other));
        return text + (other == null || said ? "" : ", see {@link " + other + "}");
    }

    private static String title(CType type) {
        return Source.code(type.name())
                + ", "
                + type.size()
                + (type.size() == 1 ? " byte." : " bytes.");
    }

    /** A type of which Java has the bytes, and what they may be. */
    private void view(CType type, List<CType.Field> fields) {
        String name = types.className(type);
        source.comment(title(type));
        source.open("public static final class " + name + " {");
        source.comment("Its size in bytes.");
        source.line("public static final int SIZE = " + type.size() + ";");
        source.blank();
        source.line("private " + name + "() {}");
        var names = new JavaNames(RESERVED);
        String owner = type instanceof CType.Union ? "union" : "struct";
        new AccessorSource(types, source, imports, names, owner).writeAll(fields);
        source.close();
    }
}
