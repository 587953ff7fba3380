package dev.purebpf.c;

import dev.purebpf.c.CType.Array;
import dev.purebpf.c.CType.Composite;
import dev.purebpf.c.CType.Constant;
import dev.purebpf.c.CType.Field;
import dev.purebpf.c.CType.Pointer;
import dev.purebpf.c.CType.Prototype;
import dev.purebpf.c.CType.Qualified;
import dev.purebpf.c.CType.Qualifier;
import dev.purebpf.c.CType.Reference;
import dev.purebpf.c.CType.Typedef;

import java.util.ArrayList;
import java.util.List;

/** Writes C declarations as people do, and as they do not: any that a compiler takes. */
public final class CGenerator {
    static final List<CType> NUMBERS =
            List.of(
                    new CType.Int("int", 4, true, false),
                    new CType.Int("unsigned int", 4, false, false),
                    new CType.Int("unsigned long", 8, false, false),
                    new CType.Int("long long", 8, true, false),
                    new CType.Int("unsigned char", 1, false, false),
                    new CType.Int("short", 2, true, false),
                    new CType.Int("unsigned short", 2, false, false),
                    new CType.Int("signed char", 1, true, false),
                    new CType.Int("_Bool", 1, false, true));
    private static final List<CType> FLOATS =
            List.of(new CType.Float("double", 8), new CType.Float("float", 4));
    private static final List<Long> VALUES =
            List.of(
                    1L,
                    -1L,
                    0x7fff_ffffL,
                    0x8000_0000L,
                    0xffff_ffffL,
                    1L << 40,
                    Long.MIN_VALUE,
                    -0x8000_0000L);
    private static final int DEPTH = 3;

    private final Choices choices;
    private final boolean plain;
    private final List<CType> declarations = new ArrayList<>();
    private int fields;

    private CGenerator(Choices choices, boolean plain) {
        this.choices = choices;
        this.plain = plain;
    }

    /** {@return some declarations} */
    public static CUnit unit(Choices choices) {
        return new CGenerator(choices, false).generate();
    }

    /**
     * {@return some declarations that any relocation finds in themselves} Without flavours, which
     * would find each other; without floating-point numbers, which match nothing; and not packed,
     * as no load reaches every packed bitfield.
     */
    public static CUnit plainUnit(Choices choices) {
        return new CGenerator(choices, true).generate();
    }

    private CUnit generate() {
        int count = 1 + choices.below(6);
        for (int i = 0; i < count; i++) {
            String name = plain ? "t" + i : name(i);
            switch (choices.below(6)) {
                // Structs and enumerations share one space of tags.
                case 4 -> declarations.add(enumeration(name.replace('t', 'e')));
                case 5 -> declarations.add(new Typedef(name, type(DEPTH)));
                default -> declarations.add(composite(name, DEPTH));
            }
        }
        return new CUnit(declarations);
    }

    private String name(int number) {
        int of = choices.onceIn(3) ? choices.below(number + 1) : number;
        String plain = "t" + of;
        return of != number
                ? plain + "___f" + number
                : plain
                        + choices.of(
                                List.of("", "", "", "___x", "____x", "___", "__x", "___x___y"));
    }

    private Composite composite(String name, int depth) {
        boolean union = choices.onceIn(4);
        boolean packed = !plain && choices.onceIn(8);
        int count = 1 + choices.below(5);
        var members = new ArrayList<Field>();
        for (int i = 0; i < count; i++) {
            members.add(field(depth));
        }
        if (!union && choices.onceIn(5)) {
            members.add(new Field(fieldName(), new Array(type(0), 0), 0));
        }
        return new Composite(name, union, packed, members);
    }

    private String fieldName() {
        return "f" + fields++;
    }

    private Field field(int depth) {
        CType type = type(depth);
        if (type instanceof Composite && choices.onceIn(2)) {
            return new Field("", type, 0);
        }
        int width = choices.onceIn(3) ? widest(type) : 0;
        return new Field(fieldName(), type, width == 0 ? 0 : 1 + choices.below(width));
    }

    /** {@return how many bits a bitfield of a type may have; 0 when it can be none} */
    static int widest(CType type) {
        return switch (type) {
            case CType.Int number -> number.bool() ? 1 : 8 * number.bytes();
            case CType.Enum enumeration -> 8 * enumeration.bytes();
            case Qualified qualified -> widest(qualified.type());
            case Typedef typedef -> widest(typedef.type());
            default -> 0;
        };
    }

    private CType type(int depth) {
        return switch (choices.below(depth == 0 ? 10 : 14)) {
            case 4, 5 -> new Pointer(pointee());
            case 6 -> declared(Typedef.class);
            case 7 -> declared(CType.Enum.class);
            case 8 -> embedded();
            case 9 -> plain ? number() : choices.of(FLOATS);
            case 10 -> new Array(type(depth - 1), 1 + choices.below(4));
            case 11, 12 -> composite("", depth - 1);
            case 13 -> qualified(type(0));
            default -> number();
        };
    }

    private CType number() {
        return choices.of(NUMBERS);
    }

    private CType pointee() {
        return switch (choices.below(8)) {
            case 1 -> number();
            case 2, 3 -> {
                int number = choices.below(6);
                yield new Reference("t" + number, number % 3 == 2);
            }
            case 4 -> prototype();
            case 5 -> new Pointer(new CType.Void());
            case 6 -> new Qualified(Qualifier.TAG, number());
            case 7 -> qualified(declared(Typedef.class));
            default -> new CType.Void();
        };
    }

    private Prototype prototype() {
        var parameters = new ArrayList<CType>();
        for (int i = choices.below(3); i > 0; i--) {
            parameters.add(choices.onceIn(3) ? new Pointer(new CType.Void()) : number());
        }
        return new Prototype(choices.onceIn(2) ? number() : new CType.Void(), parameters);
    }

    private CType qualified(CType type) {
        if (type instanceof Pointer && choices.onceIn(3)) {
            return new Qualified(Qualifier.RESTRICT, new Pointer(number()));
        }
        Qualifier qualifier = choices.onceIn(2) ? Qualifier.VOLATILE : Qualifier.CONST;
        return isArray(type) ? type : new Qualified(qualifier, type);
    }

    /** {@return whether C would put a qualifier before the elements instead} */
    private static boolean isArray(CType type) {
        return type instanceof Array || type instanceof Typedef typedef && isArray(typedef.type());
    }

    private CType declared(Class<? extends CType> kind) {
        List<CType> known = declarations.stream().filter(kind::isInstance).toList();
        return known.isEmpty() ? number() : choices.of(known);
    }

    private CType embedded() {
        List<CType> known = declarations.stream().filter(Composite.class::isInstance).toList();
        if (known.isEmpty()) {
            return number();
        }
        var composite = (Composite) choices.of(known);
        return new Reference(composite.name(), composite.union());
    }

    private CType.Enum enumeration(String name) {
        var constants = new ArrayList<Constant>();
        for (int i = choices.below(4); i >= 0; i--) {
            String flavour = !plain && choices.onceIn(6) ? "___x" : "";
            long value = choices.onceIn(3) ? choices.of(VALUES) : i;
            constants.add(new Constant("C" + fields++ + flavour, value));
        }
        return CType.Enum.of(name, constants);
    }
}
