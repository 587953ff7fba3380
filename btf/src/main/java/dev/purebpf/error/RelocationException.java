package dev.purebpf.error;

import java.io.Serial;

/**
 * A program cannot be fitted to the kernel, or to the rest of its object.
 *
 * <p>Carries the program, the instruction, the line of C it came from and the access that was asked
 * for ({@code task_struct::thread_info.status}), so that the message alone tells what the kernel
 * lacks.
 */
public final class RelocationException extends BpfException {
    @Serial private static final long serialVersionUID = 1L;

    private final String program;
    private final int instruction;
    private final String sourceLine;
    private final String spec;
    private final String problem;

    /**
     * Reports an instruction that cannot be relocated.
     *
     * @param program the name of the program or subprogram
     * @param instruction the index of the instruction within the program, counted in slots of eight
     *     bytes, or −1 when the program as a whole is meant
     * @param sourceLine the line of C that the instruction was compiled from, or {@code null} when
     *     unknown
     * @param spec what the relocation asks for: an access spec, a symbol or a map; {@code null}
     *     when there is none
     * @param problem why it cannot be done and what the kernel or object has instead
     */
    public RelocationException(
            String program, int instruction, String sourceLine, String spec, String problem) {
        super(describe(program, instruction, sourceLine, spec, problem), null);
        this.program = program;
        this.instruction = instruction;
        this.sourceLine = sourceLine;
        this.spec = spec;
        this.problem = problem;
    }

    private static String describe(
            String program, int instruction, String sourceLine, String spec, String problem) {
        var text = new StringBuilder("program ").append(program);
        if (instruction >= 0) {
            text.append(", instruction ").append(instruction);
        }
        if (sourceLine != null && !sourceLine.isBlank()) {
            text.append(" (").append(sourceLine.strip()).append(')');
        }
        text.append(": ");
        if (spec != null) {
            text.append(spec).append(": ");
        }
        return text.append(problem).toString();
    }

    /** {@return the name of the program or subprogram} */
    public String program() {
        return program;
    }

    /**
     * {@return the index of the instruction in slots of eight bytes, or −1 when the whole program
     * is meant}
     */
    public int instruction() {
        return instruction;
    }

    /**
     * {@return the line of C that the instruction was compiled from, or {@code null} when unknown}
     */
    public String sourceLine() {
        return sourceLine;
    }

    /** {@return what the relocation asks for, or {@code null}} */
    public String spec() {
        return spec;
    }

    /** {@return why it cannot be done} */
    public String problem() {
        return problem;
    }
}
