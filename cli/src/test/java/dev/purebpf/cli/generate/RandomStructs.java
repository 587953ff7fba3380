package dev.purebpf.cli.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Structs of C with fields of all kinds, and for each a variable whose every field has a value. */
final class RandomStructs {
    private static final int STRUCTS = 40;

    /** In C, its bytes, whether it is signed. */
    private static final List<Number> NUMBERS =
            List.of(
                    new Number("char", 1, true),
                    new Number("unsigned char", 1, false),
                    new Number("short", 2, true),
                    new Number("unsigned short", 2, false),
                    new Number("int", 4, true),
                    new Number("unsigned int", 4, false),
                    new Number("long", 8, true),
                    new Number("unsigned long long", 8, false),
                    new Number("enum some", 4, true));

    private record Number(String inC, int size, boolean signed) {}

    /** A field: a number, a text, a struct, or a list of those. */
    record Field(String name, String declaration, String initial, Object value, boolean bits) {}

    /**
     * A struct and what its variable {@code vNAME} holds.
     *
     * @param name its tag
     * @param fields its fields
     * @param packed whether nothing is aligned
     */
    record Struct(String name, List<Field> fields, boolean packed) {
        String declaration() {
            return fields.stream()
                    .map(field -> "\t" + field.declaration() + ";\n")
                    .collect(
                            Collectors.joining(
                                    "",
                                    "struct "
                                            + (packed ? "__attribute__((packed)) " : "")
                                            + name
                                            + " {\n",
                                    "};\n"));
        }

        String initial() {
            return fields.stream()
                    .map(field -> "." + field.name() + " = " + field.initial())
                    .collect(Collectors.joining(", ", "{", "}"));
        }
    }

    private final Random random;
    private final List<Struct> structs = new ArrayList<>();

    private RandomStructs(long seed) {
        this.random = new Random(seed);
    }

    static List<Struct> of(long seed) {
        var made = new RandomStructs(seed);
        for (int i = 0; i < STRUCTS; i++) {
            made.structs.add(made.struct("s" + i));
        }
        return made.structs;
    }

    /** {@return a source that declares the structs and defines their variables} */
    static String source(List<Struct> structs) {
        StringBuilder source = new StringBuilder("enum some { SOME = -5, OTHER = 9 };\n");
        for (Struct struct : structs) {
            source.append(struct.declaration());
            source.append("struct ").append(struct.name()).append(" v").append(struct.name());
            source.append(" = ").append(struct.initial()).append(";\n");
        }
        return source.toString();
    }

    private Struct struct(String name) {
        int count = 1 + random.nextInt(9);
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fields.add(field("f" + i));
        }
        return new Struct(name, fields, random.nextInt(4) == 0);
    }

    private Field field(String name) {
        return switch (random.nextInt(9)) {
            case 0, 1 -> number(name);
            case 2, 3, 4 -> bits(name);
            case 5 -> {
                String text = "text".repeat(3).substring(random.nextInt(12));
                int room = text.length() + random.nextInt(5);
                String declaration = "char " + name + "[" + room + "]";
                yield new Field(name, declaration, '"' + text + '"', text, false);
            }
            case 6 -> array(name);
            case 7 -> {
                boolean truth = random.nextBoolean();
                yield new Field(name, "_Bool " + name, truth ? "1" : "0", truth, false);
            }
            default -> structs.isEmpty() ? number(name) : nested(name);
        };
    }

    private Field number(String name) {
        Number type = NUMBERS.get(random.nextInt(NUMBERS.size()));
        long value = value(8 * type.size(), type.signed());
        return new Field(name, type.inC() + " " + name, literal(value), value, false);
    }

    private Field bits(String name) {
        Number type = NUMBERS.get(random.nextInt(NUMBERS.size() - 1));
        int bits = 1 + random.nextInt(8 * type.size());
        // Plain char may be either, as the compiler likes.
        boolean signed = type.signed();
        long value = value(bits, signed);
        String declaration = type.inC() + " " + name + " : " + bits;
        return new Field(name, declaration, literal(value), value, true);
    }

    private Field array(String name) {
        Number type = NUMBERS.get(1 + random.nextInt(NUMBERS.size() - 1));
        List<Object> values = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            values.add(value(8 * type.size(), type.signed()));
        }
        String initial =
                values.stream()
                        .map(value -> literal((long) value))
                        .collect(Collectors.joining(", ", "{", "}"));
        String declaration = type.inC() + " " + name + "[" + count + "]";
        return new Field(name, declaration, initial, values, false);
    }

    private Field nested(String name) {
        Struct inner = structs.get(random.nextInt(structs.size()));
        String declaration = "struct " + inner.name() + " " + name;
        return new Field(name, declaration, inner.initial(), inner, false);
    }

    private long value(int bits, boolean signed) {
        long value = random.nextInt(4) == 0 ? -1 : random.nextLong();
        int above = Long.SIZE - bits;
        return signed ? value << above >> above : value << above >>> above;
    }

    private static String literal(long value) {
        return value == Long.MIN_VALUE ? "(-9223372036854775807 - 1)" : signedOrNot(value);
    }

    /** The bits are what counts. */
    private static String signedOrNot(long value) {
        return value < 0 ? "(long)" + Long.toUnsignedString(value) + "ull" : value + "ll";
    }
}
