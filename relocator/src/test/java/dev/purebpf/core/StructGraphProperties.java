package dev.purebpf.core;

import static dev.purebpf.btf.CoreRelocationKind.FIELD_BYTE_OFFSET;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_BYTE_SIZE;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_EXISTS;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.btf.CoreRelocationKind;
import dev.purebpf.core.Shape.Array;
import dev.purebpf.core.Shape.Body;
import dev.purebpf.core.Shape.Field;
import dev.purebpf.core.Shape.Found;
import dev.purebpf.core.Shape.Number;
import dev.purebpf.core.Shape.Path;
import dev.purebpf.core.Shape.Pointer;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.Opcode;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Structs of any shape, and a kernel that has them in another: every answer agrees with C. */
class StructGraphProperties {
    private static final int MOVE = 0xb7;
    private static final int LOAD = 0x61;

    @Provide
    Arbitrary<Shape> structs() {
        return body(3).map(body -> named(body, new int[1]));
    }

    private static Arbitrary<Body> body(int depth) {
        return Combinators.combine(
                        Arbitraries.of(false, false, false, true),
                        shape(depth).list().ofMinSize(1).ofMaxSize(5))
                .as(
                        (union, shapes) ->
                                new Body(
                                        union,
                                        shapes.stream().map(s -> new Field("?", s)).toList()));
    }

    private static Arbitrary<Shape> shape(int depth) {
        Arbitrary<Shape> number =
                Combinators.combine(Arbitraries.of(1, 2, 4, 8), Arbitraries.of(true, false))
                        .as(Number::new);
        Arbitrary<Shape> pointer = Arbitraries.just(new Pointer());
        if (depth == 0) {
            return Arbitraries.oneOf(number, pointer);
        }
        Arbitrary<Shape> array =
                Combinators.combine(
                                Arbitraries.lazy(() -> shape(depth - 1)),
                                Arbitraries.integers().between(1, 4))
                        .as(Array::new);
        Arbitrary<Shape> inner = Arbitraries.lazy(() -> body(depth - 1)).map(b -> b);
        return Arbitraries.oneOf(number, number, pointer, array, inner);
    }

    /** {@return the same with a name for each field; some structs within stay anonymous} */
    private static Shape named(Shape shape, int[] counter) {
        return switch (shape) {
            case Body body -> {
                var fields = new ArrayList<Field>();
                for (Field field : body.fields()) {
                    int number = counter[0]++;
                    boolean anonymous = field.shape() instanceof Body && number % 2 == 0;
                    fields.add(
                            new Field(
                                    anonymous ? "" : "f" + number, named(field.shape(), counter)));
                }
                yield new Body(body.union(), fields);
            }
            case Array array -> new Array(named(array.element(), counter), array.length());
            case Number _, Pointer _ -> shape;
        };
    }

    /**
     * {@return a kernel's idea of the same struct: fields moved, renamed, resized, wrapped, gone}
     */
    private static Shape changed(Shape shape, Iterator<Integer> decisions) {
        return switch (shape) {
            case Body body -> {
                var fields = new ArrayList<Field>();
                for (Field field : body.fields()) {
                    Shape inner = changed(field.shape(), decisions);
                    switch (next(decisions)) {
                        case 0 -> {}
                        case 1 -> fields.add(new Field(field.name() + "x", inner));
                        case 2 -> {
                            var wrapped = new Field(field.name(), inner);
                            fields.add(new Field("", new Body(true, List.of(wrapped))));
                        }
                        case 3 -> {
                            fields.add(new Field("new_" + field.name(), new Number(8, false)));
                            fields.add(new Field(field.name(), inner));
                        }
                        default -> fields.add(new Field(field.name(), inner));
                    }
                }
                yield new Body(body.union(), Shape.rotated(fields, next(decisions)));
            }
            case Array array -> {
                int longer = next(decisions) == 0 ? 1 : 0;
                int shorter = next(decisions) == 0 && array.length() > 1 ? 1 : 0;
                yield new Array(
                        changed(array.element(), decisions), array.length() + longer - shorter);
            }
            case Number number ->
                    switch (next(decisions)) {
                        case 0 -> new Number(number.bytes() == 8 ? 4 : 8, number.signed());
                        case 1 -> new Number(number.bytes(), !number.signed());
                        case 2 -> new Pointer();
                        default -> number;
                    };
            case Pointer _ -> next(decisions) == 0 ? new Number(8, false) : shape;
        };
    }

    private static int next(Iterator<Integer> decisions) {
        return decisions.hasNext() ? decisions.next() : 9;
    }

    @Property(tries = 1000)
    void everyFieldIsWhereTheKernelsCompilerPutIt(
            @ForAll("structs") Shape local,
            @ForAll @Size(max = 60) List<@IntRange(max = 12) Integer> decisions,
            @ForAll boolean partsFirst,
            @ForAll boolean little) {
        Shape kernel = changed(local, decisions.iterator());
        var scene = scene(local, kernel, partsFirst, little);
        for (Path path : Shape.paths(local)) {
            Found expected = Shape.walk(kernel, path.steps(), local);
            Resolution exists = scene.ask(FIELD_EXISTS, root, path.access());
            assertEquals(expected == null ? 0 : 1, exists.value(), path.toString());

            Resolution offset = scene.ask(FIELD_BYTE_OFFSET, root, path.access());
            Resolution size = scene.ask(FIELD_BYTE_SIZE, root, path.access());
            assertEquals(expected == null, offset.poisoned());
            assertEquals(expected == null, size.poisoned());
            if (expected != null) {
                assertEquals(path.offset(), offset.original());
                assertEquals(expected.offset(), offset.value());
                assertEquals(expected.shape().size(), size.value());
                assertTrue(offset.target().orElseThrow().toString().contains(" root"));
            }
        }
    }

    @Property(tries = 500)
    void everyLoadIsAsWideAsTheKernelsFieldOrPoisoned(
            @ForAll("structs") Shape local,
            @ForAll @Size(max = 60) List<@IntRange(max = 12) Integer> decisions) {
        Shape kernel = changed(local, decisions.iterator());
        var scene = scene(local, kernel, true, true);
        for (Path path : Shape.paths(local)) {
            Found expected = Shape.walk(kernel, path.steps(), local);
            if (!(path.shape() instanceof Number || path.shape() instanceof Pointer)) {
                continue;
            }
            int code = LOAD & ~Opcode.SIZE_MASK | sizeBits(path.shape().size());
            List<Instruction> fitted =
                    scene.fit(
                            Instruction.of(code, 1, 2, (int) path.offset(), 0),
                            FIELD_BYTE_OFFSET,
                            root,
                            path.access());
            Instruction load = fitted.getFirst();
            if (expected == null || !isReadable(path.shape(), expected.shape())) {
                assertEquals(Opcode.CALL, load.opcode());
            } else {
                assertEquals(expected.offset(), load.offset());
                assertEquals(expected.shape().size(), Opcode.accessSize(load.opcode()));
            }
        }
    }

    /** {@return whether zeroes are what a wider or narrower load would need} */
    private static boolean isReadable(Shape local, Shape kernel) {
        if (local.size() == kernel.size()) {
            return true;
        }
        return local instanceof Number a
                && kernel instanceof Number b
                && !a.signed()
                && !b.signed();
    }

    @Property(tries = 300)
    void theObjectsOwnTypesChangeNothing(
            @ForAll("structs") Shape local, @ForAll boolean partsFirst) {
        var scene = scene(local, local, partsFirst, true);
        for (CoreRelocationKind kind : List.of(FIELD_BYTE_OFFSET, FIELD_BYTE_SIZE, FIELD_EXISTS)) {
            for (Path path : Shape.paths(local)) {
                Resolution resolution = scene.ask(kind, root, path.access());
                assertFalse(resolution.poisoned());
                assertEquals(resolution.original(), resolution.value());
                var move = Instruction.of(MOVE, 1, 0, 0, resolution.original());
                assertEquals(
                        move.immediate(),
                        scene.fit(move, kind, root, path.access()).getFirst().immediate());
            }
        }
    }

    private int root;

    private Scene scene(Shape local, Shape kernel, boolean partsFirst, boolean little) {
        var scene = new Scene();
        scene.order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        root = Shape.write(scene.local.builder, "root", local, true);
        Shape.write(scene.kernel.builder, "root", kernel, partsFirst);
        return scene;
    }

    private static int sizeBits(long size) {
        return switch ((int) size) {
            case 1 -> Opcode.SIZE_BYTE;
            case 2 -> Opcode.SIZE_HALF;
            case 4 -> Opcode.SIZE_WORD;
            default -> Opcode.SIZE_DOUBLE;
        };
    }
}
