package dev.purebpf.error;

import java.io.Serial;

/**
 * A system call failed.
 *
 * <p>Names the operation and the errno, and gives the likely reason: a missing capability,
 * lockdown, a resource limit, a feature that this kernel does not have.
 */
public final class KernelException extends BpfException {
    @Serial private static final long serialVersionUID = 1L;

    private final String operation;
    private final int errno;
    private final String errnoName;
    private final String advice;

    /**
     * Reports a failed system call.
     *
     * @param operation what was tried, such as {@code creating map events}
     * @param errno the positive error number, see {@code errno(3)}
     * @param errnoName its name, such as {@code EPERM}
     * @param advice the likely reason and what to do about it; {@code null} or empty when nothing
     *     is known
     */
    public KernelException(String operation, int errno, String errnoName, String advice) {
        this(operation, errno, errnoName, advice, null);
    }

    /**
     * Reports a system call that failed within Java's own classes.
     *
     * @param operation what was tried, such as {@code reading the kernel's BTF}
     * @param errno the positive error number, see {@code errno(3)}
     * @param errnoName its name, such as {@code EPERM}
     * @param advice the likely reason and what to do about it; {@code null} or empty when nothing
     *     is known
     * @param cause what Java reported, or {@code null}
     */
    public KernelException(
            String operation, int errno, String errnoName, String advice, Throwable cause) {
        super(describe(operation, errno, errnoName, advice), cause);
        this.operation = operation;
        this.errno = errno;
        this.errnoName = errnoName;
        this.advice = advice == null ? "" : advice;
    }

    private static String describe(String operation, int errno, String errnoName, String advice) {
        String text = operation + " failed: " + errnoName + " (errno " + errno + ")";
        return advice == null || advice.isEmpty() ? text : text + ": " + advice;
    }

    /**
     * {@return the same failure with another reason, from one who knows more of what was tried}
     *
     * @param better the likely reason and what to do about it
     */
    public KernelException because(String better) {
        return new KernelException(operation, errno, errnoName, better, getCause());
    }

    /** {@return what was tried} */
    public String operation() {
        return operation;
    }

    /** {@return the positive error number} */
    public int errno() {
        return errno;
    }

    /** {@return the error's name, such as {@code EPERM}} */
    public String errnoName() {
        return errnoName;
    }

    /** {@return the likely reason and what to do about it, possibly empty} */
    public String advice() {
        return advice;
    }
}
