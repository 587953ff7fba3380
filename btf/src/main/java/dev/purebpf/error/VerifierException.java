package dev.purebpf.error;

import java.io.Serial;

/**
 * The kernel's verifier refused a program.
 *
 * <p>The message begins with the line of C that failed and the verifier's reason; the whole log is
 * kept for those who want it.
 */
public final class VerifierException extends BpfException {
    @Serial private static final long serialVersionUID = 1L;

    private final String program;
    private final String reason;
    private final String sourceLine;
    private final String log;

    /**
     * Reports a refusal.
     *
     * @param program the name of the program
     * @param reason the verifier's last meaningful sentence
     * @param sourceLine the line of C that the refused instruction was compiled from, as {@code
     *     code @ file:line}, or {@code null} when unknown
     * @param log the verifier's whole log, possibly empty, never {@code null}
     */
    public VerifierException(String program, String reason, String sourceLine, String log) {
        super(describe(program, reason, sourceLine), null);
        this.program = program;
        this.reason = reason;
        this.sourceLine = sourceLine;
        this.log = log;
    }

    private static String describe(String program, String reason, String sourceLine) {
        var text = new StringBuilder();
        if (sourceLine != null && !sourceLine.isBlank()) {
            text.append(sourceLine.strip()).append(": ");
        }
        return text.append("the kernel's verifier rejected program ")
                .append(program)
                .append(": ")
                .append(reason)
                .toString();
    }

    /** {@return the name of the program} */
    public String program() {
        return program;
    }

    /** {@return the verifier's last meaningful sentence} */
    public String reason() {
        return reason;
    }

    /** {@return the line of C that was refused, or {@code null} when unknown} */
    public String sourceLine() {
        return sourceLine;
    }

    /** {@return the verifier's whole log, possibly empty} */
    public String log() {
        return log;
    }
}
