package dev.purebpf.kernel;

import dev.purebpf.link.AttachType;
import dev.purebpf.link.MapType;
import dev.purebpf.link.ProgramType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Tries which links a kernel has, without attaching anything: each asks for a link to something
 * that does not exist. A kernel that has such links looks for it and says that it is not there; any
 * other finds the request itself invalid.
 */
final class LinkProbes {
    /** No process has a descriptor of this number. */
    private static final int NO_DESCRIPTOR = -1;

    /** No network device has this index. */
    private static final int NO_DEVICE = 0;

    /** The loopback device has it in each network namespace. */
    private static final int LOOPBACK = 1;

    /** {@code XDP_FLAGS_DRV_MODE}: by the driver, which the loopback device's cannot. */
    private static final int XDP_BY_DRIVER = 1 << 2;

    /** {@code BPF_F_LINK}: a map of type struct_ops is attached by a link. */
    private static final int STRUCT_OPS_BY_LINK = 1 << 13;

    /** No process has memory there. */
    private static final long NOWHERE = 8;

    /** {@code struct kprobe_multi} and {@code uprobe_multi} of {@code link_create}. */
    private static final int KPROBE_MULTI_SIZE = 32;

    private static final int UPROBE_MULTI_SIZE = 48;

    /** {@code query} of {@code union bpf_attr}, up to the number of programs. */
    private static final int QUERY_SIZE = 32;

    private LinkProbes() {}

    static long perfEvent(Kernel kernel) {
        return known(
                tried(kernel, ProgramType.TRACEPOINT, NO_DESCRIPTOR, AttachType.PERF_EVENT, 0),
                Errno.EBADF);
    }

    static long cgroup(Kernel kernel) {
        AttachType egress = AttachType.CGROUP_INET_EGRESS;
        return known(tried(kernel, ProgramType.CGROUP_SKB, NO_DESCRIPTOR, egress, 0), Errno.EBADF);
    }

    /** Such a program would have to fit some hook; what a cgroup has of them is asked without. */
    static long lsmCgroup(Kernel kernel) {
        MemorySegment attributes = AttributeScratch.zeroed(QUERY_SIZE);
        AttributeScratch.setInt(attributes, 0, NO_DESCRIPTOR);
        AttributeScratch.setInt(attributes, 4, AttachType.LSM_CGROUP.number());
        return known(
                kernel.bpf(BpfCommand.PROG_QUERY.number(), attributes, QUERY_SIZE), Errno.EBADF);
    }

    static long networkNamespace(Kernel kernel) {
        AttachType type = AttachType.FLOW_DISSECTOR;
        return known(
                tried(kernel, ProgramType.FLOW_DISSECTOR, NO_DESCRIPTOR, type, 0), Errno.EBADF);
    }

    static long xdp(Kernel kernel) {
        return known(
                tried(kernel, ProgramType.XDP, LOOPBACK, AttachType.XDP, XDP_BY_DRIVER),
                Errno.EOPNOTSUPP);
    }

    static long tcx(Kernel kernel) {
        return known(
                tried(kernel, ProgramType.SCHED_CLS, NO_DEVICE, AttachType.TCX_INGRESS, 0),
                Errno.ENODEV);
    }

    static long netkit(Kernel kernel) {
        return known(
                tried(kernel, ProgramType.SCHED_CLS, NO_DEVICE, AttachType.NETKIT_PRIMARY, 0),
                Errno.ENODEV);
    }

    static long iterator(Kernel kernel) {
        MemorySegment attributes = AttributeScratch.zeroed(8);
        AttributeScratch.setInt(attributes, 0, NO_DESCRIPTOR);
        long fd = kernel.bpf(BpfCommand.ITER_CREATE.number(), attributes, 8);
        return known(FeatureProbes.closed(kernel, fd), Errno.EBADF);
    }

    static long token(Kernel kernel) {
        MemorySegment attributes = AttributeScratch.zeroed(8);
        AttributeScratch.setInt(attributes, 4, NO_DESCRIPTOR);
        long fd = kernel.bpf(BpfCommand.TOKEN_CREATE.number(), attributes, 8);
        return known(FeatureProbes.closed(kernel, fd), Errno.EBADF);
    }

    /**
     * Type 1 of the kernel is no struct_ops; only a kernel that knows the flag gets to see that.
     */
    static long structOps(Kernel kernel) {
        MapAttributes map =
                new MapAttributes("", MapType.STRUCT_OPS.number(), 4, 0, 1)
                        .flags(STRUCT_OPS_BY_LINK)
                        .vmlinuxValueType(1);
        return known(FeatureProbes.created(kernel, map), Errno.ENOTSUPP);
    }

    static long kprobeMulti(Kernel kernel) {
        return kprobes(kernel, AttachType.TRACE_KPROBE_MULTI);
    }

    static long kprobeSession(Kernel kernel) {
        return kprobes(kernel, AttachType.TRACE_KPROBE_SESSION);
    }

    static long uprobeMulti(Kernel kernel) {
        return uprobes(kernel, AttachType.TRACE_UPROBE_MULTI);
    }

    static long uprobeSession(Kernel kernel) {
        return uprobes(kernel, AttachType.TRACE_UPROBE_SESSION);
    }

    private static long kprobes(Kernel kernel, AttachType type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rest = arena.allocate(KPROBE_MULTI_SIZE, 8);
            rest.set(ValueLayout.JAVA_INT, 4, 1);
            rest.set(ValueLayout.JAVA_LONG, 16, NOWHERE);
            return known(tried(kernel, type, rest), Errno.EFAULT);
        }
    }

    /**
     * A directory has no code. Kernels that take −1 for a process watch threads where they should
     * watch processes (fixed in 6.10), so libbpf does not use such links there.
     */
    private static long uprobes(Kernel kernel, AttachType type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rest = arena.allocate(UPROBE_MULTI_SIZE, 8);
            rest.set(ValueLayout.JAVA_LONG, 0, arena.allocateFrom("/").address());
            rest.set(ValueLayout.JAVA_LONG, 8, arena.allocate(8, 8).address());
            rest.set(ValueLayout.JAVA_INT, 32, 1);
            long result = known(tried(kernel, type, rest), Errno.EBADF);
            if (result < 0) {
                return result;
            }
            rest.set(ValueLayout.JAVA_INT, 40, -1);
            return known(tried(kernel, type, rest), Errno.EINVAL);
        }
    }

    private static long tried(Kernel kernel, AttachType type, MemorySegment rest) {
        return tried(kernel, ProgramType.KPROBE, NO_DESCRIPTOR, type, 0, rest);
    }

    private static long tried(
            Kernel kernel, ProgramType program, int target, AttachType type, int flags) {
        return tried(kernel, program, target, type, flags, MemorySegment.NULL);
    }

    /** {@return minus the error number; if a link came about after all, it is closed} */
    private static long tried(
            Kernel kernel,
            ProgramType type,
            int target,
            AttachType attachType,
            int flags,
            MemorySegment rest) {
        ProgramAttributes attributes =
                FeatureProbes.program(type.number(), FeatureProbes.MOV_R0_0, FeatureProbes.EXIT);
        if (type == ProgramType.KPROBE || type == ProgramType.XDP) {
            attributes.expectedAttachType(attachType.number());
        }
        long program = ProgramCommands.load(kernel, attributes);
        if (program < 0) {
            return program;
        }
        try {
            int link = attachType.number();
            return FeatureProbes.closed(
                    kernel, LinkCommands.create(kernel, (int) program, target, link, flags, rest));
        } finally {
            kernel.close((int) program);
        }
    }

    /** {@return 0 when a request failed as it does on a kernel that understands it} */
    private static long known(long result, Errno expected) {
        return expected.is(result) ? 0 : Math.min(result, -Errno.EINVAL.number());
    }
}
