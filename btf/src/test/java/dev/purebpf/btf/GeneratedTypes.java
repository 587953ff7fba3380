package dev.purebpf.btf;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

import java.util.List;

/** Any types at all: valid as records, not necessarily as C. */
final class GeneratedTypes {
    private static final long U32 = 0xffff_ffffL;

    private GeneratedTypes() {}

    /**
     * {@return lists of types of all kinds}
     *
     * @param first the id that the first one gets; references go to any id below the end of the
     *     list
     */
    static Arbitrary<List<BtfType>> lists(int first) {
        return Arbitraries.integers()
                .between(1, 30)
                .flatMap(size -> type(first + size - 1).list().ofSize(size));
    }

    private static Arbitrary<BtfType> type(int lastId) {
        Arbitrary<Integer> id = Arbitraries.integers().between(0, lastId);
        Arbitrary<String> name = names();
        Arbitrary<Long> size = Arbitraries.longs().between(0, U32).edgeCases(e -> e.add(4L, U32));
        Arbitrary<Boolean> flag = Arbitraries.of(true, false);
        Arbitrary<Linkage> linkage = Arbitraries.of(Linkage.class);
        Arbitrary<Integer> small = Arbitraries.integers().between(0, 255);
        return Arbitraries.oneOf(
                Combinators.combine(name, size, Arbitraries.integers().between(0, 15), small, small)
                        .as(BtfType.Int::new),
                id.map(BtfType.Pointer::new),
                Combinators.combine(id, id, size).as(BtfType.Array::new),
                flag.flatMap(
                        bits ->
                                Combinators.combine(name, size, members(id, bits))
                                        .as((n, s, m) -> new BtfType.Struct(n, s, m, bits))),
                flag.flatMap(
                        bits ->
                                Combinators.combine(name, size, members(id, bits))
                                        .as((n, s, m) -> new BtfType.Union(n, s, m, bits))),
                flag.flatMap(
                        signed ->
                                Combinators.combine(name, enumSizes(), enumerators(signed, false))
                                        .as((n, s, e) -> new BtfType.Enum(n, s, signed, e))),
                Combinators.combine(name, flag).as(BtfType.Forward::new),
                Combinators.combine(name, id).as(BtfType.Typedef::new),
                id.map(BtfType.Volatile::new),
                id.map(BtfType.Const::new),
                id.map(BtfType.Restrict::new),
                Combinators.combine(name, id, linkage).as(BtfType.Function::new),
                Combinators.combine(
                                id,
                                Combinators.combine(name, id)
                                        .as(BtfType.Parameter::new)
                                        .list()
                                        .ofMaxSize(6))
                        .as(BtfType.FunctionPrototype::new),
                Combinators.combine(name, id, linkage).as(BtfType.Variable::new),
                Combinators.combine(
                                name,
                                size,
                                Combinators.combine(id, size, size)
                                        .as(BtfType.SectionEntry::new)
                                        .list()
                                        .ofMaxSize(6))
                        .as(BtfType.DataSection::new),
                Combinators.combine(name, size).as(BtfType.Float::new),
                Combinators.combine(name, id, Arbitraries.integers().between(-1, 1 << 20), flag)
                        .as(BtfType.DeclTag::new),
                Combinators.combine(name, id, flag).as(BtfType.TypeTag::new),
                flag.flatMap(
                        signed ->
                                Combinators.combine(name, enumSizes(), enumerators(signed, true))
                                        .as((n, s, e) -> new BtfType.Enum64(n, s, signed, e))));
    }

    private static Arbitrary<String> names() {
        return Arbitraries.strings()
                .withChars("abcxyz_09.?é€")
                .ofMaxLength(8)
                .edgeCases(e -> e.add("", "x".repeat(300)));
    }

    private static Arbitrary<Integer> enumSizes() {
        return Arbitraries.of(1, 2, 4, 8);
    }

    private static Arbitrary<List<BtfType.Member>> members(Arbitrary<Integer> id, boolean bits) {
        Arbitrary<Long> offset = Arbitraries.longs().between(0, bits ? 0xff_ffffL : U32);
        Arbitrary<Integer> size = Arbitraries.integers().between(0, bits ? 255 : 0);
        return Combinators.combine(names(), id, offset, size)
                .as(BtfType.Member::new)
                .list()
                .ofMaxSize(6);
    }

    private static Arbitrary<List<BtfType.Enumerator>> enumerators(boolean signed, boolean wide) {
        Arbitrary<Long> value =
                wide
                        ? Arbitraries.longs()
                        : signed
                                ? Arbitraries.integers().map(Integer::longValue)
                                : Arbitraries.longs().between(0, U32);
        return Combinators.combine(names(), value).as(BtfType.Enumerator::new).list().ofMaxSize(6);
    }
}
