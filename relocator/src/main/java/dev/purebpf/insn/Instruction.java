package dev.purebpf.insn;

import dev.purebpf.btf.BtfExt;

import java.util.List;

/**
 * One BPF instruction, with all that belongs to it.
 *
 * <p>In memory an instruction is one slot of eight bytes, and {@code ld_imm64} two:
 *
 * <pre>
 *  byte  0        1           2   3       4   5   6   7
 *       +--------+-----+-----+-----------+---------------+
 *       | opcode | src | dst |  offset   |   immediate   |   little-endian
 *       +--------+-----+-----+-----------+---------------+
 *       | opcode | dst | src |  offset   |   immediate   |   big-endian
 *       +--------+-----+-----+-----------+---------------+
 *       |   0    |  0  |  0  |     0     | its upper half|   second slot of ld_imm64
 *       +--------+-----+-----+-----------+---------------+
 * </pre>
 *
 * <p>References, relocations, the source line and the function that begins here ride along, so that
 * code can be moved without tables to keep in step. Immutable.
 *
 * @param opcode the operation, 0 to 255, see {@link Opcode}
 * @param destination the destination register, 0 to 15 (the machine has 0 to 10)
 * @param source the source register, or what kind of reference the immediate is
 * @param offset the offset of a jump or memory access
 * @param immediate the constant: 32 bits, sign-extended, or all 64 bits of {@code ld_imm64}
 * @param reference what the instruction refers to by name, or {@code null}
 * @param relocations what is to be fitted to the kernel (CO-RE); at most one in what compilers
 *     write
 * @param line the line of C that begins here, or {@code null}
 * @param function the function that begins here, or {@code null}
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9669.html#name-instruction-encoding">RFC 9669, 3:
 *     Instruction Encoding</a>
 */
public record Instruction(
        int opcode,
        int destination,
        int source,
        short offset,
        long immediate,
        Reference reference,
        List<BtfExt.CoreRelocation> relocations,
        BtfExt.LineInfo line,
        BtfExt.FunctionInfo function) {

    /** Copies the list of relocations. */
    public Instruction {
        relocations = List.copyOf(relocations);
    }

    /**
     * {@return an instruction that carries nothing}
     *
     * @param opcode the operation
     * @param destination the destination register
     * @param source the source register
     * @param offset the offset
     * @param immediate the constant
     */
    public static Instruction of(
            int opcode, int destination, int source, int offset, long immediate) {
        return new Instruction(
                opcode,
                destination,
                source,
                (short) offset,
                immediate,
                null,
                List.of(),
                null,
                null);
    }

    /** {@return whether it is {@code ld_imm64}, which takes two slots} */
    public boolean isWide() {
        return opcode == Opcode.LOAD_CONSTANT;
    }

    /** {@return how many slots of eight bytes it takes: 2 for {@code ld_imm64}, else 1} */
    public int slots() {
        return isWide() ? 2 : 1;
    }

    /** {@return the instruction class: the lowest three bits of the opcode} */
    public int opcodeClass() {
        return opcode & 0x07;
    }

    /** {@return whether it calls a helper, a subprogram or a kernel function} */
    public boolean isCall() {
        return opcode == Opcode.CALL;
    }

    /** {@return whether it calls a subprogram ({@code BPF_PSEUDO_CALL})} */
    public boolean isSubprogramCall() {
        return isCall() && source == Opcode.PSEUDO_CALL;
    }

    /** {@return whether it takes the address of a subprogram ({@code BPF_PSEUDO_FUNC})} */
    public boolean isFunctionAddress() {
        return isWide() && source == Opcode.PSEUDO_FUNCTION;
    }

    /**
     * {@return the same with another constant}
     *
     * @param newImmediate the constant
     */
    public Instruction withImmediate(long newImmediate) {
        return new Instruction(
                opcode,
                destination,
                source,
                offset,
                newImmediate,
                reference,
                relocations,
                line,
                function);
    }

    /**
     * {@return the same with other numbers, carrying what this one carries}
     *
     * @param newOpcode the operation
     * @param newDestination the destination register
     * @param newSource the source register
     * @param newOffset the offset
     * @param newImmediate the constant
     */
    public Instruction with(
            int newOpcode, int newDestination, int newSource, int newOffset, long newImmediate) {
        return new Instruction(
                newOpcode,
                newDestination,
                newSource,
                (short) newOffset,
                newImmediate,
                reference,
                relocations,
                line,
                function);
    }

    /**
     * {@return the same with another reference}
     *
     * @param newReference the reference, or {@code null} for none
     */
    public Instruction withReference(Reference newReference) {
        return new Instruction(
                opcode,
                destination,
                source,
                offset,
                immediate,
                newReference,
                relocations,
                line,
                function);
    }

    /** {@return the assembly, as {@link Disassembler} writes it} */
    @Override
    public String toString() {
        return Disassembler.text(this);
    }
}
