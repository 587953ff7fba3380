package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.KernelName;
import dev.purebpf.symbol.TraceableFunctions;

import java.io.IOException;
import java.util.List;
import java.util.Objects;

/**
 * An instruction of the kernel, mostly the first of a function, or the return of a function. The
 * program gets the registers: {@code struct pt_regs}, which is not the same on each architecture.
 *
 * <p>Most functions can be probed; none that the compiler inlined, and none on the kernel's
 * blacklist, on which probes themselves depend. Functions come, go and change with each version.
 *
 * <p>Linux 4.1, {@code CONFIG_KPROBE_EVENTS}; attached by a perf event of the PMU {@code kprobe}
 * (4.17), or, where that is missing, by an entry in tracefs' {@code kprobe_events}.
 *
 * @param function the function's name, such as {@code vfs_read}; empty for an address
 * @param offset the offset in the function, in bytes; without a function, the address
 * @param onReturn whether the program runs when the function returns
 * @param cookie what {@code bpf_get_attach_cookie} gives the program (5.15); 0 for none
 * @param way how to ask the kernel
 */
public record Kprobe(String function, long offset, boolean onReturn, long cookie, Way way) {

    /** The kernel keeps 32 bits, and would probe another place. */
    private static final long LARGEST_OFFSET = 0xffff_ffffL;

    /** How to ask the kernel for a probe. */
    public enum Way {
        /** By a perf event where the kernel has them for probes, else by tracefs. */
        BEST,
        /** By a perf event: the kernel forgets the probe with its last descriptor. */
        PERF_EVENT,
        /** By an entry in tracefs, which {@link Link#close} removes. */
        TRACEFS
    }

    /** Checks that the kernel could have such a place. */
    public Kprobe {
        Objects.requireNonNull(way);
        // The kernel would take the rest for something else, or end the name at a zero.
        if (function.chars().anyMatch(c -> c <= ' ')) {
            throw new IllegalArgumentException("'" + function + "' is no function's name");
        }
        if (!function.isEmpty() && offset < 0) {
            throw new IllegalArgumentException(
                    "offset " + offset + " is before the function " + function);
        }
        if (!function.isEmpty() && offset > LARGEST_OFFSET) {
            throw new IllegalArgumentException(
                    "the offset in a function has 32 bits, not " + offset);
        }
        if (onReturn && !function.isEmpty() && offset != 0) {
            throw new IllegalArgumentException(
                    "a probe of the return of " + function + " has no offset, not " + offset);
        }
    }

    /**
     * {@return the first instruction of a function}
     *
     * @param function the function's name, such as {@code vfs_read}
     */
    public static Kprobe of(String function) {
        if (function.isEmpty()) {
            throw new IllegalArgumentException("a function has a name");
        }
        return new Kprobe(function, 0, false, 0, Way.BEST);
    }

    /**
     * {@return the functions of the kernel and its modules whose names match a pattern, in
     * alphabetical order}
     *
     * <p>Those that can be traced by their begin, of which tracefs has a list: only a kernel with
     * {@code CONFIG_FUNCTION_TRACER} has that. More functions than these can be probed by name.
     *
     * @param kernel the kernel
     * @param name a pattern such as {@code vfs_*}
     * @throws KernelException if tracefs is not to be found, or its list cannot be read
     */
    public static List<KernelName> names(Kernel kernel, Glob name) {
        String operation = "listing the functions like " + name.pattern();
        try {
            return TraceableFunctions.names(kernel, Tracefs.MACHINE.root(operation), name);
        } catch (IOException e) {
            throw Errno.EACCES.failure(
                    operation,
                    "the list of functions that can be traced cannot be read, name one as it is: "
                            + e.getMessage());
        }
    }

    /**
     * {@return the functions whose names match a pattern, in alphabetical order, each name once}
     *
     * @param kernel the kernel
     * @param name a pattern such as {@code vfs_*}
     * @throws KernelException as {@link #names} does
     */
    public static List<Kprobe> matching(Kernel kernel, Glob name) {
        return names(kernel, name).stream()
                .map(KernelName::name)
                .distinct()
                .map(Kprobe::of)
                .toList();
    }

    /**
     * {@return the instruction at an address: the way to one of several functions of a name}
     *
     * @param address as {@code /proc/kallsyms} gives it
     */
    public static Kprobe ofAddress(long address) {
        return new Kprobe("", address, false, 0, Way.BEST);
    }

    /**
     * {@return another instruction of the function}
     *
     * <p>What lies behind the function's end is another one's, and is probed there: as with libbpf,
     * nobody asks how long the function is.
     *
     * @param bytes where in the function an instruction begins
     */
    public Kprobe at(long bytes) {
        return new Kprobe(function, bytes, onReturn, cookie, way);
    }

    /** {@return the return of the function} */
    public Kprobe returning() {
        return new Kprobe(function, offset, true, cookie, way);
    }

    /**
     * {@return the same with a cookie}
     *
     * @param value what {@code bpf_get_attach_cookie} is to give the program; kernels before 5.15
     *     refuse any but 0
     */
    public Kprobe withCookie(long value) {
        return new Kprobe(function, offset, onReturn, value, way);
    }

    /**
     * {@return the same, attached in another way}
     *
     * @param how how to ask the kernel
     */
    public Kprobe withWay(Way how) {
        return new Kprobe(function, offset, onReturn, cookie, how);
    }

    /**
     * Attaches a program.
     *
     * @param program a program of type KPROBE
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if the program is of another type
     * @throws UnsupportedFeatureException if this kernel was built without kprobes, or has not the
     *     {@link Way} that was insisted on
     * @throws KernelException if there is no such function, if it cannot be probed, or if the
     *     kernel refuses
     */
    public Link attach(Program program) {
        return attach(program, Tracefs.MACHINE);
    }

    Link attach(Program program, Tracefs tracefs) {
        SingleProbe.requireKind(program, "kprobe", (onReturn ? "kretprobe/" : "kprobe/") + place());
        return new SingleProbe(
                        TracefsProbe.Kind.KPROBES,
                        onReturn,
                        way,
                        function,
                        offset,
                        0,
                        -1,
                        cookie,
                        place(),
                        this::place,
                        target(),
                        errno -> KprobeRefusal.of(program.kernel(), this, errno))
                .attach(program, tracefs);
    }

    /** {@return whether an error number may mean that there is no such function} */
    static boolean mayBeMissing(int errno) {
        return errno == Errno.ENOENT.number();
    }

    String operation() {
        return "attaching to " + target();
    }

    private String target() {
        return (onReturn ? "kretprobe " : "kprobe ") + place();
    }

    /** {@return the place as tracefs wants it: {@code vfs_read+4} or {@code 0xffffffff81000000}} */
    String place() {
        if (function.isEmpty()) {
            return "0x" + Long.toHexString(offset);
        }
        return offset == 0 ? function : function + "+" + offset;
    }
}
