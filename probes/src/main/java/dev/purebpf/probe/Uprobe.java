package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.UserFunction;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * An instruction of an executable or a shared library, mostly the first of a function, or the
 * return of a function; in one process or in all that run the file, now or later. The program gets
 * the registers: {@code struct pt_regs}.
 *
 * <p>Each hit costs a trap into the kernel, some microseconds. A probe of the return replaces the
 * return address on the stack, which some language runtimes check: Go's do.
 *
 * <p>From Linux 6.13 on, a program without a tail call has to share its stack with whoever hits the
 * same probe on the same processor while it is interrupted; {@code docs/library.md} shows how it
 * keeps its own. The same holds for {@link UprobeMulti} and {@link Usdt}.
 *
 * <p>Linux 4.1, {@code CONFIG_UPROBE_EVENTS}; attached by a perf event of the PMU {@code uprobe}
 * (4.17), or, where that is missing, by an entry in tracefs' {@code uprobe_events}.
 *
 * @param file the file's path, or the name of a library or program, such as {@code libc.so.6}; with
 *     a process as that process sees it; {@code ARCHIVE!/MEMBER} for a library that is run from
 *     within a zip file, where it lies uncompressed, as Android's do
 * @param function the function's name, such as {@code malloc} or {@code pthread_create@GLIBC_2.34};
 *     empty for a plain offset
 * @param offset the offset in the function, in bytes; without a function, in the file
 * @param onReturn whether the program runs when the function returns
 * @param pid the process, with all its threads; −1 for all processes
 * @param referenceCounter where in the file a 16-bit number counts who listens, in bytes; 0 for
 *     none (4.20)
 * @param cookie what {@code bpf_get_attach_cookie} gives the program (5.15); 0 for none
 * @param way how to ask the kernel
 */
public record Uprobe(
        String file,
        String function,
        long offset,
        boolean onReturn,
        int pid,
        long referenceCounter,
        long cookie,
        Kprobe.Way way) {

    /** How wide a reference counter's offset may be: it shares a word with the other flags. */
    private static final long LARGEST_COUNTER = 0xffff_ffffL;

    private static final String NO_INSTRUCTION =
            "the file is no regular one, or ends before this place, or no instruction begins there";
    private static final String UNKNOWN_INSTRUCTION =
            "the kernel cannot probe the instruction that is there";

    /** Checks that the kernel could have such a place. */
    public Uprobe {
        Objects.requireNonNull(function);
        Objects.requireNonNull(way);
        if (file.isEmpty()) {
            throw new IllegalArgumentException("a file has a name");
        }
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset + " is before the beginning");
        }
        if (onReturn && !function.isEmpty() && offset != 0) {
            throw new IllegalArgumentException(
                    "a probe of the return of " + function + " has no offset, not " + offset);
        }
        requireProcess(pid);
        if (referenceCounter < 0 || referenceCounter > LARGEST_COUNTER) {
            throw new IllegalArgumentException(
                    "the offset of a reference counter has 32 bits, not " + referenceCounter);
        }
    }

    static void requireProcess(int pid) {
        if (pid < -1 || pid == 0) {
            throw new IllegalArgumentException("no process has the id " + pid);
        }
    }

    /**
     * {@return the first instruction of a function}
     *
     * @param file the file's path, or the name of a library or program, such as {@code libc.so.6}
     * @param function the function's name, maybe with a version
     */
    public static Uprobe of(String file, String function) {
        if (function.isEmpty()) {
            throw new IllegalArgumentException("a function has a name");
        }
        return new Uprobe(file, function, 0, false, -1, 0, 0, Kprobe.Way.BEST);
    }

    /**
     * {@return the functions of a file whose names match a pattern, in alphabetical order; a place
     * that has several names is there by each; none if there are none}
     *
     * @param kernel the kernel
     * @param file the file's path, or the name of a library or program
     * @param pid the process that has the file; −1 for any
     * @param function a pattern such as {@code pthread_*}
     * @throws KernelException if there is no such file or process, or if the file is for another
     *     machine
     * @throws dev.purebpf.error.MalformedObjectException if the file is no ELF file, or damaged
     */
    public static List<UserFunction> matching(Kernel kernel, String file, int pid, Glob function) {
        String operation = "listing the functions " + file + ":" + function.pattern();
        return ProbedFile.find(kernel, file, pid, operation).functions(function);
    }

    /**
     * {@return an instruction by its place in the file}
     *
     * <p>The kernel cannot tell where instructions begin, and writes its breakpoint where it is
     * told to: in the middle of one it makes another instruction, in every process that runs the
     * file.
     *
     * @param file the file's path, or the name of a library or program, such as {@code libc.so.6}
     * @param offset where in the file an instruction begins, in bytes
     */
    public static Uprobe ofOffset(String file, long offset) {
        return new Uprobe(file, "", offset, false, -1, 0, 0, Kprobe.Way.BEST);
    }

    /**
     * {@return another instruction of the function}
     *
     * <p>What {@link #ofOffset} says of places where no instruction begins holds here, too. What
     * lies behind the function's end is another one's, and is probed there: as with libbpf, nobody
     * asks how long the function is.
     *
     * @param bytes where in the function an instruction begins
     */
    public Uprobe at(long bytes) {
        return new Uprobe(file, function, bytes, onReturn, pid, referenceCounter, cookie, way);
    }

    /** {@return the return of the function} */
    public Uprobe returning() {
        return new Uprobe(file, function, offset, true, pid, referenceCounter, cookie, way);
    }

    /**
     * {@return the same in one process, with all its threads; the file is what that process has}
     *
     * @param process its id, as this process numbers it
     */
    public Uprobe inProcess(int process) {
        return new Uprobe(file, function, offset, onReturn, process, referenceCounter, cookie, way);
    }

    /**
     * {@return the same with a reference counter: the kernel adds one to it in each process that
     * runs the file, as long as the program is attached}
     *
     * @param fileOffset where in the file the counter is, in bytes
     */
    public Uprobe withReferenceCounter(long fileOffset) {
        return new Uprobe(file, function, offset, onReturn, pid, fileOffset, cookie, way);
    }

    /**
     * {@return the same with a cookie}
     *
     * @param value what {@code bpf_get_attach_cookie} is to give the program; kernels before 5.15
     *     refuse any but 0
     */
    public Uprobe withCookie(long value) {
        return new Uprobe(file, function, offset, onReturn, pid, referenceCounter, value, way);
    }

    /**
     * {@return the same, attached in another way}
     *
     * @param how how to ask the kernel
     */
    public Uprobe withWay(Kprobe.Way how) {
        return new Uprobe(file, function, offset, onReturn, pid, referenceCounter, cookie, how);
    }

    /**
     * Attaches a program.
     *
     * @param program a program of type KPROBE
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if the program is of another type
     * @throws UnsupportedFeatureException if this kernel was built without uprobes, or has not the
     *     {@link Kprobe.Way} that was insisted on
     * @throws KernelException if there is no such file, function or process, if the place cannot be
     *     probed, or if the kernel refuses
     * @throws dev.purebpf.error.MalformedObjectException if the file is no ELF file, or damaged
     */
    public Link attach(Program program) {
        return attach(program, Tracefs.MACHINE);
    }

    Link attach(Program program, Tracefs tracefs) {
        SingleProbe.requireKind(program, "uprobe", (onReturn ? "uretprobe/" : "uprobe/") + place());
        ProbedFile binary = ProbedFile.find(program.kernel(), file, pid, operation());
        return attachTo(program, tracefs, binary, binary.at(function, offset));
    }

    /** Attaches a program whose kind is known to be right to a place of a file that was found. */
    ProbeLink attachTo(Program program, Tracefs tracefs, ProbedFile binary, long at) {
        Path path = binary.path();
        return new SingleProbe(
                        TracefsProbe.Kind.UPROBES,
                        onReturn,
                        way,
                        path.toString(),
                        at,
                        referenceCounter,
                        pid,
                        cookie,
                        path.getFileName() + "_" + Long.toHexString(at),
                        () -> tracefsPlace(path, at),
                        target(),
                        errno -> refusal(program.kernel(), operation(), pid, errno))
                .attach(program, tracefs);
    }

    private String tracefsPlace(Path path, long at) {
        if (path.toString().chars().anyMatch(c -> c <= ' ')) {
            throw Errno.EINVAL.failure(operation(), "tracefs takes no path with a space: " + path);
        }
        String counter =
                referenceCounter == 0 ? "" : "(0x" + Long.toHexString(referenceCounter) + ")";
        return path + ":0x" + Long.toHexString(at) + counter;
    }

    /** {@return why the kernel may have refused it} */
    static KernelException refusal(Kernel kernel, String operation, int pid, int errno) {
        KernelException failure = kernel.failure(-errno, operation);
        return Errno.of(errno)
                .map(error -> reason(error, pid))
                .map(failure::because)
                .orElse(failure);
    }

    /** {@return what an error says of the place; {@code null} if it says nothing} */
    private static String reason(Errno errno, int pid) {
        return switch (errno) {
            case ESRCH -> "there is no process " + pid;
            case EIO, EILSEQ -> NO_INSTRUCTION;
            // Of aarch64 also what it cannot probe, such as a breakpoint of the program's own.
            case EINVAL -> NO_INSTRUCTION + ", or " + UNKNOWN_INSTRUCTION;
            case ENOTSUPP, EOPNOTSUPP -> UNKNOWN_INSTRUCTION;
            default -> null;
        };
    }

    private String operation() {
        return "attaching to " + target();
    }

    private String target() {
        return (onReturn ? "uretprobe " : "uprobe ")
                + place()
                + (pid < 0 ? "" : " of process " + pid);
    }

    /** {@return the place as a section names it: {@code libc.so.6:malloc+4}} */
    private String place() {
        if (function.isEmpty()) {
            return file + ":0x" + Long.toHexString(offset);
        }
        return file + ":" + function + (offset == 0 ? "" : "+" + offset);
    }
}
