package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.NearestNames;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.link.ProgramType;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.KernelName;

import java.io.IOException;
import java.util.List;
import java.util.Objects;

/**
 * A tracepoint of the kernel, of which the program gets the arguments as the kernel's code passed
 * them: addresses of its own structures. Cheaper than a {@link Tracepoint}, needs no tracefs, sees
 * 32-bit system calls too; and there is no promise that the arguments stay the same in the next
 * version.
 *
 * <p>Linux 4.17, {@code BPF_RAW_TRACEPOINT_OPEN}.
 *
 * @param name the name without a category, such as {@code sys_enter}
 * @param cookie what {@code bpf_get_attach_cookie} gives the program (6.10); 0 for none
 */
public record RawTracepoint(String name, long cookie) {

    /** Checks that it can be a name. */
    public RawTracepoint {
        Objects.requireNonNull(name);
        // The kernel would end the name at a zero, and attach to another tracepoint.
        if (name.chars().anyMatch(c -> c <= ' ')) {
            throw new IllegalArgumentException("'" + name + "' is no tracepoint's name");
        }
    }

    /**
     * {@return the tracepoint of that name}
     *
     * @param name the name without a category, such as {@code sys_enter}
     */
    public static RawTracepoint of(String name) {
        return new RawTracepoint(name, 0);
    }

    /**
     * {@return the tracepoints of a kernel and its modules whose names match a pattern, in
     * alphabetical order}
     *
     * <p>Those that its types tell of, and those of its modules (5.11).
     *
     * @param kernel the kernel
     * @param name a pattern such as {@code sched_*}
     * @throws dev.purebpf.error.UnsupportedFeatureException if the kernel has no types
     * @throws dev.purebpf.error.MalformedObjectException if they are damaged
     * @throws IOException if they cannot be read
     */
    public static List<KernelName> names(Kernel kernel, Glob name) throws IOException {
        return TracepointNames.raw(kernel).stream()
                .filter(found -> name.matches(found.name()))
                .sorted()
                .distinct()
                .toList();
    }

    /**
     * {@return the tracepoints whose names match a pattern, in alphabetical order, each name once}
     *
     * @param kernel the kernel
     * @param name a pattern such as {@code sched_*}
     * @throws dev.purebpf.error.UnsupportedFeatureException if the kernel has no types
     * @throws dev.purebpf.error.MalformedObjectException if they are damaged
     * @throws IOException if they cannot be read
     */
    public static List<RawTracepoint> matching(Kernel kernel, Glob name) throws IOException {
        return names(kernel, name).stream()
                .map(KernelName::name)
                .distinct()
                .map(RawTracepoint::of)
                .toList();
    }

    /**
     * {@return the same with a cookie}
     *
     * @param value what {@code bpf_get_attach_cookie} is to give the program; kernels before 6.10
     *     refuse any but 0
     */
    public RawTracepoint withCookie(long value) {
        return new RawTracepoint(name, value);
    }

    /**
     * Attaches a program.
     *
     * @param program a program of type RAW_TRACEPOINT or RAW_TRACEPOINT_WRITABLE
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if the program is of another type
     * @throws UnsupportedFeatureException if there is a cookie and this kernel knows none here
     * @throws KernelException if there is no such tracepoint, or the kernel refuses
     */
    public Link attach(Program program) {
        if (program.type() != ProgramType.RAW_TRACEPOINT
                && program.type() != ProgramType.RAW_TRACEPOINT_WRITABLE) {
            throw new IllegalArgumentException(
                    "program "
                            + program.name()
                            + " is of type "
                            + program.type()
                            + ": a raw tracepoint takes SEC(\"raw_tp/"
                            + name
                            + "\")");
        }
        Kernel kernel = program.kernel();
        OwnedFd link;
        try {
            link = LinkCommands.openRawTracepoint(kernel, program.fd(), name, cookie);
        } catch (KernelException e) {
            if (cookie != 0 && Errno.EINVAL.is(e)) {
                throw new UnsupportedFeatureException("cookies of raw tracepoints", "6.10");
            }
            if (!Errno.ENOENT.is(e)) {
                throw e;
            }
            throw e.because(
                    "this kernel has no tracepoint of that name"
                            + NearestNames.say(name, TracepointNames.rawOrNone(kernel)));
        }
        return new KernelLink(program, "raw_tracepoint " + name, link);
    }
}
