package dev.purebpf.core;

import dev.purebpf.btf.Btf;
import dev.purebpf.insn.Instruction;

import java.util.List;

/** Fits instructions to the kernel's types, one CO-RE relocation at a time. */
public final class CoreRelocator {
    /**
     * Prepares to relocate the instructions of an object.
     *
     * @param local the object's types
     * @param kernel the kernel's types
     * @param modules types of kernel modules, split BTF over the kernel's; searched only for what the
     *     kernel has no candidate for
     */
    public CoreRelocator(Btf local, Btf kernel, List<Btf> modules) {}

    /**
     * {@return the instruction as it fits the kernel: one, or two where {@code ld_imm64} was poisoned}
     *
     * @param program the name of the function, for messages
     * @param slot the index of the instruction's slot within the function, for messages
     * @param instruction the instruction with its relocations
     * @throws dev.purebpf.error.RelocationException if it cannot be fitted
     */
    public List<Instruction> relocate(String program, int slot, Instruction instruction) {
        throw new UnsupportedOperationException();
    }
}
