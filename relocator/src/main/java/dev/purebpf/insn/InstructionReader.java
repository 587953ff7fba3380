package dev.purebpf.insn;

import dev.purebpf.elf.ByteReader;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Decodes instructions of either byte order. */
public final class InstructionReader {
    /** The size of a slot in bytes. */
    public static final int SLOT_SIZE = 8;

    private InstructionReader() {}

    /**
     * Decodes instructions.
     *
     * @param reader their bytes
     * @return the instructions, in their order, carrying nothing
     * @throws dev.purebpf.error.MalformedObjectException if the bytes are not whole slots, or an
     *     {@code ld_imm64} lacks its second slot or has anything but a constant in it
     */
    public static List<Instruction> read(ByteReader reader) {
        if (reader.length() % SLOT_SIZE != 0) {
            throw reader.malformed(
                    reader.length() - reader.length() % SLOT_SIZE,
                    "instructions take slots of 8 bytes, but " + reader.length() + " are left");
        }
        var instructions = new ArrayList<Instruction>(reader.length() / SLOT_SIZE);
        int at = 0;
        while (at < reader.length()) {
            Instruction instruction = decode(reader, at);
            instructions.add(instruction);
            at += instruction.slots() * SLOT_SIZE;
        }
        return instructions;
    }

    private static Instruction decode(ByteReader reader, int at) {
        int opcode = reader.u8(at);
        int registers = reader.u8(at + 1);
        boolean little = reader.order() == ByteOrder.LITTLE_ENDIAN;
        int destination = little ? registers & 0x0f : registers >>> 4;
        int source = little ? registers >>> 4 : registers & 0x0f;
        short offset = (short) reader.u16(at + 2);
        long immediate = reader.s32(at + 4);
        if (opcode == Opcode.LOAD_CONSTANT) {
            int next = at + SLOT_SIZE;
            if (next >= reader.length()) {
                throw reader.malformed(at, "ld_imm64 lacks its second slot");
            }
            if (reader.u8(next) != 0 || reader.u8(next + 1) != 0 || reader.u16(next + 2) != 0) {
                throw reader.malformed(
                        next, "the second slot of ld_imm64 holds more than the constant");
            }
            immediate = reader.u32(at + 4) | (long) reader.s32(next + 4) << 32;
        }
        return Instruction.of(opcode, destination, source, offset, immediate);
    }
}
