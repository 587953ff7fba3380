package dev.purebpf.code;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.UnsupportedFeatureException;

/** How the instructions of a machine are decoded. */
@FunctionalInterface
interface InstructionSet {
    /**
     * {@return an instruction}
     *
     * @param code the code
     * @param at where in it the instruction begins
     * @throws MalformedObjectException if no known instruction is there, or it is cut off
     */
    Instruction decode(ByteReader code, long at);

    /**
     * {@return that of a machine}
     *
     * @param machine {@link ElfFile#machine()}
     * @throws UnsupportedFeatureException if it is not known
     */
    static InstructionSet of(int machine) {
        return switch (machine) {
            case ElfFile.MACHINE_X86_64 -> X86Instructions::decode;
            case ElfFile.MACHINE_AARCH64 -> Aarch64Instructions::decode;
            default ->
                    throw new UnsupportedFeatureException(
                            "decoding instructions of the ELF machine " + machine, null);
        };
    }
}
