package dev.purebpf.c;

import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.c.CType.Array;
import dev.purebpf.c.CType.Composite;
import dev.purebpf.c.CType.Field;
import dev.purebpf.c.CType.Pointer;
import dev.purebpf.c.CType.Prototype;
import dev.purebpf.c.CType.Qualified;
import dev.purebpf.c.CType.Reference;
import dev.purebpf.c.CType.Typedef;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Writes the declarations of a unit as BTF, in any order, with parts shared or repeated. */
public final class CBtf {
    private static final CType INDEX = CGenerator.NUMBERS.getFirst();

    private final CUnit unit;
    private final CLayout layout;
    private final boolean repeat;
    private final List<CType> types = new ArrayList<>();
    private final List<List<Integer>> parts = new ArrayList<>();
    private final Map<CType, Integer> known = new HashMap<>();
    private final Map<String, Integer> forwards = new HashMap<>();
    private int[] ids;

    private CBtf(CUnit unit, boolean repeat) {
        this.unit = unit;
        this.layout = new CLayout(unit);
        this.repeat = repeat;
    }

    /**
     * Writes a unit.
     *
     * @param builder where to
     * @param seed the order of the types
     * @param repeat whether numbers, pointers and the like are written again for each use
     * @return the id of each declaration, in their order
     */
    public static List<Integer> write(CUnit unit, BtfBuilder builder, long seed, boolean repeat) {
        return write(unit, unit.declarations(), builder, seed, repeat);
    }

    /**
     * Writes types of a unit, with all that belongs to them.
     *
     * @return the id of each type, in their order
     */
    public static List<Integer> write(
            CUnit unit, List<CType> types, BtfBuilder builder, long seed, boolean repeat) {
        var writer = new CBtf(unit, repeat);
        List<Integer> nodes = unit.declarations().stream().map(writer::declaration).toList();
        if (types != unit.declarations()) {
            nodes = types.stream().map(writer::node).toList();
        }
        writer.emit(builder, seed);
        return nodes.stream().map(writer::id).toList();
    }

    private int id(int node) {
        return node < 0 ? 0 : ids[node];
    }

    /** Of several declarations with one tag, each is written, and the first is referred to. */
    private int declaration(CType type) {
        if (type instanceof Composite composite && unit.composite(composite.name()) != type) {
            return add(composite);
        }
        return node(type);
    }

    /** {@return the number of a type among those to be written; −1 for void} */
    private int node(CType type) {
        return switch (type) {
            case CType.Void _ -> -1;
            case Reference reference -> {
                Composite composite = unit.composite(reference.name());
                if (composite != null) {
                    yield node(composite);
                }
                Integer forward = forwards.get(reference.name());
                if (forward == null) {
                    forward = add(reference);
                    forwards.put(reference.name(), forward);
                }
                yield forward;
            }
            default -> {
                boolean unique = type instanceof Typedef || type instanceof CType.Enum;
                boolean tagged = type instanceof Composite c && !c.name().isEmpty();
                Integer before = unique || tagged || !repeat ? known.get(type) : null;
                yield before != null ? before : add(type);
            }
        };
    }

    private int add(CType type) {
        int node = types.size();
        types.add(type);
        parts.add(List.of());
        known.putIfAbsent(type, node);
        List<CType> inner =
                switch (type) {
                    case Pointer pointer -> List.of(pointer.to());
                    case Array array -> List.of(array.element(), INDEX);
                    case Qualified qualified -> List.of(qualified.type());
                    case Typedef typedef -> List.of(typedef.type());
                    case Composite c -> c.fields().stream().map(Field::type).toList();
                    case Prototype prototype -> {
                        var all = new ArrayList<CType>(prototype.parameters());
                        all.addFirst(prototype.result());
                        yield all;
                    }
                    default -> List.of();
                };
        parts.set(node, inner.stream().map(this::node).toList());
        return node;
    }

    private void emit(BtfBuilder builder, long seed) {
        var order = new ArrayList<Integer>();
        for (int i = 0; i < types.size(); i++) {
            order.add(i);
        }
        if (seed != 0) {
            Collections.shuffle(order, new Random(seed));
        }
        ids = new int[types.size()];
        for (int i = 0; i < order.size(); i++) {
            ids[order.get(i)] = builder.nextId() + i;
        }
        for (int node : order) {
            builder.add(btf(types.get(node), parts.get(node).stream().map(this::id).toList()));
        }
    }

    private BtfType btf(CType type, List<Integer> inner) {
        return switch (type) {
            case CType.Int number ->
                    new BtfType.Int(
                            number.name(),
                            number.bytes(),
                            number.bool()
                                    ? BtfType.Int.BOOLEAN
                                    : number.signed() ? BtfType.Int.SIGNED : 0,
                            0,
                            8 * number.bytes());
            case CType.Float number -> new BtfType.Float(number.name(), number.bytes());
            case Pointer _ -> new BtfType.Pointer(inner.getFirst());
            case Array array -> new BtfType.Array(inner.get(0), inner.get(1), array.length());
            case Qualified qualified ->
                    switch (qualified.qualifier()) {
                        case CONST -> new BtfType.Const(inner.getFirst());
                        case VOLATILE -> new BtfType.Volatile(inner.getFirst());
                        case RESTRICT -> new BtfType.Restrict(inner.getFirst());
                        case TAG -> new BtfType.TypeTag("tag", inner.getFirst(), false);
                    };
            case Typedef typedef -> new BtfType.Typedef(typedef.name(), inner.getFirst());
            case CType.Enum enumeration -> enumeration(enumeration);
            case Reference reference -> new BtfType.Forward(reference.name(), reference.union());
            case Prototype _ ->
                    new BtfType.FunctionPrototype(
                            inner.getFirst(),
                            inner.stream()
                                    .skip(1)
                                    .map(id -> new BtfType.Parameter("", id))
                                    .toList());
            case Composite composite -> composite(composite, inner);
            case CType.Void _ -> throw new IllegalArgumentException("void has no record");
        };
    }

    private static BtfType enumeration(CType.Enum enumeration) {
        List<BtfType.Enumerator> enumerators =
                enumeration.constants().stream()
                        .map(c -> new BtfType.Enumerator(c.name(), c.value()))
                        .toList();
        return enumeration.bytes() == 8
                ? new BtfType.Enum64(enumeration.name(), 8, enumeration.signed(), enumerators)
                : new BtfType.Enum(
                        enumeration.name(), enumeration.bytes(), enumeration.signed(), enumerators);
    }

    private BtfType composite(Composite composite, List<Integer> inner) {
        var members = new ArrayList<BtfType.Member>();
        for (int i = 0; i < inner.size(); i++) {
            Field field = composite.fields().get(i);
            members.add(
                    new BtfType.Member(
                            field.name(),
                            inner.get(i),
                            layout.bitOffset(composite, i),
                            field.bits()));
        }
        boolean bitfields = composite.fields().stream().anyMatch(field -> field.bits() > 0);
        long size = layout.size(composite);
        return composite.union()
                ? new BtfType.Union(composite.name(), size, members, bitfields)
                : new BtfType.Struct(composite.name(), size, members, bitfields);
    }
}
