package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;

import java.util.List;

/**
 * The function of the kernel that does a system call, by a {@link Kprobe}. Its name differs between
 * architectures: {@code __x64_sys_read}, {@code __arm64_sys_read}, or {@code __se_sys_read} where
 * the architecture wraps none.
 *
 * <p>Wrapped functions have one parameter, the address of the registers with the call's arguments.
 * Calls of 32-bit programs take another way and are not seen.
 *
 * @param name the system call's name, such as {@code read}
 * @param onReturn whether the program runs when the function returns
 * @param cookie what {@code bpf_get_attach_cookie} gives the program (5.15); 0 for none
 */
public record Ksyscall(String name, boolean onReturn, long cookie) {

    /** Checks that there is a name. */
    public Ksyscall {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a system call has a name");
        }
    }

    /**
     * {@return the beginning of a system call}
     *
     * @param name the system call's name, such as {@code read}
     */
    public static Ksyscall of(String name) {
        return new Ksyscall(name, false, 0);
    }

    /** {@return the return of the system call} */
    public Ksyscall returning() {
        return new Ksyscall(name, true, cookie);
    }

    /**
     * {@return the same with a cookie}
     *
     * @param value what {@code bpf_get_attach_cookie} is to give the program; kernels before 5.15
     *     refuse any but 0
     */
    public Ksyscall withCookie(long value) {
        return new Ksyscall(name, onReturn, value);
    }

    /**
     * Attaches a program.
     *
     * @param program a program of type KPROBE
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if the program is of another type
     * @throws dev.purebpf.error.UnsupportedFeatureException if this kernel was built without
     *     kprobes
     * @throws KernelException if there is no such system call, or the kernel refuses
     */
    public Link attach(Program program) {
        String machine =
                switch (program.kernel().architecture()) {
                    case X86_64 -> "x64";
                    case AARCH64 -> "arm64";
                };
        KernelException missing = null;
        for (String function : List.of("__" + machine + "_sys_" + name, "__se_sys_" + name)) {
            Kprobe probe = Kprobe.of(function).withCookie(cookie);
            try {
                return (onReturn ? probe.returning() : probe).attach(program);
            } catch (KernelException e) {
                if (!Kprobe.mayBeMissing(e.errno())) {
                    throw e;
                }
                missing = missing == null ? e : missing;
            }
        }
        throw missing;
    }
}
