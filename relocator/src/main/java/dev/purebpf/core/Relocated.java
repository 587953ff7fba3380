package dev.purebpf.core;

import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.Opcode;

import java.util.List;

/**
 * An instruction after its relocations.
 *
 * @param instructions what it has become: one instruction, or two where {@code ld_imm64} was
 *     poisoned
 * @param resolutions what each of its relocations was answered, in their order
 */
public record Relocated(List<Instruction> instructions, List<Resolution> resolutions) {
    /** Copies the lists. */
    public Relocated {
        instructions = List.copyOf(instructions);
        resolutions = List.copyOf(resolutions);
    }

    /**
     * {@return whether the instruction cannot be right on this kernel, so that one that the
     * verifier refuses, if it can be reached, has taken its place}
     */
    public boolean poisoned() {
        Instruction first = instructions.getFirst();
        return first.opcode() == Opcode.CALL && first.immediate() == Patch.POISON_HELPER;
    }
}
