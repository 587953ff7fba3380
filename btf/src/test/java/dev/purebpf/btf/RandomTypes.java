package dev.purebpf.btf;

import java.util.List;
import java.util.Random;

/** Structs and unions of C that lie in memory in all the ways that there are. */
final class RandomTypes {
    static final int STRUCTS = 60;

    private static final List<String> NUMBERS =
            List.of(
                    "char",
                    "signed char",
                    "unsigned char",
                    "short",
                    "unsigned short",
                    "int",
                    "unsigned int",
                    "long",
                    "unsigned long",
                    "_Bool",
                    "enum few",
                    "enum small");

    private static final List<Integer> BITS = List.of(8, 8, 8, 16, 16, 32, 32, 64, 64, 1, 32, 8);

    private final Random random;
    private final StringBuilder text =
            new StringBuilder(
                    """
                    enum few {
                    	FEW_A = 0,
                    	FEW_B = -5,
                    };
                    enum small {
                    	SMALL_A = 1,
                    } __attribute__((packed));
                    """);
    private int names;

    RandomTypes(long seed) {
        this.random = new Random(seed);
    }

    String source() {
        for (int i = 0; i < STRUCTS; i++) {
            boolean isUnion = random.nextInt(5) == 0;
            text.append(isUnion ? "union t" : "struct t").append(i).append(" {\n");
            members(i, 0);
            text.append('}').append(attributes()).append(";\n");
            text.append("typedef ")
                    .append(isUnion ? "union t" : "struct t")
                    .append(i)
                    .append(random.nextBoolean() ? " n" : " *n")
                    .append(i)
                    .append(";\n");
        }
        return text.toString();
    }

    private String attributes() {
        return switch (random.nextInt(6)) {
            case 0 -> " __attribute__((packed))";
            case 1 -> " __attribute__((aligned(" + (1 << random.nextInt(7)) + ")))";
            case 2 -> " __attribute__((packed, aligned(" + (1 << random.nextInt(4)) + ")))";
            default -> "";
        };
    }

    private void members(int known, int nesting) {
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            member(known, nesting);
        }
    }

    private void member(int known, int nesting) {
        String name = "m" + names++;
        int number = random.nextInt(NUMBERS.size());
        switch (random.nextInt(10)) {
            case 0, 1, 2 ->
                    text.append(NUMBERS.get(number))
                            .append(' ')
                            .append(name)
                            .append(" : ")
                            .append(1 + random.nextInt(BITS.get(number)))
                            .append(";\n");
            case 3 -> text.append("int : ").append(random.nextInt(33)).append(";\n");
            case 4 ->
                    text.append(NUMBERS.get(number))
                            .append(' ')
                            .append(name)
                            .append('[')
                            .append(random.nextInt(4))
                            .append("];\n");
            case 5 -> text.append("struct unknown *").append(name).append(";\n");
            case 6 -> {
                if (known > 0) {
                    text.append("n")
                            .append(random.nextInt(known))
                            .append(' ')
                            .append(name)
                            .append(";\n");
                }
            }
            case 7 -> {
                if (nesting < 3) {
                    text.append(random.nextBoolean() ? "struct {\n" : "union {\n");
                    members(known, nesting + 1);
                    text.append("\t}").append(attributes());
                    text.append(random.nextBoolean() ? ";\n" : " " + name + ";\n");
                }
            }
            default ->
                    text.append(NUMBERS.get(number))
                            .append(' ')
                            .append(name)
                            .append(random.nextInt(8) == 0 ? " __attribute__((aligned(16)))" : "")
                            .append(";\n");
        }
    }
}
