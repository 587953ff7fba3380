package dev.purebpf.core;

import static dev.purebpf.btf.CoreRelocationKind.FIELD_BYTE_OFFSET;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_BYTE_SIZE;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_EXISTS;
import static dev.purebpf.btf.CoreRelocationKind.TYPE_EXISTS;
import static dev.purebpf.btf.CoreRelocationKind.TYPE_MATCHES;
import static dev.purebpf.btf.CoreRelocationKind.TYPE_SIZE;
import static dev.purebpf.core.Scene.at;
import static dev.purebpf.core.Scene.bits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfExt.CoreRelocation;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.CoreRelocationKind;
import dev.purebpf.error.BpfException;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.RelocationException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * Types that no compiler writes: they are refused in words, or answered, and soon. The timeouts are
 * there for what would never end.
 */
class HostileTypesTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Scene scene = new Scene();

    private static void soon(Executable work) {
        assertTimeoutPreemptively(SOON, work);
    }

    private static void refused(Executable question) {
        soon(
                () -> {
                    BpfException e = assertThrows(BpfException.class, question);
                    assertTrue(
                            e instanceof RelocationException
                                    || e instanceof MalformedObjectException,
                            e::toString);
                });
    }

    private long ask(CoreRelocationKind kind, int type, String access) {
        return scene.ask(kind, type, access).value();
    }

    @Test
    void aTypedefOfItself() {
        int own = scene.local.builder.nextId();
        scene.local.builder.add(new BtfType.Typedef("t", own));
        scene.kernel.builder.add(new BtfType.Typedef("t", 1));
        refused(() -> ask(TYPE_EXISTS, own, "0"));
        refused(() -> ask(TYPE_MATCHES, own, "0"));
        refused(() -> ask(FIELD_EXISTS, own, "0:0"));
    }

    @Test
    void modifiersInACircle() {
        int first = scene.local.builder.nextId();
        scene.local.builder.add(new BtfType.Const(first + 1));
        scene.local.builder.add(new BtfType.Volatile(first));
        int thing = scene.local.struct("thing", 8, at(0, "a", first));
        scene.kernel.builder.add(new BtfType.TypeTag("x", 1, false));
        scene.kernel.struct("thing", 8, at(0, "a", 1));
        refused(() -> ask(FIELD_BYTE_OFFSET, thing, "0:0"));
        refused(() -> ask(TYPE_MATCHES, thing, "0"));
    }

    @Test
    void aStructThatContainsItself() {
        for (Scene.Side side : List.of(scene.local, scene.kernel)) {
            int own = side.builder.nextId();
            side.struct("thing", 8, at(0, "a", own));
        }
        soon(() -> assertEquals(0, ask(FIELD_BYTE_OFFSET, 1, "0" + ":0".repeat(63))));
        refused(() -> ask(FIELD_BYTE_OFFSET, 1, "0" + ":0".repeat(64)));
        refused(() -> ask(TYPE_MATCHES, 1, "0"));
    }

    @Test
    void aStructThatContainsItselfWithoutAName() {
        int thing = scene.local.struct("thing", 8, at(0, "a", scene.local.number(4, false)));
        int own = scene.kernel.builder.nextId();
        scene.kernel.struct("thing", 8, at(0, "", own), at(0, "", own));
        refused(() -> ask(FIELD_EXISTS, thing, "0:0"));
    }

    @Test
    void anArrayOfItself() {
        for (Scene.Side side : List.of(scene.local, scene.kernel)) {
            int own = side.builder.nextId();
            side.array(own, 1);
            side.struct("thing", 8, at(0, "a", own));
        }
        refused(() -> ask(FIELD_BYTE_OFFSET, 2, "0:0"));
        refused(() -> ask(FIELD_BYTE_OFFSET, 2, "0:0:0:0"));
        refused(() -> ask(TYPE_MATCHES, 2, "0"));
    }

    @Test
    void aPointerToItself() {
        for (Scene.Side side : List.of(scene.local, scene.kernel)) {
            int own = side.builder.nextId();
            side.pointer(own);
            side.builder.add(new BtfType.Typedef("t", own));
        }
        refused(() -> ask(TYPE_EXISTS, 2, "0"));
        refused(() -> ask(TYPE_MATCHES, 2, "0"));
    }

    @Test
    void aFunctionThatTakesItselfAndReturnsItself() {
        for (Scene.Side side : List.of(scene.local, scene.kernel)) {
            int own = side.builder.nextId();
            var parameter = new BtfType.Parameter("f", own);
            var parameters = List.of(parameter, parameter, parameter);
            side.builder.add(new BtfType.FunctionPrototype(own, parameters));
            side.builder.add(new BtfType.Typedef("t", own));
        }
        refused(() -> ask(TYPE_EXISTS, 2, "0"));
        refused(() -> ask(TYPE_MATCHES, 2, "0"));
    }

    @Test
    void asManyLevelsAsAllowedAndOneMore() {
        int local = scene.local.number(4, false);
        int kernel = scene.kernel.number(4, false);
        for (int i = 0; i < 64; i++) {
            local = scene.local.struct("s" + i, 4, at(0, "a", local));
            kernel = scene.kernel.struct("s" + i, 8, at(4, "a", kernel));
        }
        int of63 = local - 1;
        soon(() -> assertEquals(63 * 4, ask(FIELD_BYTE_OFFSET, of63, "0" + ":0".repeat(63))));
        refused(() -> ask(FIELD_BYTE_OFFSET, of63 + 1, "0" + ":0".repeat(64)));
    }

    @Test
    void theKernelMayNotNestMoreDeeplyEither() {
        int thing = scene.local.struct("thing", 4, at(0, "a", scene.local.number(4, false)));
        int kernel = scene.kernel.struct("", 4, at(0, "a", scene.kernel.number(4, false)));
        for (int i = 0; i < 64; i++) {
            kernel = scene.kernel.struct("", 4, at(0, "", kernel));
        }
        scene.kernel.struct("thing", 4, at(0, "", kernel));
        refused(() -> ask(FIELD_EXISTS, thing, "0:0"));
    }

    @Test
    void arraysOfFourThousandMillionElements() {
        long many = 0xffff_ffffL;
        int array = scene.local.array(scene.local.number(4, false), many);
        int thing = scene.local.struct("thing", 8, at(0, "a", array));
        int there = scene.kernel.array(scene.kernel.number(8, false), many);
        scene.kernel.struct("thing", 8, at(0, "a", there));
        long last = Integer.MAX_VALUE;
        soon(() -> assertEquals(8 * last, ask(FIELD_BYTE_OFFSET, thing, "0:0:" + last)));
        refused(() -> ask(FIELD_BYTE_SIZE, thing, "0:0"));
        refused(() -> ask(FIELD_BYTE_OFFSET, thing, "0:0:4294967295"));
    }

    @Test
    void indexesOfArraysWithinArraysThatAddUpPastAllBounds() {
        int element = scene.local.struct("e", 0xffff_ffffL);
        int there = scene.kernel.struct("e", 0xffff_ffffL);
        int thing = scene.local.struct("thing", 8, at(0, "a", scene.local.array(element, 0)));
        scene.kernel.struct("thing", 8, at(0, "a", scene.kernel.array(there, 0)));
        String most = ":" + Integer.MAX_VALUE;
        refused(() -> ask(FIELD_BYTE_OFFSET, thing, Integer.MAX_VALUE + ":0" + most));
    }

    @Test
    void bitfieldsThatBeginBeyondTheirStruct() {
        int thing = scene.local.bitfields("thing", 4, bits(0, 3, "a", scene.local.number(4, true)));
        scene.kernel.bitfields("thing", 4, bits(0xff_fffe, 255, "a", scene.kernel.number(8, true)));
        refused(() -> ask(FIELD_BYTE_OFFSET, thing, "0:0"));
    }

    @Test
    void namesThatLieOutsideOfTheStrings() {
        int thing = scene.local.struct("thing", 4, at(0, "a", scene.local.number(4, false)));
        scene.kernel.struct("thing", 4, at(0, "a", scene.kernel.number(4, false)));
        byte[] kernel = scene.kernel.builder.toBytes(ByteOrder.LITTLE_ENDIAN);
        byte[] object = scene.local.builder.toBytes(ByteOrder.LITTLE_ENDIAN);
        // The number comes first, with 16 bytes; then the struct, whose member begins at 12.
        ByteBuffer.wrap(kernel).order(ByteOrder.LITTLE_ENDIAN).putInt(24 + 16 + 12, -7);
        var relocator =
                new CoreRelocator(
                        Btf.parse("object", object), Btf.parse("kernel", kernel), List::of);
        var relocation = new CoreRelocation("code", 0, thing, "0:0", FIELD_EXISTS);
        refused(() -> relocator.resolve("program", 0, () -> "", relocation));
    }

    @Test
    void aHundredThousandCandidates() {
        int count = 100_000;
        int thing = scene.local.struct("thing", 4, at(0, "a", scene.local.number(4, false)));
        int number = scene.kernel.number(4, false);
        for (int i = 0; i < count; i++) {
            scene.kernel.struct("thing___" + i, 8, at(4, "a", number));
        }
        soon(() -> assertEquals(4, ask(FIELD_BYTE_OFFSET, thing, "0:0")));
        soon(() -> assertEquals(1, ask(FIELD_EXISTS, thing, "0:0")));
    }

    @Test
    void aHundredThousandRelocationsToATypeOfManyMembers() {
        int count = 100_000;
        var members = new BtfType.Member[1000];
        int u32 = scene.local.number(4, false);
        scene.kernel.number(4, false);
        for (int i = 0; i < members.length; i++) {
            members[i] = at(4L * i, "m" + i, u32);
        }
        int thing = scene.local.struct("thing", 4000, members);
        scene.kernel.struct("thing", 4000, members);
        soon(
                () -> {
                    for (int i = 0; i < count; i++) {
                        int index = i % members.length;
                        assertEquals(4L * index, ask(FIELD_BYTE_OFFSET, thing, "0:" + index));
                    }
                });
    }

    /** Records of any kind that refer to any other. */
    @Property
    void noTypesCrashOrHang(@ForAll Random random) {
        Btf object = wild(random);
        Btf kernel = wild(random);
        var relocator = new CoreRelocator(object, kernel, List::of);
        soon(
                () -> {
                    for (int i = 0; i < 20; i++) {
                        ask(relocator, object, random);
                    }
                });
    }

    private static void ask(CoreRelocator relocator, Btf object, Random random) {
        var access = new StringBuilder("0");
        for (int i = random.nextInt(6); i > 0; i--) {
            access.append(':').append(random.nextInt(3));
        }
        CoreRelocationKind kind = CoreRelocationKind.ofNumber(random.nextInt(14));
        String path = kind.isType() ? "0" : access.toString();
        int type = random.nextInt(object.typeCount() + 1);
        try {
            relocator.resolve(
                    "program", 0, () -> "", new CoreRelocation("code", 0, type, path, kind));
        } catch (RelocationException | MalformedObjectException _) {
            // Refused, in words.
        }
    }

    private static Btf wild(Random random) {
        var builder = BtfBuilder.create();
        int count = 1 + random.nextInt(20);
        for (int i = 0; i < count; i++) {
            builder.add(wildType(random, count));
        }
        return builder.build("wild", ByteOrder.LITTLE_ENDIAN);
    }

    private static BtfType wildType(Random random, int count) {
        int type = random.nextInt(count + 1);
        String name = List.of("", "a", "a___b", "b").get(random.nextInt(4));
        long size = List.of(0L, 1L, 4L, 8L, 16L, 0xffff_ffffL).get(random.nextInt(6));
        return switch (random.nextInt(13)) {
            case 0 -> new BtfType.Int(name, size, random.nextInt(8), random.nextInt(2), 32);
            case 1 -> new BtfType.Pointer(type);
            case 2 -> new BtfType.Array(type, random.nextInt(count + 1), size);
            case 3 -> new BtfType.Typedef(name, type);
            case 4 -> new BtfType.Const(type);
            case 5 -> new BtfType.Forward(name, random.nextBoolean());
            case 6 -> new BtfType.Enum(name, 4, false, List.of(new BtfType.Enumerator("a", 1)));
            case 7 ->
                    new BtfType.FunctionPrototype(
                            type,
                            List.of(
                                    new BtfType.Parameter("a", random.nextInt(count + 1)),
                                    new BtfType.Parameter("b", random.nextInt(count + 1))));
            case 8 -> new BtfType.Union(name, size, List.of(at(0, "a", type)), false);
            case 9 -> new BtfType.Float(name, size);
            default ->
                    new BtfType.Struct(
                            name,
                            size,
                            List.of(
                                    bits(random.nextInt(64), random.nextInt(40), "a", type),
                                    bits(0, 0, "", random.nextInt(count + 1)),
                                    bits(8, 0, "b", random.nextInt(count + 1))),
                            true);
        };
    }

    @Test
    void sizesThatNobodyKnows() {
        int declared = scene.local.builder.add(new BtfType.Forward("f", false));
        int name = scene.local.builder.add(new BtfType.Typedef("t", declared));
        int there = scene.kernel.builder.add(new BtfType.Forward("f", false));
        scene.kernel.builder.add(new BtfType.Typedef("t", there));
        refused(() -> ask(TYPE_SIZE, name, "0"));
        soon(() -> assertEquals(1, ask(TYPE_EXISTS, name, "0")));
    }
}
