package dev.purebpf.core;

import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A C type, laid out as the C compiler does it: what tests of CO-RE hold the answers against. Knows
 * nothing of the code under test but how to hand it its types.
 */
sealed interface Shape {
    long size();

    long alignment();

    record Number(int bytes, boolean signed) implements Shape {

        @Override
        public long size() {
            return bytes;
        }

        @Override
        public long alignment() {
            return bytes;
        }
    }

    record Pointer() implements Shape {
        @Override
        public long size() {
            return 8;
        }

        @Override
        public long alignment() {
            return 8;
        }
    }

    record Array(Shape element, int length) implements Shape {
        @Override
        public long size() {
            return element.size() * length;
        }

        @Override
        public long alignment() {
            return element.alignment();
        }
    }

    /** A struct or union. */
    record Body(boolean union, List<Field> fields) implements Shape {
        @Override
        public long size() {
            long end = 0;
            for (int i = 0; i < fields.size(); i++) {
                end = Math.max(end, offset(i) + fields.get(i).shape().size());
            }
            return (end + alignment() - 1) / alignment() * alignment();
        }

        @Override
        public long alignment() {
            return fields.stream().mapToLong(f -> f.shape().alignment()).max().orElse(1);
        }

        /** {@return the byte offset of a field} */
        long offset(int index) {
            if (union) {
                return 0;
            }
            long offset = 0;
            for (int i = 0; ; i++) {
                long alignment = fields.get(i).shape().alignment();
                offset = (offset + alignment - 1) / alignment * alignment;
                if (i == index) {
                    return offset;
                }
                offset += fields.get(i).shape().size();
            }
        }
    }

    /** A field; without a name when it is an anonymous struct or union. */
    record Field(String name, Shape shape) {}

    /** A field that was found, and where. */
    record Found(Shape shape, long offset) {}

    /** A step of a path: into a field, or, where the name is {@code null}, into an array. */
    record Step(String name, int index) {}

    /** A path: the steps that have names, and the access spec with all indexes. */
    record Path(List<Step> steps, String access, Shape shape, long offset) {}

    /**
     * {@return where a path leads to, or {@code null}} The original is what the object has there.
     */
    static Found walk(Shape root, List<Step> steps, Shape original) {
        Found at = new Found(root, 0);
        Shape local = original;
        for (Step step : steps) {
            if (step.name() == null) {
                if (!(at.shape() instanceof Array array) || step.index() >= array.length()) {
                    return null;
                }
                local = ((Array) local).element();
                at =
                        new Found(
                                array.element(),
                                at.offset() + step.index() * array.element().size());
            } else {
                Found in = field(at.shape(), step.name());
                Found here = field(local, step.name());
                if (in == null || !alike(here.shape(), in.shape())) {
                    return null;
                }
                local = here.shape();
                at = new Found(in.shape(), at.offset() + in.offset());
            }
        }
        return at;
    }

    private static Found field(Shape shape, String name) {
        if (!(shape instanceof Body body)) {
            return null;
        }
        for (int i = 0; i < body.fields().size(); i++) {
            Field field = body.fields().get(i);
            if (field.name().equals(name)) {
                return new Found(field.shape(), body.offset(i));
            }
            if (field.name().isEmpty()) {
                Found inner = field(field.shape(), name);
                if (inner != null) {
                    return new Found(inner.shape(), body.offset(i) + inner.offset());
                }
            }
        }
        return null;
    }

    private static boolean alike(Shape first, Shape second) {
        return first instanceof Array a && second instanceof Array b
                ? alike(a.element(), b.element())
                : first.getClass() == second.getClass();
    }

    /** {@return all paths to things with a name, and to the first and last elements of arrays} */
    static List<Path> paths(Shape root) {
        var paths = new ArrayList<Path>();
        collect(root, new Path(List.of(), "0", root, 0), paths);
        return paths;
    }

    private static void collect(Shape shape, Path path, List<Path> paths) {
        switch (shape) {
            case Body body -> {
                for (int i = 0; i < body.fields().size(); i++) {
                    Field field = body.fields().get(i);
                    var steps = new ArrayList<>(path.steps());
                    if (!field.name().isEmpty()) {
                        steps.add(new Step(field.name(), i));
                    }
                    var next =
                            new Path(
                                    steps,
                                    path.access() + ':' + i,
                                    field.shape(),
                                    path.offset() + body.offset(i));
                    if (!field.name().isEmpty()) {
                        paths.add(next);
                    }
                    collect(field.shape(), next, paths);
                }
            }
            case Array array -> {
                for (int index : new int[] {0, array.length() - 1}) {
                    var steps = new ArrayList<>(path.steps());
                    steps.add(new Step(null, index));
                    var next =
                            new Path(
                                    steps,
                                    path.access() + ':' + index,
                                    array.element(),
                                    path.offset() + index * array.element().size());
                    paths.add(next);
                    collect(array.element(), next, paths);
                }
            }
            case Number _, Pointer _ -> {}
        }
    }

    /** Writes types; parts before or after what they are parts of. */
    static int write(BtfBuilder builder, String name, Shape shape, boolean partsFirst) {
        return switch (shape) {
            case Number number ->
                    builder.add(
                            new BtfType.Int(
                                    "n",
                                    number.size(),
                                    number.signed() ? BtfType.Int.SIGNED : 0,
                                    0,
                                    (int) number.size() * 8));
            case Pointer _ -> builder.add(new BtfType.Pointer(0));
            case Array array -> {
                int id = partsFirst ? 0 : builder.add(new BtfType.Array(0, 0, 0));
                int element = write(builder, "", array.element(), partsFirst);
                var type = new BtfType.Array(element, 0, array.length());
                if (partsFirst) {
                    yield builder.add(type);
                }
                builder.set(id, type);
                yield id;
            }
            case Body body -> {
                int id =
                        partsFirst ? 0 : builder.add(new BtfType.Struct(name, 0, List.of(), false));
                var members = new ArrayList<BtfType.Member>();
                for (int i = 0; i < body.fields().size(); i++) {
                    Field field = body.fields().get(i);
                    int type = write(builder, "", field.shape(), partsFirst);
                    members.add(new BtfType.Member(field.name(), type, body.offset(i) * 8, 0));
                }
                BtfType type =
                        body.union()
                                ? new BtfType.Union(name, body.size(), members, false)
                                : new BtfType.Struct(name, body.size(), members, false);
                if (partsFirst) {
                    yield builder.add(type);
                }
                builder.set(id, type);
                yield id;
            }
        };
    }

    /** {@return the same with fields in another order} */
    static List<Field> rotated(List<Field> fields, int distance) {
        var copy = new ArrayList<>(fields);
        Collections.rotate(copy, distance);
        return copy;
    }
}
