package dev.purebpf.link;

import dev.purebpf.error.RelocationException;
import dev.purebpf.insn.Instruction;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/** An entry program with its subprograms appended, fitted to a kernel; or why that failed. */
public final class LinkedProgram {
    /** The size of a record of {@link #functionInfo}: {@code struct bpf_func_info}. */
    public static final int FUNCTION_INFO_SIZE = 8;

    /** The size of a record of {@link #lineInfo}: {@code struct bpf_line_info}. */
    public static final int LINE_INFO_SIZE = 16;

    private final ObjectFile object;
    private final ProgramDefinition program;
    private final List<Instruction> instructions;
    private final RelocationException failure;

    LinkedProgram(
            ObjectFile object,
            ProgramDefinition program,
            List<Instruction> instructions,
            RelocationException failure) {
        this.object = object;
        this.program = program;
        this.instructions = List.copyOf(instructions);
        this.failure = failure;
    }

    /** {@return the entry program as it is in the object} */
    public ProgramDefinition program() {
        return program;
    }

    /** {@return the name of the entry program} */
    public String name() {
        return program.name();
    }

    /** {@return the name of its section} */
    public String section() {
        return program.section();
    }

    /** {@return what the section's name says} */
    public Optional<SectionDefinition> definition() {
        return program.definition();
    }

    /** {@return why it could not be linked, if it could not; all other methods then see nothing} */
    public Optional<RelocationException> failure() {
        return Optional.ofNullable(failure);
    }

    /** {@return its instructions and those of its subprograms; maps are referred to by name} */
    public List<Instruction> instructions() {
        return instructions;
    }

    /** {@return how many slots of eight bytes the instructions take: {@code insn_cnt}} */
    public int slots() {
        return instructions.stream().mapToInt(Instruction::slots).sum();
    }

    /**
     * {@return the instructions as the kernel takes them}
     *
     * @param mapDescriptor gives a map's file descriptor by its name, or a negative number when the
     *     map was not created; instructions that refer to it become calls of a helper that does not
     *     exist, 2001000000 plus the map's index, so that the verifier refuses them only if they can
     *     be reached
     * @param order the byte order of the machine
     */
    public byte[] encode(ToIntFunction<String> mapDescriptor, ByteOrder order) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the records of functions, {@link #FUNCTION_INFO_SIZE} bytes each: slot, then type id
     * in the object's BTF; empty when there are none}
     *
     * @param order the byte order of the machine
     */
    public byte[] functionInfo(ByteOrder order) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the records of source lines, {@link #LINE_INFO_SIZE} bytes each: slot, offsets of
     * file name and text in the strings of the object's BTF, line and column; empty when there are
     * none}
     *
     * @param order the byte order of the machine
     */
    public byte[] lineInfo(ByteOrder order) {
        throw new UnsupportedOperationException();
    }
}
