package dev.purebpf.insn;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Encodes instructions in either byte order. */
public final class InstructionWriter {
    private InstructionWriter() {}

    /**
     * {@return the bytes of instructions; what they refer to by name is not looked at}
     *
     * @param instructions the instructions
     * @param order the byte order
     */
    public static byte[] write(List<Instruction> instructions, ByteOrder order) {
        int slots = 0;
        for (Instruction instruction : instructions) {
            slots += instruction.slots();
        }
        ByteBuffer buffer = ByteBuffer.allocate(slots * InstructionReader.SLOT_SIZE).order(order);
        for (Instruction instruction : instructions) {
            put(buffer, instruction);
        }
        return buffer.array();
    }

    private static void put(ByteBuffer buffer, Instruction instruction) {
        boolean little = buffer.order() == ByteOrder.LITTLE_ENDIAN;
        int low = little ? instruction.destination() : instruction.source();
        int high = little ? instruction.source() : instruction.destination();
        buffer.put((byte) instruction.opcode());
        buffer.put((byte) (high << 4 | low));
        buffer.putShort(instruction.offset());
        buffer.putInt((int) instruction.immediate());
        if (instruction.isWide()) {
            buffer.putInt(0);
            buffer.putInt((int) (instruction.immediate() >>> 32));
        }
    }
}
