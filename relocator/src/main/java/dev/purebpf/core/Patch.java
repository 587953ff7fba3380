package dev.purebpf.core;

import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.Opcode;

import java.util.List;

/** Writes what became of a relocation into its instruction. */
final class Patch {
    /**
     * The number of the helper that a poisoned instruction calls. No kernel has it; libbpf uses the
     * same and looks for it in the verifier's log.
     */
    static final int POISON_HELPER = 0xbad2310;

    private Patch() {}

    static List<Instruction> apply(Instruction instruction, Resolution resolution)
            throws CoreProblem {
        if (resolution.poisoned()) {
            return poison(instruction);
        }
        return switch (instruction.opcodeClass()) {
            case Opcode.CLASS_ALU, Opcode.CLASS_ALU64 -> arithmetic(instruction, resolution);
            case Opcode.CLASS_LDX, Opcode.CLASS_ST, Opcode.CLASS_STX ->
                    memory(instruction, resolution);
            case Opcode.CLASS_LD -> constant(instruction, resolution);
            default -> throw unfit(instruction);
        };
    }

    /**
     * {@return calls of a helper that does not exist} One a slot: the second slot of {@code
     * ld_imm64} alone would make the verifier speak of an unknown opcode.
     */
    static List<Instruction> poison(Instruction instruction) {
        Instruction poisoned =
                instruction.with(Opcode.CALL, 0, 0, 0, POISON_HELPER).withReference(null);
        return instruction.isWide()
                ? List.of(poisoned, Instruction.of(Opcode.CALL, 0, 0, 0, POISON_HELPER))
                : List.of(poisoned);
    }

    private static List<Instruction> arithmetic(Instruction instruction, Resolution resolution)
            throws CoreProblem {
        if ((instruction.opcode() & Opcode.SOURCE_REGISTER) != 0) {
            throw unfit(instruction);
        }
        validate(instruction.immediate(), resolution);
        return List.of(instruction.withImmediate((int) resolution.value()));
    }

    private static List<Instruction> constant(Instruction instruction, Resolution resolution)
            throws CoreProblem {
        if (!instruction.isWide() || instruction.source() != 0 || instruction.offset() != 0) {
            throw unfit(instruction);
        }
        validate(instruction.immediate(), resolution);
        return List.of(instruction.withImmediate(resolution.value()));
    }

    private static List<Instruction> memory(Instruction instruction, Resolution resolution)
            throws CoreProblem {
        validate(instruction.offset(), resolution);
        if (resolution.value() < 0 || resolution.value() > Short.MAX_VALUE) {
            throw new CoreProblem(
                    "lies at byte "
                            + resolution.value()
                            + " in this kernel, but one instruction reaches only to byte "
                            + Short.MAX_VALUE);
        }
        if (!resolution.resizable()) {
            return poison(instruction);
        }
        int opcode = instruction.opcode();
        if (resolution.size() != resolution.originalSize()) {
            int accessed = Opcode.accessSize(opcode);
            if (accessed != resolution.originalSize()) {
                throw new CoreProblem(
                        "has "
                                + resolution.originalSize()
                                + " bytes, but the instruction moves "
                                + accessed);
            }
            opcode = opcode & ~Opcode.SIZE_MASK | sizeBits(resolution.size());
        }
        return List.of(
                instruction.with(
                        opcode,
                        instruction.destination(),
                        instruction.source(),
                        (int) resolution.value(),
                        instruction.immediate()));
    }

    private static int sizeBits(long size) throws CoreProblem {
        return switch ((int) Math.min(size, Integer.MAX_VALUE)) {
            case 1 -> Opcode.SIZE_BYTE;
            case 2 -> Opcode.SIZE_HALF;
            case 4 -> Opcode.SIZE_WORD;
            case 8 -> Opcode.SIZE_DOUBLE;
            default ->
                    throw new CoreProblem(
                            "has " + size + " bytes in this kernel, which no instruction moves");
        };
    }

    private static void validate(long found, Resolution resolution) throws CoreProblem {
        if (resolution.validated() && found != resolution.original()) {
            throw new CoreProblem(
                    "the instruction has the value "
                            + found
                            + ", but by the object's own types it should be "
                            + resolution.original()
                            + "; the object is damaged");
        }
    }

    private static CoreProblem unfit(Instruction instruction) {
        return new CoreProblem(
                "the instruction \"" + instruction + "\" has no place for the value");
    }
}
