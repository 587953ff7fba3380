package dev.purebpf.cli.trace;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.BtfType.FunctionPrototype;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.probe.TracepointFormat.Place;
import dev.purebpf.symbol.UsdtArgument;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What is shown of a function, as fields of {@code struct value_record} of {@code trace.bpf.c}:
 *
 * <pre>
 *   0 reserved   8 the parameters, then the result; or the result alone: 8 bytes each
 * </pre>
 *
 * <p>Numbers narrower than a register are in its low bytes, which come first on the little-endian
 * machines that there are programs for.
 */
final class FunctionFields {
    /** How many parameters are in registers that programs can read. */
    static final int REGISTERS = 6;

    /** How many values a record has room for. */
    private static final int MOST = 12;

    private static final int WIDTH = 8;
    private static final String POINTER = "void *";
    private static final String RESULT = "returned";

    private FunctionFields() {}

    /**
     * {@return the parameters of a function of the kernel, by their types, in registers}
     *
     * <p>Only those before the first that is no number and no address: what is wider than a
     * register shifts those behind it.
     *
     * @param btf the kernel's types
     * @param prototype the function's
     */
    static List<Field> parameters(Btf btf, FunctionPrototype prototype) {
        List<Field> fields = new ArrayList<>();
        for (BtfType.Parameter parameter : prototype.parameters()) {
            int number = fields.size();
            Field field = field(btf, parameter, number, number);
            if (field == null || number == REGISTERS) {
                break;
            }
            fields.add(field);
        }
        return fields;
    }

    /** {@return the result of a function of the kernel by its type; nothing for {@code void}} */
    static List<Field> result(Btf btf, FunctionPrototype prototype) {
        Field field = field(btf, prototype.returnType(), RESULT, 0);
        return field == null ? List.of() : List.of(field);
    }

    /**
     * {@return the arguments that the kernel hands to a program, one after the other}
     *
     * <p>What is passed as a whole takes its size, rounded up, and is not shown.
     *
     * @param btf the kernel's types
     * @param parameters what is handed over
     */
    static List<Field> arguments(Btf btf, List<BtfType.Parameter> parameters) {
        List<Field> fields = new ArrayList<>();
        int place = 0;
        for (int i = 0; i < parameters.size() && place < MOST; i++) {
            Field field = field(btf, parameters.get(i), i, place);
            if (field != null) {
                fields.add(field);
            }
            place += places(btf, parameters.get(i).type());
        }
        return fields;
    }

    /** {@return the arguments of a function of the kernel and, behind them, its result} */
    static List<Field> argumentsAndResult(Btf btf, FunctionPrototype prototype) {
        List<Field> fields = arguments(btf, prototype.parameters());
        int place = 0;
        for (BtfType.Parameter parameter : prototype.parameters()) {
            place += places(btf, parameter.type());
        }
        Field result = field(btf, prototype.returnType(), RESULT, place);
        if (result != null && place <= MOST) {
            fields.add(result);
        }
        return fields;
    }

    /** {@return how many words of 8 bytes an argument takes} */
    private static int places(Btf btf, int type) {
        int id = btf.skipModifiersAndTypedefs(type);
        return id == 0 ? 1 : Math.clamp((btf.size(id) + WIDTH - 1) / WIDTH, 1, MOST + 1);
    }

    /** {@return the first parameters of a function of which no types are known} */
    static List<Field> untypedParameters(int count) {
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fields.add(field(POINTER, "arg" + i, i, WIDTH, false));
        }
        return fields;
    }

    /** {@return the result of a function of which no types are known} */
    static List<Field> untypedResult() {
        return List.of(field(POINTER, RESULT, 0, WIDTH, false));
    }

    /**
     * {@return the values of a USDT probe}
     *
     * <p>What has eight bytes and no sign is an address, or may be one.
     *
     * @param places where the values are at each of the places of that name: the program brings
     *     those of any size to 8 bytes
     */
    static List<Field> marked(List<List<UsdtArgument>> places) {
        List<Field> fields = new ArrayList<>();
        List<UsdtArgument> most =
                places.stream().max(Comparator.comparingInt(List::size)).orElse(List.of());
        for (int i = 0; i < most.size() && i < MOST; i++) {
            UsdtArgument argument = most.get(i);
            String type =
                    argument.isSigned() ? "long" : argument.size() < WIDTH ? "unsigned" : POINTER;
            fields.add(field(type, "arg" + i, i, WIDTH, argument.isSigned()));
        }
        return fields;
    }

    private static Field field(Btf btf, BtfType.Parameter parameter, int number, int place) {
        String name = parameter.name().isEmpty() ? "arg" + number : parameter.name();
        return field(btf, parameter.type(), name, place);
    }

    /** {@return a value by its type; {@code null} if it is no number and no address} */
    private static Field field(Btf btf, int type, String name, int number) {
        return switch (btf.type(btf.skipModifiersAndTypedefs(type))) {
            case BtfType.Int t when t.size() <= WIDTH ->
                    field(t.name(), name, number, (int) t.size(), t.signed());
            case BtfType.Enum t -> field("enum", name, number, t.size(), t.signed());
            case BtfType.Enum64 t -> field("enum", name, number, t.size(), t.signed());
            case BtfType.Pointer t ->
                    field(
                            isConstantText(btf, t) ? "const char *" : POINTER,
                            name,
                            number,
                            WIDTH,
                            false);
            default -> null;
        };
    }

    /** What may be changed is mostly a buffer that has yet to be filled. */
    private static boolean isConstantText(Btf btf, BtfType.Pointer pointer) {
        boolean constant = false;
        int id = pointer.type();
        while (btf.type(id) instanceof BtfType.Modifier modifier) {
            constant |= modifier instanceof BtfType.Const;
            id = modifier.type();
        }
        return constant && btf.type(id) instanceof BtfType.Int t && t.name().equals("char");
    }

    private static Field field(String type, String name, int number, int size, boolean signed) {
        return new Field(type, name, WIDTH * (number + 1), size, signed, false, 0, Place.INLINE);
    }
}
