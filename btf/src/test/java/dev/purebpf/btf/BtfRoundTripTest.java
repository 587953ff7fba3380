package dev.purebpf.btf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.Hostile;
import dev.purebpf.elf.ElfFile;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

class BtfRoundTripTest {
    private static final int BASE_TYPES = 3;

    @Provide
    Arbitrary<List<BtfType>> types() {
        return GeneratedTypes.lists(1);
    }

    @Provide
    Arbitrary<List<BtfType>> splitTypes() {
        return GeneratedTypes.lists(BASE_TYPES + 1);
    }

    private static ByteOrder order(boolean little) {
        return little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }

    private static List<BtfType> own(Btf btf) {
        var types = new ArrayList<BtfType>();
        for (int id = btf.firstId(); id < btf.typeCount(); id++) {
            types.add(btf.type(id));
        }
        return types;
    }

    @Property
    void whatIsWrittenIsRead(@ForAll("types") List<BtfType> types, @ForAll boolean little) {
        var builder = BtfBuilder.create();
        for (int i = 0; i < types.size(); i++) {
            assertEquals(i + 1, builder.nextId());
            assertEquals(i + 1, builder.add(types.get(i)));
        }
        Btf btf = builder.build("generated", order(little));
        assertEquals(order(little), btf.byteOrder());
        assertEquals(types, own(btf));
        for (int id = 1; id < btf.typeCount(); id++) {
            BtfType type = btf.type(id);
            assertEquals(type.kind(), btf.kind(id));
            assertEquals(type.name(), btf.name(id));
        }
        assertArrayEquals(
                btf.bytes(), BtfBuilder.copyOf(btf).toBytes(order(little)), "a copy is the same");
    }

    @Property
    void splitTypesContinueTheirBase(
            @ForAll("splitTypes") List<BtfType> types, @ForAll boolean little) {
        var first = BtfBuilder.create();
        first.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        first.add(new BtfType.Struct("abc", 4, List.of(), false));
        first.add(new BtfType.Typedef("x", 2));
        Btf base = first.build("base", order(little));
        var builder = BtfBuilder.split(base);
        types.forEach(builder::add);
        Btf btf = builder.build("split", order(little));
        assertEquals(BASE_TYPES + 1, btf.firstId());
        assertEquals(types, own(btf));
        assertEquals("int", btf.name(1));
        assertEquals(base.type(2), btf.type(2));
        assertEquals(1, btf.find("int", BtfKind.INT));
        assertArrayEquals(btf.bytes(), BtfBuilder.copyOf(btf).toBytes(order(little)));
    }

    @Property
    void searchesFindWhatAWalkFinds(@ForAll("types") List<BtfType> types) {
        var builder = BtfBuilder.create();
        types.forEach(builder::add);
        Btf btf = builder.build("generated", ByteOrder.LITTLE_ENDIAN);
        for (BtfType wanted : types) {
            var expected = new ArrayList<Integer>();
            for (int id = 1; id < btf.typeCount(); id++) {
                if (btf.name(id).equals(wanted.name()) && btf.kind(id) == wanted.kind()) {
                    expected.add(id);
                }
            }
            int[] found = btf.findAll(wanted.name(), wanted.kind());
            assertEquals(expected, java.util.Arrays.stream(found).boxed().toList());
            assertEquals(found[0], btf.find(wanted.name(), wanted.kind()));
            assertTrue(btf.find(wanted.name()) <= found[0], "of any kind");
        }
    }

    @Property
    void typesThatMakeNoSenseAreRefusedAndDoNotHang(@ForAll("types") List<BtfType> types) {
        var builder = BtfBuilder.create();
        types.forEach(builder::add);
        Btf btf = builder.build("generated", ByteOrder.LITTLE_ENDIAN);
        for (int id = 0; id < btf.typeCount(); id++) {
            int current = id;
            for (Runnable question :
                    List.<Runnable>of(
                            () -> btf.size(current),
                            () -> btf.alignment(current),
                            () -> btf.skipModifiers(current),
                            () -> btf.skipModifiersAndTypedefs(current))) {
                Hostile.refusesOrAnswers(question);
            }
        }
    }

    @Property
    void anOldKernelGetsOnlyWhatItKnows(
            @ForAll("types") List<BtfType> types, @ForAll Set<BtfFeature> features) {
        var builder = BtfBuilder.create();
        types.forEach(builder::add);
        Btf before = builder.build("generated", ByteOrder.LITTLE_ENDIAN);
        Btf after = before.fitTo(features);
        assertTrue(after.typeCount() - before.typeCount() <= 1, "ids stay, but for a placeholder");
        for (int id = 1; id < after.typeCount(); id++) {
            BtfType type = after.type(id);
            assertTrue(accepts(features, type), () -> type + " with " + features);
            if (id < before.typeCount() && before.type(id) instanceof BtfType.Composite) {
                assertEquals(before.type(id), type, "what every kernel knows stays");
            }
        }
        if (features.containsAll(EnumSet.allOf(BtfFeature.class))) {
            assertArrayEquals(before.bytes(), after.bytes());
        }
    }

    private static boolean accepts(Set<BtfFeature> features, BtfType type) {
        return switch (type) {
            case BtfType.Function f ->
                    features.contains(BtfFeature.FUNCTIONS)
                            && (features.contains(BtfFeature.GLOBAL_FUNCTIONS)
                                    || f.linkage() == Linkage.STATIC);
            case BtfType.FunctionPrototype _ -> features.contains(BtfFeature.FUNCTIONS);
            case BtfType.Variable _ -> features.contains(BtfFeature.DATA_SECTIONS);
            case BtfType.DataSection d ->
                    features.contains(BtfFeature.DATA_SECTIONS)
                            && (features.contains(BtfFeature.QUESTION_MARK_SECTIONS)
                                    || !d.name().startsWith("?"));
            case BtfType.Float _ -> features.contains(BtfFeature.FLOATS);
            case BtfType.DeclTag _ -> features.contains(BtfFeature.DECL_TAGS);
            case BtfType.TypeTag _ -> features.contains(BtfFeature.TYPE_TAGS);
            case BtfType.Enum64 _ -> features.contains(BtfFeature.ENUM64);
            case BtfType.Enum e -> !e.signed() || features.contains(BtfFeature.ENUM64);
            default -> true;
        };
    }

    @Example
    void realObjectsSurviveTheWayThroughOurTypesInEitherOrder() {
        for (String name : Fixtures.NAMES) {
            try (ElfFile elf = ElfFile.of(name, Fixtures.little(name));
                    ElfFile other = ElfFile.of(name, Fixtures.big(name))) {
                Btf btf = Btf.ofElf(elf).orElseThrow();
                List<BtfType> types = own(btf);
                var builder = BtfBuilder.create();
                types.forEach(builder::add);
                assertEquals(types, own(builder.build(name, ByteOrder.BIG_ENDIAN)));
                assertArrayEquals(
                        btf.bytes(), BtfBuilder.copyOf(btf).toBytes(ByteOrder.LITTLE_ENDIAN));
                assertEquals(types, own(Btf.ofElf(other).orElseThrow()), name);
            }
        }
    }
}
