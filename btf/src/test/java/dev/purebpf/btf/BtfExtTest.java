package dev.purebpf.btf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

class BtfExtTest {
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

    private final BtfBuilder builder = BtfBuilder.create();
    private final int section = builder.string("raw_tp/x");
    private final int file = builder.string("x.c");
    private final int text = builder.string("    return 0;");
    private final int access = builder.string("0:1");
    private final int function =
            builder.add(new BtfType.Function("x", builder.nextId() + 1, Linkage.GLOBAL));
    private final int prototype = builder.add(new BtfType.FunctionPrototype(0, List.of()));
    private final Btf btf = builder.build("x.bpf.o", LITTLE);

    /** One record of each sort, with some bytes more than known where asked for. */
    private byte[] bytes(int headerLength, int more) {
        ByteBuffer b = ByteBuffer.allocate(512).order(LITTLE);
        b.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(headerLength);
        int functions = 12 + 8 + more;
        int lines = 12 + 16 + more;
        int core = 12 + 16 + more;
        b.putInt(0).putInt(functions).putInt(functions).putInt(lines);
        if (headerLength >= 32) {
            b.putInt(functions + lines).putInt(core);
        }
        b.position(headerLength);
        b.putInt(8 + more).putInt(section).putInt(1).putInt(16).putInt(function);
        b.position(b.position() + more);
        b.putInt(16 + more).putInt(section).putInt(1);
        b.putInt(24).putInt(file).putInt(text).putInt(7 << 10 | 5);
        b.position(b.position() + more);
        if (headerLength >= 32) {
            b.putInt(16 + more).putInt(section).putInt(1);
            b.putInt(32).putInt(prototype).putInt(access).putInt(2);
            b.position(b.position() + more);
        }
        return Arrays.copyOf(b.array(), b.position());
    }

    private BtfExt parse(byte[] bytes) {
        return BtfExt.parse("x.bpf.o", bytes, btf);
    }

    private MalformedObjectException refused(int headerLength, Consumer<ByteBuffer> damage) {
        byte[] bytes = bytes(headerLength, 0);
        damage.accept(ByteBuffer.wrap(bytes).order(LITTLE));
        var e = assertThrows(MalformedObjectException.class, () -> parse(bytes));
        assertEquals("x.bpf.o", e.file());
        return e;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 40})
    void recordsMayBeLongerThanKnown(int more) {
        BtfExt ext = parse(bytes(32, more));
        assertEquals(List.of(new BtfExt.FunctionInfo("raw_tp/x", 16, function)), ext.functions());
        assertEquals(
                List.of(
                        new BtfExt.LineInfo(
                                "raw_tp/x", 24, file, text, 7, 5, "x.c", "    return 0;")),
                ext.lines());
        assertEquals(
                List.of(
                        new BtfExt.CoreRelocation(
                                "raw_tp/x", 32, prototype, "0:1", CoreRelocationKind.FIELD_EXISTS)),
                ext.relocations());
    }

    @Test
    void theHeaderMayBeLongerThanKnownOrEndBeforeCore() {
        assertEquals(1, parse(bytes(48, 0)).relocations().size());
        BtfExt old = parse(bytes(24, 0));
        assertEquals(1, old.lines().size());
        assertEquals(List.of(), old.relocations());
    }

    @Test
    void aLineIsQuotedWithItsTextIfThatIsKnown() {
        assertEquals("a.c:7: return 0;", line("\treturn 0;\n").quoted());
        assertEquals("a.c:7", line("").quoted());
    }

    private static BtfExt.LineInfo line(String text) {
        return new BtfExt.LineInfo("code", 0, 1, 1, 7, 3, "a.c", text);
    }

    @Test
    void allPartsMayBeEmpty() {
        byte[] bytes = bytes(32, 0);
        ByteBuffer.wrap(bytes).order(LITTLE).putInt(12, 0).putInt(20, 0).putInt(28, 0);
        BtfExt ext = parse(bytes);
        assertTrue(ext.functions().isEmpty() && ext.lines().isEmpty());
        assertTrue(ext.relocations().isEmpty());
    }

    @Test
    void recordsShorterThanKnownAreMalformed() {
        assertEquals(32, refused(32, b -> b.putInt(32, 4)).offset());
        assertEquals(32, refused(32, b -> b.putInt(32, 9)).offset(), "not a multiple of four");
        assertEquals(32, refused(32, b -> b.putInt(32, 0)).offset());
    }

    @Test
    void aSectionWithoutRecordsIsMalformed() {
        assertTrue(refused(32, b -> b.putInt(40, 0)).problem().contains("no function records"));
        assertTrue(refused(32, b -> b.putInt(12, 4)).problem().contains("no function records"));
    }

    @Test
    void countsAndOffsetsBeyondTheEndAreMalformed() {
        for (int number : new int[] {2, -1, 0x7fff_ffff, 0x8000_0000, 0x2000_0000}) {
            refused(32, b -> b.putInt(40, number));
            refused(32, b -> b.putInt(8, number * 4 + 1000));
            refused(32, b -> b.putInt(12, number == 2 ? 1000 : number));
        }
        refused(32, b -> b.putInt(4, 20));
        refused(32, b -> b.putInt(4, -1));
        refused(32, b -> b.putInt(8, 2));
        refused(32, b -> b.put(2, (byte) 9));
        refused(32, b -> b.put(0, (byte) 0));
    }

    @Test
    void referencesOutsideOfTypesAndStringsAreMalformed() {
        for (int id : new int[] {0, 3, -1}) {
            refused(32, b -> b.putInt(48, id));
        }
        assertEquals(".BTF", refused(32, b -> b.putInt(36, 9999)).section());
    }

    @Test
    void theStructureIsCheckedApartFromWhatRecordsSay() {
        byte[] wrongType = bytes(32, 0);
        ByteBuffer.wrap(wrongType).order(LITTLE).putInt(48, 99).putInt(36, 9999);
        BtfExt.checkStructure("x.bpf.o", wrongType, btf);
        byte[] wrongCount = bytes(32, 0);
        ByteBuffer.wrap(wrongCount).order(LITTLE).putInt(40, 99);
        assertThrows(
                MalformedObjectException.class,
                () -> BtfExt.checkStructure("x.bpf.o", wrongCount, btf));
    }

    @Test
    void aQuestionNewerThanThisLibraryIsKeptAsUnknown() {
        byte[] bytes = bytes(32, 0);
        ByteBuffer.wrap(bytes).order(LITTLE).putInt(bytes.length - 4, 77);
        assertEquals(CoreRelocationKind.UNKNOWN, parse(bytes).relocations().getFirst().kind());
    }

    @Test
    void theByteOrderIsThatOfTheTypes() {
        Btf other = builder.build("big", ByteOrder.BIG_ENDIAN);
        assertThrows(MalformedObjectException.class, () -> BtfExt.parse("x", bytes(32, 0), other));
    }

    @Test
    void stringsThatOverlapAgainAndAgainAreMalformed() {
        var large = BtfBuilder.create();
        int start = large.string("x".repeat(60_000));
        Btf strings = large.build("strings", LITTLE);
        int count = 50_000;
        ByteBuffer b = ByteBuffer.allocate(24 + 12 + 16 * count).order(LITTLE);
        b.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24);
        b.putInt(0).putInt(0).putInt(0).putInt(12 + 16 * count);
        b.putInt(16).putInt(start + 59_999).putInt(count);
        for (int i = 0; i < count; i++) {
            b.putInt(8 * i).putInt(start + i).putInt(start + i).putInt(0);
        }
        var e =
                assertThrows(
                        MalformedObjectException.class,
                        () -> BtfExt.parse("bomb", b.array(), strings));
        assertTrue(e.problem().contains("overlap"), e::problem);
    }

    @Test
    void realObjectsTellRelocationsOfSubprogramsToo() {
        for (boolean little : new boolean[] {true, false}) {
            byte[] object = little ? Fixtures.little("core") : Fixtures.big("core");
            try (ElfFile elf = ElfFile.of("core", object)) {
                Btf types = Btf.ofElf(elf).orElseThrow();
                BtfExt ext =
                        BtfExt.parse("core", elf.section(".BTF.ext").orElseThrow().bytes(), types);
                var parent =
                        ext.relocations().stream()
                                .filter(r -> r.section().equals(".text"))
                                .map(r -> types.name(r.type()) + " " + r.access())
                                .toList();
                assertEquals(List.of("task_struct 0:3", "task_struct 0:2"), parent);
                var kinds = ext.relocations().stream().map(BtfExt.CoreRelocation::kind).toList();
                for (CoreRelocationKind kind : CoreRelocationKind.values()) {
                    boolean asked =
                            kind != CoreRelocationKind.TYPE_MATCHES // clang 14 cannot
                                    && kind != CoreRelocationKind.UNKNOWN;
                    assertEquals(asked, kinds.contains(kind), kind::toString);
                }
            }
        }
    }
}
