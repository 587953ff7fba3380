package dev.purebpf.btf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.NearestNames;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

class BtfTest {
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

    @TempDir Path folder;

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Btf build(BtfType... types) {
        var builder = BtfBuilder.create();
        for (BtfType type : types) {
            builder.add(type);
        }
        return builder.build("built", LITTLE);
    }

    private static MalformedObjectException refused(byte[] bytes) {
        return assertThrows(MalformedObjectException.class, () -> Btf.parse("bad", bytes));
    }

    // The header

    @Test
    void theByteOrderIsToldByTheMagicNumber() {
        byte[] little = AllKinds.build(LITTLE).bytes();
        byte[] big = AllKinds.build(ByteOrder.BIG_ENDIAN).bytes();
        assertEquals(LITTLE, Btf.parse("little", little).byteOrder());
        assertEquals(ByteOrder.BIG_ENDIAN, Btf.parse("big", big).byteOrder());
        assertFalse(Arrays.equals(little, big));
        assertEquals(0, refused(new byte[24]).offset());
    }

    @ParameterizedTest
    @ValueSource(ints = {28, 32, 36, 256})
    void aHeaderLongerThanKnownIsFine(int length) {
        byte[] bytes = AllKinds.build(LITTLE).bytes();
        byte[] longer = new byte[bytes.length + length - 24];
        System.arraycopy(bytes, 0, longer, 0, 24);
        System.arraycopy(bytes, 24, longer, length, bytes.length - 24);
        if (length > 32) {
            Arrays.fill(longer, 32, length, (byte) 0x5a);
        }
        ByteBuffer.wrap(longer).order(LITTLE).putInt(4, length);
        Btf btf = Btf.parse("longer", longer);
        assertEquals(20, btf.typeCount());
        assertEquals("task_struct", btf.name(4));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 23, 1 << 20, 0x7fff_ffff, 0x8000_0000, -1})
    void aHeaderOfImpossibleLengthIsMalformed(int length) {
        byte[] bytes = AllKinds.build(LITTLE).bytes();
        ByteBuffer.wrap(bytes).order(LITTLE).putInt(4, length);
        assertEquals(4, refused(bytes).offset());
    }

    @Test
    void offsetsAndLengthsThatWrapAroundAreMalformed() {
        for (int field : new int[] {8, 12, 16, 20}) {
            for (int value : new int[] {-1, -4, -24, 0x7fff_fffc, 0x8000_0000, 1 << 24}) {
                byte[] bytes = AllKinds.build(LITTLE).bytes();
                ByteBuffer.wrap(bytes).order(LITTLE).putInt(field, value);
                assertEquals(".BTF", refused(bytes).section());
            }
        }
    }

    @Test
    void stringsBeginAndEndWithAZeroByte() {
        byte[] bytes = AllKinds.build(LITTLE).bytes();
        bytes[bytes.length - 1] = 'x';
        assertTrue(refused(bytes).problem().contains("no end"));
        byte[] first = AllKinds.build(LITTLE).bytes();
        first[24 + ByteBuffer.wrap(first).order(LITTLE).getInt(16)] = 'x';
        assertTrue(refused(first).problem().contains("empty one"));
        byte[] none = BtfBuilder.create().toBytes(LITTLE);
        ByteBuffer.wrap(none).order(LITTLE).putInt(20, 0);
        assertTrue(refused(none).problem().contains("no strings"));
    }

    @Test
    void anUnknownVersionIsMalformed() {
        byte[] bytes = AllKinds.build(LITTLE).bytes();
        bytes[2] = 2;
        assertEquals(2, refused(bytes).offset());
    }

    @Test
    void everyPrefixIsMalformed() {
        byte[] bytes = AllKinds.build(LITTLE).bytes();
        for (int length = 0; length < bytes.length; length++) {
            refused(Arrays.copyOf(bytes, length));
        }
    }

    // Records

    @Test
    void eachKindHasTheKernelsNumber() {
        Btf btf = AllKinds.build(LITTLE);
        for (int id = 0; id < btf.typeCount(); id++) {
            assertEquals(id, btf.kind(id).number());
            assertEquals(btf.kind(id), btf.type(id).kind());
            assertEquals(btf.kind(id), BtfKind.ofNumber(id));
        }
        assertEquals(BtfKind.UNKNOWN, BtfKind.ofNumber(20));
        assertEquals(BtfKind.UNKNOWN, BtfKind.ofNumber(-1));
        assertEquals(new BtfType.Void(), btf.type(0));
    }

    @Test
    void idsOutsideAreAnErrorOfTheCaller() {
        Btf btf = AllKinds.build(LITTLE);
        for (int id : new int[] {-1, 20, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThrows(IndexOutOfBoundsException.class, () -> btf.type(id));
            assertThrows(IndexOutOfBoundsException.class, () -> btf.kind(id));
            assertThrows(IndexOutOfBoundsException.class, () -> btf.name(id));
            assertThrows(IndexOutOfBoundsException.class, () -> btf.size(id));
        }
    }

    @Test
    void referencesOutsideAreMalformedWhenTheyAreFollowed() {
        for (int target : new int[] {2, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            Btf btf = build(new BtfType.Pointer(target));
            var e = assertThrows(MalformedObjectException.class, () -> btf.type(1));
            assertEquals(24 + 8, e.offset());
            assertEquals(8, btf.size(1));
            Btf alias = build(new BtfType.Typedef("t", target));
            assertThrows(MalformedObjectException.class, () -> alias.size(1));
        }
    }

    @Test
    void aCountThatReachesPastTheEndIsMalformed() {
        byte[] bytes = build(new BtfType.Struct("s", 4, List.of(), false)).bytes();
        for (int count : new int[] {1, 0xffff, 0xff_ffff}) {
            ByteBuffer.wrap(bytes).order(LITTLE).putInt(24 + 4, 4 << 24 | count);
            assertTrue(refused(bytes).problem().contains("past the end"));
        }
    }

    @Test
    void aRecordCutShortIsMalformed() {
        byte[] bytes = build(new BtfType.Pointer(0)).bytes();
        ByteBuffer.wrap(bytes).order(LITTLE).putInt(12, 8).putInt(16, 12);
        assertTrue(refused(bytes).problem().contains("within a record"));
    }

    @Test
    void newerKernelsCountUpToTwentyFourBits() {
        var members = new ArrayList<BtfType.Member>();
        for (int i = 0; i < 70_000; i++) {
            members.add(new BtfType.Member("m", 0, i, 0));
        }
        var struct = new BtfType.Struct("large", 9000, members, true);
        assertEquals(struct, build(struct).type(1));
    }

    // Unknown kinds

    private static byte[] withUnknownKind(int kind, byte[] layout) {
        byte[] bytes =
                build(
                                new BtfType.Int("int", 4, 0, 0, 32),
                                new BtfType.Struct(
                                        "future",
                                        4,
                                        List.of(new BtfType.Member("x", 1, 0, 0)),
                                        false),
                                new BtfType.Typedef("after", 1))
                        .bytes();
        ByteBuffer old = ByteBuffer.wrap(bytes).order(LITTLE);
        old.putInt(24 + 16 + 4, kind << 24 | 1);
        int types = old.getInt(12);
        int strings = old.getInt(20);
        ByteBuffer file =
                ByteBuffer.allocate(bytes.length + 8 + layout.length)
                        .order(LITTLE)
                        .put(bytes, 0, 24);
        file.putInt(4, 32).putInt(16, types + layout.length);
        file.putInt(types).putInt(layout.length);
        return file.put(bytes, 24, types).put(layout).put(bytes, 24 + types, strings).array();
    }

    @Test
    void aKindOfUnknownLengthIsMalformed() {
        for (int kind : new int[] {0, 20, 31, 32, 127}) {
            var e = refused(withUnknownKind(kind, new byte[0]));
            assertTrue(e.problem().contains("unknown kind " + kind), e::problem);
            assertEquals(32 + 16, e.offset());
        }
        assertThrows(
                MalformedObjectException.class,
                () -> Btf.parse("short", withUnknownKind(20, new byte[4 * 20])));
    }

    @Test
    void aKindWhoseLengthIsToldIsSkipped() {
        byte[] layout = new byte[4 * 21];
        layout[4 * 20] = 4; // info_sz
        layout[4 * 20 + 1] = 8; // elem_sz
        Btf btf = Btf.parse("future", withUnknownKind(20, layout));
        assertEquals(4, btf.typeCount());
        assertEquals(BtfKind.UNKNOWN, btf.kind(2));
        assertEquals("future", btf.name(2));
        assertEquals(new BtfType.Typedef("after", 1), btf.type(3));
        assertThrows(MalformedObjectException.class, () -> btf.type(2));
        assertThrows(MalformedObjectException.class, () -> btf.size(2));
        assertArrayEquals(btf.bytes(), BtfBuilder.copyOf(btf).toBytes(LITTLE));
        assertEquals(4, btf.fitTo(EnumSet.noneOf(BtfFeature.class)).typeCount());
        layout[4 * 20] = 3;
        refused(withUnknownKind(20, layout));
    }

    // Names

    @Test
    void namesAreComparedWithoutDecoding() {
        Btf btf = AllKinds.build(LITTLE);
        assertTrue(btf.nameEquals(4, utf8("task_struct")));
        assertFalse(btf.nameEquals(4, utf8("task_struc")));
        assertFalse(btf.nameEquals(4, utf8("task_struct_")));
        assertFalse(btf.nameEquals(4, utf8("")));
        assertTrue(btf.nameEquals(5, utf8("")));
        assertTrue(btf.nameStartsWith(4, utf8("task")));
        assertFalse(btf.nameStartsWith(4, utf8("tusk")));
        assertTrue(btf.nameEquals(0, utf8("")));
    }

    @Test
    void namesOutsideOfTheStringsAreNotFoundAndNotReadable() {
        for (int offset : new int[] {-1, 0x7fff_ffff, 0x8000_0000, 1000}) {
            byte[] bytes = build(new BtfType.Typedef("t", 0)).bytes();
            ByteBuffer.wrap(bytes).order(LITTLE).putInt(24, offset);
            Btf btf = Btf.parse("names", bytes);
            assertEquals(-1, btf.find("t"));
            assertFalse(btf.nameStartsWith(1, utf8("t")));
            assertThrows(MalformedObjectException.class, () -> btf.name(1));
            assertThrows(MalformedObjectException.class, () -> btf.type(1));
            NearestNames near = NearestNames.to("t");
            btf.addNames(BtfKind.TYPEDEF, near);
            assertEquals(List.of(), near.toList());
        }
    }

    @Test
    void aNameMayBeNearToThoseOfAKind() {
        Btf base =
                build(
                        new BtfType.Struct("vfs_read", 1, List.of(), false),
                        new BtfType.Function("vfs_readv", 3, Linkage.STATIC),
                        new BtfType.FunctionPrototype(0, List.of()));
        BtfBuilder module = BtfBuilder.split(base);
        module.add(new BtfType.Function("vfs_reap", 3, Linkage.STATIC));
        module.add(new BtfType.Function("kfree", 3, Linkage.STATIC));
        Btf both = module.build("module", LITTLE);
        NearestNames near = NearestNames.to("vfs_read");
        both.addNames(BtfKind.FUNCTION, near);
        assertEquals(List.of("vfs_readv", "vfs_reap"), near.toList());
    }

    @Test
    void theKindTellsAStructFromAFunctionOfTheSameName() {
        Btf btf =
                build(
                        new BtfType.Function("same", 2, Linkage.STATIC),
                        new BtfType.FunctionPrototype(0, List.of()),
                        new BtfType.Struct("same", 1, List.of(), false),
                        new BtfType.Union("same", 1, List.of(), false));
        assertEquals(1, btf.find("same"));
        assertEquals(3, btf.find("same", BtfKind.STRUCT));
        assertArrayEquals(new int[] {3, 4}, btf.findAll("same", BtfKind.STRUCT, BtfKind.UNION));
        assertEquals(-1, btf.find("same", BtfKind.TYPEDEF));
        assertEquals(0, btf.findAll("other").length);
    }

    @Test
    void aSearchByPrefixGoesOnWhereItIsToldTo() {
        Btf base =
                build(
                        new BtfType.Struct("task", 1, List.of(), false),
                        new BtfType.Struct("task___old", 1, List.of(), false),
                        new BtfType.Union("task_other", 1, List.of(), false),
                        new BtfType.Struct("tas", 1, List.of(), false));
        var builder = BtfBuilder.split(base);
        int own = builder.add(new BtfType.Struct("task", 1, List.of(), false));
        Btf module = builder.build("module", LITTLE);
        Set<BtfKind> structs = EnumSet.of(BtfKind.STRUCT);
        byte[] prefix = utf8("task");
        assertEquals(1, module.findNext(1, prefix, structs));
        assertEquals(2, module.findNext(2, prefix, structs));
        assertEquals(own, module.findNext(3, prefix, structs));
        assertEquals(-1, module.findNext(own + 1, prefix, structs));
        assertEquals(3, module.findNext(1, prefix, EnumSet.of(BtfKind.UNION)));
        assertEquals(-1, module.findNext(1, prefix, EnumSet.of(BtfKind.UNKNOWN)));
        assertEquals(-1, base.findNext(3, prefix, structs));
    }

    // Split BTF

    @Test
    void anEmptyOrTinyModuleIsFine() {
        Btf base = AllKinds.build(LITTLE);
        byte[] empty = BtfBuilder.split(base).toBytes(LITTLE);
        Btf module = Btf.parseSplit("empty", empty, base);
        assertEquals(20, module.typeCount());
        assertEquals(20, module.firstId());
        assertEquals(4, module.find("task_struct"));
        assertEquals(base, module.base().orElseThrow());
        assertThrows(
                MalformedObjectException.class, () -> Btf.parseSplit("nothing", new byte[0], base));
    }

    @Test
    void modulesUseTheStringsOfTheirBase() {
        Btf base = AllKinds.build(LITTLE);
        var builder = BtfBuilder.split(base);
        assertEquals(base.find("int"), 1);
        int id = builder.add(new BtfType.Typedef("int", 1));
        int own = builder.add(new BtfType.Typedef("own", id));
        Btf module = builder.build("module", LITTLE);
        assertEquals("int", module.name(id));
        assertEquals("own", module.name(own));
        assertEquals(1, module.find("int"), "the base's come first");
        assertArrayEquals(new int[] {1, id}, module.findAll("int"));
        assertEquals(4, module.size(own));
    }

    @Test
    void aModuleOfAnotherByteOrderIsMalformed() {
        Btf base = AllKinds.build(LITTLE);
        byte[] other = AllKinds.build(ByteOrder.BIG_ENDIAN).bytes();
        assertThrows(MalformedObjectException.class, () -> Btf.parseSplit("module", other, base));
    }

    // Types that never end

    @Test
    void aTypedefOfItselfIsMalformed() {
        Btf btf = build(new BtfType.Typedef("me", 1), new BtfType.Const(3), new BtfType.Const(2));
        for (int id = 1; id <= 3; id++) {
            int current = id;
            assertThrows(MalformedObjectException.class, () -> btf.size(current));
            assertThrows(MalformedObjectException.class, () -> btf.alignment(current));
            assertThrows(
                    MalformedObjectException.class, () -> btf.skipModifiersAndTypedefs(current));
        }
        assertEquals(1, btf.skipModifiers(1), "a typedef is no modifier");
        assertThrows(MalformedObjectException.class, () -> btf.skipModifiers(2));
    }

    @Test
    void anArrayOfItselfIsMalformed() {
        Btf btf = build(new BtfType.Array(1, 1, 2), new BtfType.Array(2, 2, 0));
        assertThrows(MalformedObjectException.class, () -> btf.size(1));
        assertThrows(MalformedObjectException.class, () -> btf.size(2));
        assertThrows(MalformedObjectException.class, () -> btf.alignment(1));
    }

    @Test
    void arraysThatMultiplyBeyondThirtyTwoBitsAreMalformed() {
        Btf btf =
                build(
                        new BtfType.Int("char", 1, 0, 0, 8),
                        new BtfType.Array(1, 1, 0xffff_ffffL),
                        new BtfType.Array(2, 1, 2),
                        new BtfType.Array(2, 1, 0xffff_ffffL));
        assertEquals(0xffff_ffffL, btf.size(2));
        assertThrows(MalformedObjectException.class, () -> btf.size(3));
        assertThrows(MalformedObjectException.class, () -> btf.size(4));
    }

    @Test
    void aStructThatContainsItselfIsMalformed() {
        Btf btf =
                build(new BtfType.Struct("s", 8, List.of(new BtfType.Member("", 1, 0, 0)), false));
        assertEquals(8, btf.size(1));
        assertThrows(MalformedObjectException.class, () -> btf.alignment(1));
        assertThrows(IllegalArgumentException.class, () -> btf.field(1, "x"));
    }

    @Test
    void structsThatDoubleAtEachLevelTakeNoExponentialTime() {
        var types = new BtfType[60];
        for (int i = 0; i < types.length; i++) {
            int inner = i + 2 > types.length ? 0 : i + 2;
            var member = new BtfType.Member("", inner, 0, 0);
            types[i] =
                    inner == 0
                            ? new BtfType.Int("int", 4, 0, 0, 32)
                            : new BtfType.Struct("", 4, List.of(member, member, member), false);
        }
        Btf btf = build(types);
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> {
                    assertEquals(4, btf.alignment(1));
                    assertThrows(MalformedObjectException.class, () -> btf.field(1, "x"));
                });
    }

    @Test
    void voidAndFunctionsHaveNoSize() {
        Btf btf = AllKinds.build(LITTLE);
        for (int id : new int[] {0, 7, 12, 13}) {
            assertThrows(MalformedObjectException.class, () -> btf.size(id));
            assertThrows(MalformedObjectException.class, () -> btf.alignment(id));
        }
    }

    // Layout

    @Test
    void aPointerIsAsLargeAsLong() {
        var pointer = new BtfType.Pointer(0);
        assertEquals(8, build(pointer).size(1));
        assertEquals(4, build(pointer, new BtfType.Int("long int", 4, 1, 0, 32)).size(1));
        assertEquals(8, build(pointer, new BtfType.Int("long", 8, 1, 0, 64)).size(1));
        assertEquals(8, build(pointer, new BtfType.Int("long", 2, 1, 0, 16)).size(1));
    }

    @Test
    void fieldsAreFoundByPath() {
        Btf btf = AllKinds.build(LITTLE);
        assertEquals(new Field("next", 2, 0, 64, false), btf.field(4, "next"));
        assertEquals(new Field("comm[15]", 1, 64 + 15 * 32, 32, false), btf.field(4, "comm[15]"));
        assertEquals(new Field("flag", 1, 576, 3, true), btf.field(4, "flag"));
        assertEquals(new Field("self", 2, 640, 64, false), btf.field(4, "self"));
        assertThrows(IllegalStateException.class, () -> new Field("f", 1, 3, 1, true).byteOffset());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "x",
                "next.",
                "next.x",
                "next[0]",
                "comm[16]",
                "comm[-1]",
                "comm[x]",
                "comm[",
                "comm[]",
                "comm]",
                "flag.x",
                "[0]",
                "comm[1]x",
                "comm[99999999999999999999]"
            })
    void aWrongPathIsAnErrorOfTheCallerThatNamesThePlace(String path) {
        Btf btf = AllKinds.build(LITTLE);
        var e = assertThrows(IllegalArgumentException.class, () -> btf.field(4, path));
        assertTrue(e.getMessage().startsWith("struct task_struct, path '" + path + "', char"));
    }

    @Test
    void bitfieldsOfOldCompilersAreToldByTheirIntType() {
        Btf btf =
                build(
                        new BtfType.Int("unsigned int", 4, 0, 3, 5),
                        new BtfType.Struct(
                                "s", 4, List.of(new BtfType.Member("b", 1, 8, 0)), false));
        assertEquals(new Field("b", 1, 11, 5, true), btf.field(2, "b"));
    }

    // Rewriting

    @ParameterizedTest
    @EnumSource(BtfFeature.class)
    void aMissingFeatureIsReplacedAsLibbpfDoes(BtfFeature missing) {
        Btf all = AllKinds.build(LITTLE);
        Btf btf = all.fitTo(EnumSet.complementOf(EnumSet.of(missing)));
        switch (missing) {
            case FUNCTIONS -> {
                assertEquals(new BtfType.Typedef("main", 13), btf.type(12));
                assertEquals(
                        new BtfType.Enum(
                                "",
                                4,
                                false,
                                List.of(
                                        new BtfType.Enumerator("count", 8),
                                        new BtfType.Enumerator("unnamed", 0))),
                        btf.type(13));
            }
            case DATA_SECTIONS -> {
                assertEquals(new BtfType.Int("total", 1, 0, 0, 8), btf.type(14));
                assertEquals(
                        new BtfType.Struct(
                                "_bss", 16, List.of(new BtfType.Member("total", 14, 64, 0)), false),
                        btf.type(15));
            }
            case GLOBAL_FUNCTIONS ->
                    assertEquals(new BtfType.Function("main", 13, Linkage.STATIC), btf.type(12));
            case FLOATS -> assertEquals(new BtfType.Struct("", 8, List.of(), false), btf.type(16));
            case DECL_TAGS -> assertEquals(new BtfType.Int("a tag", 1, 0, 0, 8), btf.type(17));
            case TYPE_TAGS -> assertEquals(new BtfType.Const(1), btf.type(18));
            case ENUM64 -> {
                assertEquals(
                        new BtfType.Enum(
                                "sign",
                                4,
                                false,
                                List.of(new BtfType.Enumerator("MINUS", 0xffff_ffffL))),
                        btf.type(6));
                assertEquals(
                        new BtfType.Union(
                                "wide", 8, List.of(new BtfType.Member("HIGH", 20, 0, 0)), false),
                        btf.type(19));
                assertEquals(new BtfType.Int("enum64_placeholder", 1, 0, 0, 8), btf.type(20));
            }
            case QUESTION_MARK_SECTIONS, LAYOUT -> assertArrayEquals(all.bytes(), btf.bytes());
        }
    }

    @Test
    void theLayoutIsLeftOutForKernelsThatDoNotKnowIt() {
        byte[] layout = new byte[4 * 20];
        layout[4 * BtfKind.STRUCT.number() + 1] = 12;
        Btf btf = Btf.parse("layout", withUnknownKind(BtfKind.STRUCT.number(), layout));
        assertArrayEquals(btf.bytes(), btf.fitTo(EnumSet.allOf(BtfFeature.class)).bytes());
        Btf without = btf.fitTo(EnumSet.complementOf(EnumSet.of(BtfFeature.LAYOUT)));
        assertEquals(24, ByteBuffer.wrap(without.bytes()).order(LITTLE).getInt(4));
        assertEquals(btf.type(2), without.type(2));
    }

    @Test
    void questionMarksOfSectionsBecomeUnderscores() {
        Btf btf = build(new BtfType.DataSection("?.struct_ops", 8, List.of()));
        var without = EnumSet.complementOf(EnumSet.of(BtfFeature.QUESTION_MARK_SECTIONS));
        assertEquals("_.struct_ops", btf.fitTo(without).name(1));
        assertEquals("__struct_ops", btf.fitTo(EnumSet.noneOf(BtfFeature.class)).name(1));
    }

    @Test
    void rewritingKeepsTheOffsetsOfStrings() {
        Btf before = AllKinds.build(LITTLE);
        Btf after = before.fitTo(EnumSet.noneOf(BtfFeature.class));
        int end = 0;
        while (end >= 0) {
            int offset = end;
            String string;
            try {
                string = before.string(offset);
            } catch (MalformedObjectException e) {
                break;
            }
            assertEquals(string, after.string(offset));
            end += string.length() + 1;
        }
        assertTrue(end > 50);
    }

    @Test
    void dataSectionsGetSizesAndOffsetsOfTheObject() {
        try (ElfFile elf = ElfFile.of("globals", Fixtures.little("globals"))) {
            Btf raw = Btf.ofElf(elf).orElseThrow();
            Btf btf = raw.withDataSections(elf);
            int id = btf.find(".rodata", BtfKind.DATA_SECTION);
            assertEquals(0, ((BtfType.DataSection) raw.type(id)).size());
            var rodata = (BtfType.DataSection) btf.type(id);
            assertEquals(33, rodata.size());
            assertEquals(
                    List.of("target_pid 0", "negative 8", "greeting 16", "hidden_constant 32"),
                    rodata.entries().stream()
                            .map(e -> btf.name(e.type()) + " " + e.offset())
                            .toList());
            assertEquals(raw.typeCount(), btf.typeCount());
            Btf again = btf.withDataSections(elf);
            assertArrayEquals(btf.bytes(), again.bytes(), "nothing is left to do");
        }
    }

    @Test
    void aVariableWithoutASymbolIsMalformed() {
        Btf btf =
                build(
                        new BtfType.Int("int", 4, 0, 0, 32),
                        new BtfType.Variable("nowhere", 1, Linkage.GLOBAL),
                        new BtfType.DataSection(
                                ".data", 0, List.of(new BtfType.SectionEntry(2, 0, 4))));
        Btf missing = build(new BtfType.DataSection(".no_such_section", 0, List.of()));
        try (ElfFile elf = ElfFile.of("globals", Fixtures.little("globals"))) {
            var e = assertThrows(MalformedObjectException.class, () -> btf.withDataSections(elf));
            assertTrue(e.getMessage().contains("nowhere"), e::getMessage);
            assertThrows(MalformedObjectException.class, () -> missing.withDataSections(elf));
        }
    }

    // The builder

    @Test
    void whatDoesNotFitIsRefused() {
        var builder = BtfBuilder.create();
        for (BtfType type :
                List.of(
                        new BtfType.Void(),
                        new BtfType.Int("i", 1L << 32, 0, 0, 32),
                        new BtfType.Int("i", 4, 16, 0, 32),
                        new BtfType.Int("i", 4, 0, 0, 256),
                        new BtfType.Array(0, 0, -1),
                        new BtfType.Struct(
                                "s", 4, List.of(new BtfType.Member("m", 0, 0, 1)), false),
                        new BtfType.Struct(
                                "s", 4, List.of(new BtfType.Member("m", 0, 1 << 24, 1)), true),
                        new BtfType.Enum("e", 4, false, List.of(new BtfType.Enumerator("E", -1))),
                        new BtfType.Enum(
                                "e", 4, true, List.of(new BtfType.Enumerator("E", 1L << 31))),
                        new BtfType.Typedef("a\0b", 0))) {
            assertThrows(IllegalArgumentException.class, () -> builder.add(type), type::toString);
        }
        assertEquals(1, builder.nextId());
        assertThrows(IndexOutOfBoundsException.class, () -> builder.set(1, new BtfType.Pointer(0)));
    }

    @Test
    void aStringIsStoredOnce() {
        var builder = BtfBuilder.create();
        assertEquals(0, builder.string(""));
        int offset = builder.string("twice");
        assertEquals(offset, builder.string("twice"));
        assertEquals("twice", builder.build("b", LITTLE).string(offset));
    }

    @Test
    void namesThatOverlapAgainAndAgainAreMalformed() {
        int count = 10_000;
        var builder = BtfBuilder.create();
        int start = builder.string("x".repeat(1000));
        var member = new BtfType.Member("", 0, 0, 0);
        builder.add(new BtfType.Struct("s", 4, Collections.nCopies(count, member), false));
        byte[] bytes = builder.toBytes(LITTLE);
        ByteBuffer words = ByteBuffer.wrap(bytes).order(LITTLE);
        for (int i = 0; i < count; i++) {
            words.putInt(24 + 12 + 12 * i, start + i % 100);
        }
        Btf btf = Btf.parse("overlapping", bytes);
        var e = assertThrows(MalformedObjectException.class, () -> btf.type(1));
        assertTrue(e.problem().contains("overlap"), e::problem);
    }

    @Test
    void aNameOfUnreasonableLengthIsMalformedAndALongAttributeIsNot() {
        var builder = BtfBuilder.create();
        String text = "x".repeat(2000);
        builder.add(new BtfType.Forward(text, false));
        builder.add(new BtfType.TypeTag(text, 0, false));
        Btf btf = builder.build("long", LITTLE);
        assertThrows(MalformedObjectException.class, () -> btf.name(1));
        assertEquals(text, btf.name(2));
    }

    // Files

    @Test
    void filesAreBtfOrElf() throws IOException {
        Btf all = AllKinds.build(LITTLE);
        Path raw = Files.write(folder.resolve("raw"), all.bytes());
        assertEquals(20, Btf.open(raw).typeCount());
        assertTrue(Btf.open(Fixtures.write("core", folder)).find("task_struct") > 0);
        Path text = Files.writeString(folder.resolve("text"), "no BTF at all");
        assertThrows(MalformedObjectException.class, () -> Btf.open(text));
        Path empty = Files.writeString(folder.resolve("empty"), "");
        assertThrows(MalformedObjectException.class, () -> Btf.open(empty));
        assertThrows(IOException.class, () -> Btf.open(folder.resolve("nothing")));
    }
}
