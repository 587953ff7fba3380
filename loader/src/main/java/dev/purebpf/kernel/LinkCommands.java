package dev.purebpf.kernel;

import static dev.purebpf.kernel.AttributeScratch.setInt;
import static dev.purebpf.kernel.AttributeScratch.setLong;
import static dev.purebpf.kernel.AttributeScratch.zeroed;

import dev.purebpf.error.KernelException;
import dev.purebpf.link.AttachType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/** The commands of {@code bpf(2)} that attach programs. */
public final class LinkCommands {
    private static final int CREATE_SIZE = 64;

    private LinkCommands() {}

    /**
     * {@return the link of a program that was attached to a raw tracepoint}
     *
     * @param kernel the kernel
     * @param program the program's descriptor
     * @param tracepoint the tracepoint's name, such as {@code sys_enter}
     * @param cookie what {@code bpf_get_attach_cookie} gives the program; since 6.10, else 0
     * @throws KernelException if the kernel refuses; ENOENT if there is no such tracepoint
     */
    public static OwnedFd openRawTracepoint(
            Kernel kernel, int program, String tracepoint, long cookie) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(tracepoint);
            String operation = "attaching to raw tracepoint " + tracepoint;
            return open(kernel, program, name, cookie, operation);
        }
    }

    /**
     * Attaches a program to the function or tracepoint that it was loaded for, as kernels before
     * 5.18 do: as a raw tracepoint without a name.
     *
     * @param kernel the kernel
     * @param program its descriptor
     * @param operation what is attempted, for a message
     * @return what keeps it attached, until closed
     * @throws KernelException if the kernel refuses
     */
    public static OwnedFd openTarget(Kernel kernel, int program, String operation) {
        return open(kernel, program, MemorySegment.NULL, 0, operation);
    }

    private static OwnedFd open(
            Kernel kernel, int program, MemorySegment name, long cookie, String operation) {
        MemorySegment attributes = zeroed(24);
        setLong(attributes, 0, name.address());
        setInt(attributes, 8, program);
        setLong(attributes, 16, cookie);
        int size = cookie == 0 ? 12 : 24;
        return OwnedFd.of(
                kernel,
                kernel.bpf(BpfCommand.RAW_TRACEPOINT_OPEN.number(), attributes, size),
                operation);
    }

    /**
     * {@return the link of a program that was attached to a perf event: a tracepoint, kprobe,
     * uprobe or counter} Since 5.15 ({@link Feature#PERF_LINK}); before that {@link
     * PerfEvents#setProgram}.
     *
     * @param kernel the kernel
     * @param program the program's descriptor
     * @param perfEvent the event's descriptor
     * @param cookie what {@code bpf_get_attach_cookie} gives the program
     * @throws KernelException if the kernel refuses
     */
    public static OwnedFd createForPerfEvent(
            Kernel kernel, int program, int perfEvent, long cookie) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rest = arena.allocate(8, 8);
            setLong(rest, 0, cookie);
            return create(
                    kernel,
                    program,
                    perfEvent,
                    AttachType.PERF_EVENT.number(),
                    0,
                    rest,
                    "attaching to a perf event");
        }
    }

    /**
     * {@return a new link}
     *
     * @param kernel the kernel
     * @param program the program's descriptor
     * @param target the descriptor or interface to attach to, 0 for none
     * @param attachType the number of {@code enum bpf_attach_type}
     * @param flags flags of the kind of link
     * @param rest what is particular to the kind of link: the union at offset 16 of {@code
     *     link_create}, at most 48 bytes; may have zero bytes
     * @param operation what is attempted, for messages, such as {@code attaching to cgroup /x}
     * @throws KernelException if the kernel refuses
     */
    public static OwnedFd create(
            Kernel kernel,
            int program,
            int target,
            int attachType,
            int flags,
            MemorySegment rest,
            String operation) {
        return OwnedFd.of(
                kernel, create(kernel, program, target, attachType, flags, rest), operation);
    }

    /** Creates a link, with the raw result, for those that probe. */
    static long create(
            Kernel kernel, int program, int target, int attachType, int flags, MemorySegment rest) {
        MemorySegment attributes = zeroed(CREATE_SIZE);
        setInt(attributes, 0, program);
        setInt(attributes, 4, target);
        setInt(attributes, 8, attachType);
        setInt(attributes, 12, flags);
        MemorySegment.copy(rest, 0, attributes, 16, Math.min(rest.byteSize(), CREATE_SIZE - 16));
        if (rest.byteSize() > CREATE_SIZE - 16) {
            throw new IllegalArgumentException("link attributes of " + rest.byteSize() + " bytes");
        }
        int size = 16 + (int) (rest.byteSize() + 7) / 8 * 8;
        try {
            return kernel.bpf(BpfCommand.LINK_CREATE.number(), attributes, size);
        } finally {
            Reference.reachabilityFence(rest);
        }
    }

    /**
     * Replaces the program of a link, without a moment in which neither runs.
     *
     * @param kernel the kernel
     * @param link the link's descriptor
     * @param program the new program's descriptor
     * @throws KernelException if the kernel refuses
     */
    public static void update(Kernel kernel, int link, int program) {
        MemorySegment attributes = zeroed(16);
        setInt(attributes, 0, link);
        setInt(attributes, 4, program);
        kernel.check(
                kernel.bpf(BpfCommand.LINK_UPDATE.number(), attributes, 16),
                "replacing the program of a link");
    }

    /**
     * Detaches a link's program, though the link stays open or pinned. Since 5.9.
     *
     * @param kernel the kernel
     * @param link the link's descriptor
     * @throws KernelException if the kernel refuses; EOPNOTSUPP for kinds that detach by closing
     *     only
     */
    public static void detach(Kernel kernel, int link) {
        MemorySegment attributes = zeroed(8);
        setInt(attributes, 0, link);
        kernel.check(
                kernel.bpf(BpfCommand.LINK_DETACH.number(), attributes, 4), "detaching a link");
    }

    /**
     * {@return an iterator of an iterator's link, to be read like a file}
     *
     * @param kernel the kernel
     * @param link the link's descriptor
     * @throws KernelException if the kernel refuses
     */
    public static OwnedFd createIterator(Kernel kernel, int link) {
        MemorySegment attributes = zeroed(8);
        setInt(attributes, 0, link);
        return OwnedFd.of(
                kernel,
                kernel.bpf(BpfCommand.ITER_CREATE.number(), attributes, 8),
                "opening an iterator");
    }
}
