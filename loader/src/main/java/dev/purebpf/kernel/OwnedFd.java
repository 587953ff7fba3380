package dev.purebpf.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A file descriptor that somebody owns: open until {@link #close}, which closes once, whoever calls
 * it and however often. Descriptors are never closed by the garbage collector.
 *
 * <p>As in libbpf, a descriptor is close-on-exec and never 0, 1 or 2, so that it cannot be taken
 * for a standard stream that somebody had closed.
 *
 * <p>Any thread may close. Whoever uses {@link #number} must not let another thread close
 * meanwhile: the kernel gives the number to the next descriptor opened.
 */
public final class OwnedFd implements AutoCloseable {
    private static final int LOWEST = 3;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(OwnedFd.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Kernel kernel;
    private final String what;
    private volatile int state;

    private OwnedFd(Kernel kernel, int number, String what) {
        this.kernel = kernel;
        this.state = number;
        this.what = what;
    }

    /**
     * {@return the owner of a descriptor that a call has just returned}
     *
     * @param kernel the kernel that opened it and will close it
     * @param result the descriptor, or minus the error number
     * @param operation what was attempted, such as {@code creating map events}; also describes the
     *     descriptor in messages
     * @throws dev.purebpf.error.KernelException if the result is an error
     */
    public static OwnedFd of(Kernel kernel, long result, String operation) {
        int number = (int) kernel.check(result, operation);
        if (number < LOWEST) {
            long moved = kernel.duplicate(number, LOWEST);
            kernel.close(number);
            number = (int) kernel.check(moved, operation);
        }
        return new OwnedFd(kernel, number, operation);
    }

    /**
     * {@return the number, for use in a system call}
     *
     * @throws IllegalStateException after {@link #close}
     */
    public int number() {
        int number = state;
        if (number < 0) {
            throw new IllegalStateException("the descriptor is closed (" + what + ")");
        }
        return number;
    }

    /** {@return whether it has not been closed yet} */
    public boolean isOpen() {
        return state >= 0;
    }

    /**
     * {@return another descriptor of the same kernel object, which has to be closed as well}
     *
     * @throws IllegalStateException after {@link #close}
     * @throws dev.purebpf.error.KernelException if there are too many open descriptors
     */
    public OwnedFd duplicate() {
        String operation = "duplicating the descriptor (" + what + ")";
        return of(kernel, kernel.duplicate(number(), LOWEST), operation);
    }

    /** Closes the descriptor, if it is still open. */
    @Override
    public void close() {
        int number = (int) STATE.getAndSet(this, -1);
        if (number >= 0) {
            kernel.close(number);
        }
    }

    @Override
    public String toString() {
        int number = state;
        return (number < 0 ? "closed" : "fd " + number) + " (" + what + ")";
    }
}
