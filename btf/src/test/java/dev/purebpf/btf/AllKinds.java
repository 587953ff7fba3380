package dev.purebpf.btf;

import java.nio.ByteOrder;
import java.util.List;

/**
 * One type of each of the 19 kinds, in the order of their numbers, and a few to make them
 * meaningful.
 */
final class AllKinds {
    private AllKinds() {}

    static Btf build(ByteOrder order) {
        var builder = BtfBuilder.create();
        addTo(builder);
        return builder.build("all kinds", order);
    }

    static void addTo(BtfBuilder builder) {
        int first = builder.nextId();
        int pointer = first + 1;
        int array = first + 2;
        int struct = first + 3;
        builder.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        builder.add(new BtfType.Pointer(struct));
        builder.add(new BtfType.Array(first, first, 16));
        builder.add(
                new BtfType.Struct(
                        "task_struct",
                        88,
                        List.of(
                                new BtfType.Member("next", pointer, 0, 0),
                                new BtfType.Member("comm", array, 64, 0),
                                new BtfType.Member("flag", first, 576, 3),
                                new BtfType.Member("", first + 4, 640, 0)),
                        true));
        builder.add(
                new BtfType.Union(
                        "",
                        8,
                        List.of(
                                new BtfType.Member("number", first, 0, 0),
                                new BtfType.Member("self", pointer, 0, 0)),
                        false));
        builder.add(
                new BtfType.Enum("sign", 4, true, List.of(new BtfType.Enumerator("MINUS", -1))));
        builder.add(new BtfType.Forward("later", true));
        builder.add(new BtfType.Typedef("number_t", first));
        builder.add(new BtfType.Volatile(first + 7));
        builder.add(new BtfType.Const(first + 8));
        builder.add(new BtfType.Restrict(pointer));
        builder.add(new BtfType.Function("main", first + 12, Linkage.GLOBAL));
        builder.add(
                new BtfType.FunctionPrototype(
                        first,
                        List.of(
                                new BtfType.Parameter("count", first + 7),
                                new BtfType.Parameter("", 0))));
        builder.add(new BtfType.Variable("total", first + 9, Linkage.STATIC));
        builder.add(
                new BtfType.DataSection(
                        ".bss", 16, List.of(new BtfType.SectionEntry(first + 13, 8, 4))));
        builder.add(new BtfType.Float("double", 8));
        builder.add(new BtfType.DeclTag("a tag", struct, 1, false));
        builder.add(new BtfType.TypeTag("user", first, false));
        builder.add(
                new BtfType.Enum64(
                        "wide",
                        8,
                        false,
                        List.of(new BtfType.Enumerator("HIGH", 0x8000_0000_0000_0000L))));
    }
}
