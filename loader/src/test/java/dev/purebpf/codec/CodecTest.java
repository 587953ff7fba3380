package dev.purebpf.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.elf.ElfFile;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** What binds to what, and what is refused, by examples. */
class CodecTest {
    private static final CType INT = new CType.Whole("int", 4, true);
    private static final CType LONG = new CType.Whole("unsigned long", 8, false);

    /** So that the results of decoding are used. */
    private static volatile Object sink;

    @Test
    void holesBetweenFieldsAreSkippedAndWrittenAsZero() {
        record Sparse(int first, long second) {}
        var codec =
                Codec.of(
                        struct(16, field("first", 0, INT), field("second", 8, LONG)), Sparse.class);
        byte[] bytes = new byte[16];
        java.util.Arrays.fill(bytes, (byte) 0x55);
        codec.encode(new Sparse(-1, -1), MemorySegment.ofArray(bytes), 0);
        byte[] expected = new byte[16];
        java.util.Arrays.fill(expected, (byte) 0xff);
        java.util.Arrays.fill(expected, 4, 8, (byte) 0);
        assertArrayEquals(expected, bytes);
    }

    @Test
    void underscoresAndCaseOfNamesMayDiffer() {
        record Named(int startNs, int class_, int _pad) {}
        CType type =
                struct(12, field("start_ns", 0, INT), field("class", 4, INT), field("pad", 8, INT));
        assertEquals(new Named(0, 0, 0), decode(type, Named.class, new byte[12]));
    }

    @Test
    void fieldsInAnotherOrderAreRefusedByName() {
        record Swapped(int tid, int pid) {}
        var e = refused(struct(8, field("pid", 0, INT), field("tid", 4, INT)), Swapped.class);
        assertTrue(e.contains("component 1 is tid, but field 1 of struct s is pid"), e);
    }

    @Test
    void anotherSizeIsRefusedAndTheRightTypeTold() {
        record Wide(long pid) {}
        var e = refused(struct(4, field("pid", 0, INT)), Wide.class);
        assertEquals(
                "record Wide, component pid: is long, but in C int of 4 bytes: declare it int", e);
    }

    @Test
    void boxedComponentsAreRefused() {
        record Boxed(Integer pid) {}
        assertTrue(
                refused(struct(4, field("pid", 0, INT)), Boxed.class).contains("declare it int"));
    }

    @Test
    void bitfieldsAreNumbersOfTheSizeOfTheirType() {
        record Bits(int low, boolean flag, long wide, int high) {}
        // unsigned low : 3; bool flag : 1; unsigned long long wide : 60; int high : 32
        CType type =
                struct(
                        12,
                        field("low", 0, new CType.Bitfield(whole(4, false), 0, 3)),
                        field("flag", 0, new CType.Bitfield(new CType.Truth("_Bool"), 3, 1)),
                        field("wide", 0, new CType.Bitfield(whole(8, false), 4, 60)),
                        field("high", 8, new CType.Bitfield(whole(4, true), 0, 31)));
        var codec = Codec.of(type, Bits.class);
        byte[] bytes = new byte[12];
        Arrays.fill(bytes, (byte) 0xff);
        MemorySegment memory = MemorySegment.ofArray(bytes);
        assertEquals(new Bits(7, true, (1L << 60) - 1, -1), codec.decode(memory, 0));
        var value = new Bits(5, false, 0x123_4567_89ab_cdefL, -2);
        codec.encode(value, memory, 0);
        assertEquals(value, codec.decode(memory, 0));
        assertEquals(0x7fff_fffe, memory.get(ValueLayout.JAVA_INT_UNALIGNED, 8));
        assertTrue(
                assertThrows(
                                IllegalArgumentException.class,
                                () -> codec.encode(new Bits(8, true, 0, 0), memory, 0))
                        .getMessage()
                        .contains("low: 8 does not fit into a bitfield of 3 bits"));
        record Wrong(short low, boolean flag, long wide, int high) {}
        assertTrue(refused(type, Wrong.class).contains("number : 3"));
    }

    private static CType whole(int size, boolean signed) {
        return new CType.Whole("number", size, signed);
    }

    @Test
    void aCodecFromElsewhereIsHeldAgainstTheType() {
        record Pair(int a, long b) {}
        CType there = struct(16, field("a", 0, whole(4, true)), field("b", 8, whole(8, true)));
        var codec = Codec.of(there, Pair.class);
        codec.requireLayoutOf(struct(16, field("a", 0, whole(4, false)), field("b", 8, pointer())));
        for (CType other :
                List.of(
                        struct(16, field("a", 4, whole(4, true)), field("b", 8, whole(8, true))),
                        struct(16, field("x", 0, whole(4, true)), field("b", 8, whole(8, true))),
                        struct(16, field("a", 0, whole(4, true))),
                        struct(24, field("a", 0, whole(4, true)), field("b", 8, whole(8, true))),
                        struct(
                                16,
                                field("a", 0, whole(4, true)),
                                field("b", 8, new CType.Real("double", 8))),
                        whole(8, true))) {
            assertThrows(IllegalArgumentException.class, () -> codec.requireLayoutOf(other));
        }
    }

    private static CType pointer() {
        return new CType.Pointer("void *", 8);
    }

    @Test
    void recordsWithinThemselvesAreRefused() {
        record Endless(Endless next) {}
        assertTrue(
                assertThrows(IllegalArgumentException.class, () -> Codec.of(Endless.class))
                        .getMessage()
                        .contains("itself"));
    }

    @Test
    void textsEndAtTheFirstZeroOrAtTheEndOfTheArray() {
        record Named(String comm) {}
        CType type =
                struct(4, field("comm", 0, new CType.Array(new CType.Whole("char", 1, true), 4)));
        assertEquals("ab", decode(type, Named.class, bytes("ab\0x")).comm());
        assertEquals("abcd", decode(type, Named.class, bytes("abcd")).comm());
        assertEquals("", decode(type, Named.class, new byte[4]).comm());
        var codec = Codec.of(type, Named.class);
        MemorySegment memory = MemorySegment.ofArray(new byte[4]);
        codec.encode(new Named("xyzw"), memory, 0);
        codec.encode(new Named("ä"), memory, 0);
        assertEquals("ä", codec.decode(memory, 0).comm());
        assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, 3));
        for (String wrong : new String[] {"äöü", "a\0b", null}) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> codec.encode(new Named(wrong), memory, 0));
            assertTrue(e.getMessage().contains("comm"), e.getMessage());
        }
    }

    @Test
    void arraysOfAnotherLengthAreRefused() {
        record Numbers(int[] values) {}
        var codec = Codec.of(struct(8, field("values", 0, new CType.Array(INT, 2))), Numbers.class);
        MemorySegment memory = MemorySegment.ofArray(new byte[8]);
        codec.encode(new Numbers(new int[] {1, 2}), memory, 0);
        assertArrayEquals(new int[] {1, 2}, codec.decode(memory, 0).values());
        for (int[] wrong : new int[][] {{}, {1}, {1, 2, 3}, null}) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> codec.encode(new Numbers(wrong), memory, 0));
            assertTrue(e.getMessage().contains("values"), e.getMessage());
        }
    }

    enum State {
        RUNNING,
        DEAD
    }

    @Test
    void enumsBindByTheNamesOfTheirConstants() {
        record Task(State state) {}
        CType type = struct(4, field("state", 0, states("RUNNING", "DEAD")));
        var codec = Codec.of(type, Task.class);
        MemorySegment memory = MemorySegment.ofArray(new int[] {200});
        assertEquals(State.DEAD, codec.decode(memory, 0).state());
        codec.encode(new Task(State.RUNNING), memory, 0);
        assertEquals(-1, memory.get(ValueLayout.JAVA_INT, 0));
        memory.set(ValueLayout.JAVA_INT, 0, 7);
        var e = assertThrows(IllegalArgumentException.class, () -> codec.decode(memory, 0));
        assertTrue(e.getMessage().contains("state: 7 is no constant"), e.getMessage());
        assertTrue(
                refused(struct(4, field("state", 0, states("RUNNING", "DYING"))), Task.class)
                        .contains("DEAD"));
    }

    @Test
    void memoryThatIsTooShortIsAnErrorAndNoCrash() {
        record Pair(int first, int second) {}
        var codec = Codec.of(Pair.class);
        MemorySegment memory = MemorySegment.ofArray(new byte[8]);
        assertThrows(IndexOutOfBoundsException.class, () -> codec.decode(memory, 1));
        assertThrows(
                IndexOutOfBoundsException.class, () -> codec.encode(new Pair(1, 2), memory, 4));
        assertThrows(IndexOutOfBoundsException.class, () -> codec.decode(memory, -1));
    }

    @Test
    void exceptionsOfTheRecordsConstructorComeThrough() {
        record Positive(int number) {
            Positive {
                if (number < 0) {
                    throw new IllegalArgumentException("negative");
                }
            }
        }
        var codec = Codec.of(Positive.class);
        MemorySegment memory = MemorySegment.ofArray(new int[] {-1});
        assertEquals(
                "negative",
                assertThrows(IllegalArgumentException.class, () -> codec.decode(memory, 0))
                        .getMessage());
    }

    @Test
    void aLookupOpensWhatOthersMayNotSee() {
        record Hidden(int number) {}
        var codec =
                Codec.of(struct(4, field("number", 0, INT)), Hidden.class, MethodHandles.lookup());
        assertEquals(5, codec.decode(MemorySegment.ofArray(new int[] {5}), 0).number());
    }

    @Test
    void layoutsWithoutBtfAreThoseOfC() {
        record Inner(byte b, long l) {}
        record Outer(byte b, short s, Inner inner, boolean t, @Length(3) int[] a, char c) {}
        CType.Struct type = CType.of(Outer.class);
        assertEquals(
                List.of(0, 2, 8, 24, 28, 40),
                type.fields().stream().map(CType.Field::offset).toList());
        assertEquals(48, type.size());
    }

    @Test
    void layoutsFromBtfAreThoseOfTheCompiler() throws IOException {
        Btf btf = fixture("layout");
        var plain = (CType.Struct) CType.of(btf, btf.find("plain", BtfKind.STRUCT));
        assertEquals(
                List.of(0, 2, 4, 8, 16, 24),
                plain.fields().stream().map(CType.Field::offset).toList());
        record Plain(byte c, short s, int i, byte d, long l, long p) {}
        assertEquals(32, Codec.of(plain, Plain.class).size());
        record Packed(byte c, int i, long l) {}
        var packed = CType.of(btf, btf.find("packed", BtfKind.STRUCT));
        assertEquals(13, Codec.of(packed, Packed.class).size());
        var bits = (CType.Struct) CType.of(btf, btf.find("bits", BtfKind.STRUCT));
        assertEquals(
                5, bits.fields().stream().filter(f -> f.type() instanceof CType.Bitfield).count());
        var nested = (CType.Struct) CType.of(btf, btf.find("nested", BtfKind.STRUCT));
        assertEquals("flexible", nested.fields().getLast().name());
        assertEquals(0, nested.fields().getLast().type().size());
        record Link(long next, long other, double number, float fraction, int sign) {}
        var link = CType.of(btf, btf.find("link", BtfKind.STRUCT));
        assertEquals(32, Codec.of(link, Link.class).size());
    }

    @Test
    void hostileTypesThatDoubleAtEachLevelStaySmall() {
        var builder = BtfBuilder.create();
        int id = builder.add(new BtfType.Int("char", 1, 1, 0, 8));
        for (int i = 0; i < 60; i++) {
            var twice =
                    List.of(new BtfType.Member("a", id, 0, 0), new BtfType.Member("b", id, 0, 0));
            id = builder.add(new BtfType.Struct("s" + i, 1, twice, false));
        }
        Btf btf = builder.build("hostile", ByteOrder.nativeOrder());
        assertEquals(1, CType.of(btf, id).size());
        record Outer(byte[] a, byte[] b) {}
        int last = id;
        assertThrows(
                IllegalArgumentException.class, () -> Codec.of(CType.of(btf, last), Outer.class));
    }

    @Test
    void decodingAllocatesLittleMoreThanTheRecord() {
        record Event(long sequence, int pid, int tid, long time) {}
        var codec = Codec.of(Event.class);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(codec.size(), 8);
            var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            int events = 1_000;
            long least = Long.MAX_VALUE;
            // The first rounds are interpreted and make more.
            for (int round = 0; round < 2_000 && least > 100L * events; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < events; i++) {
                    sink = codec.decode(memory, 0);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertTrue(least <= 100L * events, least / events + " bytes an event");
        }
    }

    private static Btf fixture(String name) throws IOException {
        String file = name + ".bpf.o";
        try (InputStream stream = CodecTest.class.getResourceAsStream("/fixtures/" + file);
                ElfFile elf = ElfFile.of(file, stream.readAllBytes())) {
            return Btf.ofElf(elf).orElseThrow();
        }
    }

    private static CType states(String first, String second) {
        return new CType.Enumeration(
                "enum state",
                4,
                true,
                List.of(new CType.Constant(first, -1), new CType.Constant(second, 200)));
    }

    private static CType.Field field(String name, int offset, CType type) {
        return new CType.Field(name, offset, type);
    }

    private static CType struct(int size, CType.Field... fields) {
        return new CType.Struct("struct s", size, List.of(fields));
    }

    private static <T> T decode(CType type, Class<T> record, byte[] bytes) {
        return Codec.of(type, record).decode(MemorySegment.ofArray(bytes), 0);
    }

    private static String refused(CType type, Class<?> record) {
        return assertThrows(IllegalArgumentException.class, () -> Codec.of(type, record))
                .getMessage();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
