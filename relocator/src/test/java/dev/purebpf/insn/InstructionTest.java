package dev.purebpf.insn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.error.MalformedObjectException;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;

class InstructionTest {
    @Provide
    Arbitrary<Instruction> instructions() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 255),
                        Arbitraries.integers().between(0, 15),
                        Arbitraries.integers().between(0, 15),
                        Arbitraries.integers().between(Short.MIN_VALUE, Short.MAX_VALUE),
                        Arbitraries.longs())
                .as(
                        (code, dst, src, off, constant) ->
                                Instruction.of(
                                        code,
                                        dst,
                                        src,
                                        off,
                                        code == Opcode.LOAD_CONSTANT
                                                ? constant
                                                : (int) (long) constant));
    }

    @Property
    void whatIsWrittenIsRead(
            @ForAll List<@From("instructions") Instruction> instructions, @ForAll boolean little) {
        ByteOrder order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        byte[] bytes = InstructionWriter.write(instructions, order);
        assertEquals(
                instructions, InstructionReader.read(ByteReader.of("test", "code", bytes, order)));
    }

    @Property
    void everyInstructionHasAnAssembly(@ForAll("instructions") Instruction instruction) {
        assertEquals(Disassembler.text(instruction), instruction.toString());
    }

    @Test
    void registersChangePlacesWithTheByteOrder() {
        var load = List.of(Instruction.of(0x79, 1, 2, 8, 0));
        assertArrayEquals(
                bytes("7921080000000000"), InstructionWriter.write(load, ByteOrder.LITTLE_ENDIAN));
        assertArrayEquals(
                bytes("7912000800000000"), InstructionWriter.write(load, ByteOrder.BIG_ENDIAN));
    }

    @Test
    void aLongConstantTakesTwoSlots() {
        var load = List.of(Instruction.of(Opcode.LOAD_CONSTANT, 3, 0, 0, 0x1122334455667788L));
        assertArrayEquals(
                bytes("18030000887766550000000044332211"),
                InstructionWriter.write(load, ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void aLongConstantWithoutItsSecondSlotIsRefused() {
        assertRefused("1803000088776655");
    }

    @Test
    void aSecondSlotThatIsAnInstructionIsRefused() {
        assertRefused("18030000887766559500000000000000");
    }

    @Test
    void halfAnInstructionIsRefused() {
        assertRefused("95000000");
    }

    @Test
    void assemblyReadsLikeThatOfLlvm() {
        assertAssembly("r1 = *(u64 *)(r2 + 8)", 0x79, 1, 2, 8, 0);
        assertAssembly("r1 = *(s32 *)(r2 - 4)", 0x81, 1, 2, -4, 0);
        assertAssembly("*(u8 *)(r10 - 1) = 7", 0x72, 10, 0, -1, 7);
        assertAssembly("*(u32 *)(r10 - 8) = r3", 0x63, 10, 3, -8, 0);
        assertAssembly("lock *(u64 *)(r1 + 0) += r2", 0xdb, 1, 2, 0, 0);
        assertAssembly("r2 = xchg(*(u64 *)(r1 + 0), r2)", 0xdb, 1, 2, 0, 0xe1);
        assertAssembly("r1 += 5", 0x07, 1, 0, 0, 5);
        assertAssembly("w1 = w2", 0xbc, 1, 2, 0, 0);
        assertAssembly("r1 = (s8)r2", 0xbf, 1, 2, 8, 0);
        assertAssembly("r1 s>>= 3", 0xc7, 1, 0, 0, 3);
        assertAssembly("r1 = be16 r1", 0xdc, 1, 0, 0, 16);
        assertAssembly("if r1 s> -1 goto + 4", 0x65, 1, 0, 4, -1);
        assertAssembly("if w1 == w2 goto - 2", 0x1e, 1, 2, -2, 0);
        assertAssembly("goto + 3", 0x05, 0, 0, 3, 0);
        assertAssembly("call helper 14", Opcode.CALL, 0, 0, 0, 14);
        assertAssembly("call + 9", Opcode.CALL, 0, 1, 0, 9);
        assertAssembly("exit", Opcode.EXIT, 0, 0, 0, 0);
        assertAssembly("r4 = 81985529216486895 ll", 0x18, 4, 0, 0, 0x123456789abcdefL);
        assertEquals(
                "r1 = map .rodata value + 4",
                Instruction.of(0x18, 1, 2, 0, 0)
                        .withReference(new Reference.MapValue(".rodata", 4))
                        .toString()
                        .replace(" ll", ""));
    }

    private static void assertAssembly(
            String expected, int code, int dst, int src, int off, long constant) {
        assertEquals(expected, Instruction.of(code, dst, src, off, constant).toString());
    }

    private static void assertRefused(String hex) {
        var reader = ByteReader.of("test", "code", bytes(hex), ByteOrder.LITTLE_ENDIAN);
        assertThrows(MalformedObjectException.class, () -> InstructionReader.read(reader));
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }
}
