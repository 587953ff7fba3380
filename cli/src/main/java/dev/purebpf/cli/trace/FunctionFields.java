package dev.purebpf.cli.trace;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.probe.TracepointFormat.Place;

import java.util.ArrayList;
import java.util.List;

/**
 * What is shown of a function, as fields of {@code struct function_record} of {@code trace.bpf.c}:
 *
 * <pre>
 *   0 reserved   8 the parameters 0 to 5, or the result, 8 bytes each
 * </pre>
 *
 * <p>Numbers narrower than a register are in its low bytes, which come first on the little-endian
 * machines that there are programs for.
 */
final class FunctionFields {
    /** How many parameters are in registers that programs can read. */
    static final int REGISTERS = 6;

    private static final int WIDTH = 8;
    private static final String POINTER = "void *";

    private FunctionFields() {}

    /**
     * {@return the parameters of a function of the kernel, by their types}
     *
     * <p>Only those before the first that is no number and no address: what is wider than a
     * register shifts those behind it.
     *
     * @param btf the kernel's types
     * @param function the function's name; one that they do not know has no fields
     */
    static List<Field> parameters(Btf btf, String function) {
        List<Field> fields = new ArrayList<>();
        BtfType.FunctionPrototype prototype = prototype(btf, function);
        if (prototype == null) {
            return fields;
        }
        for (BtfType.Parameter parameter : prototype.parameters()) {
            int number = fields.size();
            String name = parameter.name().isEmpty() ? "arg" + number : parameter.name();
            Field field = field(btf, parameter.type(), name, number);
            if (field == null || number == REGISTERS) {
                break;
            }
            fields.add(field);
        }
        return fields;
    }

    /** {@return the result of a function of the kernel by its type; nothing for {@code void}} */
    static List<Field> result(Btf btf, String function) {
        BtfType.FunctionPrototype prototype = prototype(btf, function);
        Field field = prototype == null ? null : field(btf, prototype.returnType(), "returned", 0);
        return field == null ? List.of() : List.of(field);
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
        return List.of(field(POINTER, "returned", 0, WIDTH, false));
    }

    /** {@return whether the kernel's types tell a function's parameters} */
    static boolean isKnown(Btf btf, String function) {
        return prototype(btf, function) != null;
    }

    private static BtfType.FunctionPrototype prototype(Btf btf, String function) {
        int id = btf.find(function, BtfKind.FUNCTION);
        if (id > 0
                && btf.type(id) instanceof BtfType.Function found
                && btf.type(found.prototype()) instanceof BtfType.FunctionPrototype prototype) {
            return prototype;
        }
        return null;
    }

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
