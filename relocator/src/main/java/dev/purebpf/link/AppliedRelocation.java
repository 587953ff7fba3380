package dev.purebpf.link;

import dev.purebpf.btf.BtfExt;
import dev.purebpf.core.Resolution;
import dev.purebpf.insn.Instruction;

import java.util.List;
import java.util.Optional;

/**
 * A CO-RE relocation of a linked program: where it is, what it asked, what it was answered, and
 * what became of the instruction.
 *
 * @param function the name of the function that has it: the program itself or one of its
 *     subprograms
 * @param slot the index of the instruction's slot of eight bytes within the linked program
 * @param functionSlot the index of that slot within the function
 * @param line the line of C that the instruction was compiled from, if the object tells
 * @param before the instruction as the compiler wrote it
 * @param after what it has become: one instruction, or two where {@code ld_imm64} was poisoned
 * @param poisoned whether the verifier will refuse what it has become, if it can be reached
 * @param resolution what was asked and answered
 */
public record AppliedRelocation(
        String function,
        int slot,
        int functionSlot,
        Optional<BtfExt.LineInfo> line,
        Instruction before,
        List<Instruction> after,
        boolean poisoned,
        Resolution resolution) {
    /** Copies the instructions. */
    public AppliedRelocation {
        after = List.copyOf(after);
    }
}
