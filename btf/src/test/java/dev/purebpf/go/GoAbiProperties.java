package dev.purebpf.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where values of any types are, compared with Go's specification written down a second time: its
 * algorithm over types as they are declared, which knows nothing of {@link GoType}.
 *
 * @see <a href="https://go.dev/s/regabi">Function call argument and result passing</a>
 */
class GoAbiProperties {
    private static final int DEEPEST = 3;

    private static final Arbitrary<Declared> BASIC =
            Arbitraries.of(
                    new Basic(1, false),
                    new Basic(2, false),
                    new Basic(4, false),
                    new Basic(8, false),
                    new Basic(4, true),
                    new Basic(8, true));

    private static final Arbitrary<Declared> BUILTIN = Arbitraries.of(Builtin.values());

    /** A type as Go declares it. */
    private sealed interface Declared {
        /** {@return bytes of a value, and what its address is a multiple of} */
        Layout layout();

        /** {@return the type as it is read of a program} */
        GoType read();
    }

    private record Layout(long size, long alignment) {}

    /** Numbers, and addresses. */
    private record Basic(long size, boolean isFloat) implements Declared {
        @Override
        public Layout layout() {
            return new Layout(size, size);
        }

        @Override
        public GoType read() {
            return new GoType.Scalar(
                    "n", isFloat ? GoType.Kind.FLOAT : GoType.Kind.UNSIGNED, (int) size);
        }
    }

    /** What the language has as one type and the convention as several words. */
    private enum Builtin implements Declared {
        COMPLEX64(8, 4),
        COMPLEX128(16, 8),
        STRING(16, 8),
        INTERFACE(16, 8),
        SLICE(24, 8),
        MAP(8, 8);

        private final Layout layout;

        Builtin(long size, long alignment) {
            layout = new Layout(size, alignment);
        }

        @Override
        public Layout layout() {
            return layout;
        }

        @Override
        public GoType read() {
            return switch (this) {
                case COMPLEX64, COMPLEX128 -> new GoType.Complex("c", layout.size);
                case STRING -> new GoType.Text("s");
                case INTERFACE -> new GoType.Interface("i", true);
                case SLICE -> new GoType.Slice("l", Optional::empty);
                case MAP -> new GoType.Pointer("m", GoType.PointerKind.MAP, Optional::empty);
            };
        }
    }

    private record Array(int length, Declared element) implements Declared {
        @Override
        public Layout layout() {
            Layout of = element.layout();
            return new Layout(length * of.size, of.alignment);
        }

        @Override
        public GoType read() {
            return new GoType.Array("a", length, element.read());
        }
    }

    private record Struct(List<Declared> fields, List<Long> offsets, Layout layout)
            implements Declared {
        private static Struct of(List<Declared> fields) {
            List<Long> offsets = new ArrayList<>();
            long end = 0;
            long alignment = 1;
            for (Declared field : fields) {
                Layout of = field.layout();
                long offset = up(end, of.alignment);
                offsets.add(offset);
                end = offset + of.size;
                alignment = Math.max(alignment, of.alignment);
            }
            // The address of a last field without bytes must not be that of something else.
            boolean isOpen = !fields.isEmpty() && fields.getLast().layout().size == 0 && end > 0;
            Layout layout = new Layout(up(end + (isOpen ? 1 : 0), alignment), alignment);
            return new Struct(fields, offsets, layout);
        }

        @Override
        public GoType read() {
            List<GoType.Field> read = new ArrayList<>();
            for (int i = 0; i < fields.size(); i++) {
                read.add(new GoType.Field("f" + i, offsets.get(i), fields.get(i).read()));
            }
            return new GoType.Struct("t", layout.size, read);
        }
    }

    private static long up(long value, long alignment) {
        return Math.ceilDiv(value, alignment) * alignment;
    }

    /** The specification's state: I, FP, S, and what has been assigned. */
    private static final class Specified {
        private final int integers;
        private final int floats;
        private int nextInteger;
        private int nextFloat;
        private long stack;
        private List<String> registers;

        private Specified(int integers, int floats) {
            this.integers = integers;
            this.floats = floats;
        }

        private void reset() {
            nextInteger = 0;
            nextFloat = 0;
        }

        /** "If T has length 0 …": the place of a whole value. */
        private String assign(Declared type) {
            int integersBefore = nextInteger;
            int floatsBefore = nextFloat;
            registers = new ArrayList<>();
            boolean isAssigned = type.layout().size > 0 && registerAssign(type, 0);
            if (isAssigned) {
                return String.join(" ", registers);
            }
            nextInteger = integersBefore;
            nextFloat = floatsBefore;
            stack = up(stack, type.layout().alignment);
            long at = stack;
            stack += type.layout().size;
            return "stack " + at + " " + type.layout().size;
        }

        private boolean registerAssign(Declared type, long at) {
            return switch (type) {
                case Basic basic when basic.isFloat -> aFloat(at, basic.size);
                case Basic basic -> anInteger(at, basic.size);
                case Builtin builtin ->
                        switch (builtin) {
                            case COMPLEX64 -> aFloat(at, 4) && aFloat(at + 4, 4);
                            case COMPLEX128 -> aFloat(at, 8) && aFloat(at + 8, 8);
                            case STRING, INTERFACE -> anInteger(at, 8) && anInteger(at + 8, 8);
                            case SLICE ->
                                    anInteger(at, 8)
                                            && anInteger(at + 8, 8)
                                            && anInteger(at + 16, 8);
                            case MAP -> anInteger(at, 8);
                        };
                case Array array ->
                        switch (array.length) {
                            case 0 -> true;
                            case 1 -> registerAssign(array.element, at);
                            default -> false;
                        };
                case Struct struct -> {
                    for (int i = 0; i < struct.fields.size(); i++) {
                        if (!registerAssign(struct.fields.get(i), at + struct.offsets.get(i))) {
                            yield false;
                        }
                    }
                    yield true;
                }
            };
        }

        private boolean anInteger(long at, long size) {
            return nextInteger < integers
                    && registers.add("i" + nextInteger++ + "@" + at + "+" + size);
        }

        private boolean aFloat(long at, long size) {
            return nextFloat < floats && registers.add("f" + nextFloat++ + "@" + at + "+" + size);
        }
    }

    private static String computed(List<GoCall.Part> parts) {
        GoCall.Part first = parts.getFirst();
        if (first.place() == GoCall.Place.STACK) {
            assertEquals(1, parts.size());
            assertEquals(0, first.offset());
            return "stack " + (first.number() - GoAbi.STACK_OFFSET) + " " + first.size();
        }
        List<String> all = new ArrayList<>();
        for (GoCall.Part part : parts) {
            String row = part.place() == GoCall.Place.INTEGER ? "i" : "f";
            all.add(row + part.number() + "@" + part.offset() + "+" + part.size());
        }
        return String.join(" ", all);
    }

    private static GoSignature signature(List<Declared> parameters, List<Declared> results) {
        return new GoSignature("f", named(parameters), named(results));
    }

    private static List<GoSignature.Parameter> named(List<Declared> types) {
        return types.stream().map(type -> new GoSignature.Parameter("v", type.read())).toList();
    }

    @Property
    void valuesAreWhereTheSpecificationPutsThem(
            @ForAll("types") List<Declared> parameters, @ForAll("types") List<Declared> results) {
        for (GoAbi abi : GoAbi.values()) {
            Specified specified =
                    switch (abi) {
                        case AMD64 -> new Specified(9, 15);
                        case ARM64 -> new Specified(16, 16);
                        case STACK -> new Specified(0, 0);
                    };
            GoCall call = abi.assign(signature(parameters, results));
            List<String> places = new ArrayList<>();
            long spill = 0;
            for (Declared parameter : parameters) {
                String place = specified.assign(parameter);
                places.add(place);
                if (!place.startsWith("stack")) {
                    spill = up(spill, parameter.layout().alignment) + parameter.layout().size;
                }
            }
            specified.stack = up(specified.stack, 8);
            specified.reset();
            for (Declared result : results) {
                places.add(specified.assign(result));
            }
            List<String> all = new ArrayList<>();
            call.parameters().forEach(parts -> all.add(computed(parts)));
            call.results().forEach(parts -> all.add(computed(parts)));
            assertEquals(places, all, abi::toString);
            assertEquals(up(specified.stack, 8), call.stackSize(), abi::toString);
            assertEquals(up(spill, 8), call.spillSize(), abi::toString);
        }
    }

    @Property
    void typesHaveTheSizesOfTheirDeclarations(@ForAll("type") Declared type) {
        assertEquals(type.layout().size, type.read().size());
        assertEquals(type.layout().alignment, type.read().alignment());
    }

    /** Otherwise the property above would say less than it seems to. */
    @Property(tries = 1)
    void theSpecificationsOwnExampleIsAssignedAsItSays() {
        // func f(a1 uint8, a2 [2]uintptr, a3 uint8) (r1 struct { x uintptr; y [2]uintptr }, r2
        // string)
        Declared word = new Basic(8, false);
        Declared one = new Basic(1, false);
        GoCall call =
                GoAbi.AMD64.assign(
                        signature(
                                List.of(one, new Array(2, word), one),
                                List.of(
                                        Struct.of(List.of(word, new Array(2, word))),
                                        Builtin.STRING)));
        assertEquals("i0@0+1", computed(call.parameters().get(0)));
        assertEquals("stack 0 16", computed(call.parameters().get(1)));
        assertEquals("i1@0+1", computed(call.parameters().get(2)));
        assertEquals("stack 16 24", computed(call.results().get(0)));
        assertEquals("i0@0+8 i1@8+8", computed(call.results().get(1)));
        assertEquals(40, call.stackSize());
        assertEquals(8, call.spillSize());
        assertTrue(call.argumentsSize() == 48);
    }

    @Provide
    Arbitrary<List<Declared>> types() {
        return type().list().ofMaxSize(8);
    }

    @Provide
    Arbitrary<Declared> type() {
        return typeOf(DEEPEST);
    }

    private static Arbitrary<Declared> typeOf(int depth) {
        Arbitrary<Declared> leaf = Arbitraries.oneOf(BASIC, BASIC, BUILTIN);
        if (depth == 0) {
            return leaf;
        }
        Arbitrary<Declared> inner = typeOf(depth - 1);
        Arbitrary<Declared> arrays =
                Combinators.combine(Arbitraries.integers().between(0, 3), inner).as(Array::new);
        Arbitrary<Declared> structs = inner.list().ofMaxSize(4).map(Struct::of);
        return Arbitraries.oneOf(leaf, leaf, arrays, structs);
    }
}
