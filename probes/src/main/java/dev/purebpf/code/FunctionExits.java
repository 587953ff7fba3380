package dev.purebpf.code;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.UnsupportedFeatureException;

import java.util.ArrayList;
import java.util.List;

/**
 * The instructions by which a function is left. Immutable.
 *
 * <p>All of them are offsets from the function's first byte, ascending, of an instruction's first
 * byte. What calls a function that never comes back, such as {@code exit} or a panic, is not among
 * them.
 *
 * @param returns those that return to the caller
 * @param tailJumps those that jump to a place outside of the function, maybe only under a
 *     condition: what is there returns to the caller in its place
 * @param indirectJumps those that jump to an address that is computed: another function, or a place
 *     in this one, chosen from a table
 */
public record FunctionExits(
        List<Integer> returns, List<Integer> tailJumps, List<Integer> indirectJumps) {
    /** Copies the lists. */
    public FunctionExits {
        returns = List.copyOf(returns);
        tailJumps = List.copyOf(tailJumps);
        indirectJumps = List.copyOf(indirectJumps);
    }

    /**
     * {@return the exits of a function of a file}
     *
     * @param file an executable or a shared library
     * @param address the virtual address of the function's first instruction, as the file gives it
     * @param size how many bytes the function has; what fills up the space to the next one may be
     *     among them
     * @throws MalformedObjectException if the file does not have these bytes, or if there is
     *     something among them that is no known instruction: what comes behind it is then not
     *     guessed
     * @throws UnsupportedFeatureException if the file is for another machine than x86-64 and
     *     aarch64
     */
    public static FunctionExits of(ElfFile file, long address, long size) {
        InstructionSet instructions = InstructionSet.of(file.machine());
        return of(file.memory(address, size), instructions);
    }

    static FunctionExits of(ByteReader code, InstructionSet instructions) {
        List<Integer> returns = new ArrayList<>();
        List<Integer> tailJumps = new ArrayList<>();
        List<Integer> indirectJumps = new ArrayList<>();
        int at = 0;
        while (at < code.length()) {
            Instruction instruction = instructions.decode(code, at);
            switch (instruction.kind()) {
                case RETURN -> returns.add(at);
                case INDIRECT_JUMP -> indirectJumps.add(at);
                case JUMP -> {
                    if (instruction.target() < 0 || instruction.target() >= code.length()) {
                        tailJumps.add(at);
                    }
                }
                case NEXT -> {}
            }
            at += instruction.length();
        }
        return new FunctionExits(returns, tailJumps, indirectJumps);
    }
}
