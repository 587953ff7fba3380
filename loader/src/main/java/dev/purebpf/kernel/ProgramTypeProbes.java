package dev.purebpf.kernel;

import dev.purebpf.link.AttachType;
import dev.purebpf.link.ProgramType;

/**
 * Tries whether a kernel takes programs of a type.
 *
 * <p>The kernel looks the type up before it asks its verifier, so whatever the verifier says, even
 * that the program is bad, means that the type is known. That is how types are tried whose programs
 * need a target: they get type 1 of the kernel's own BTF, which is none.
 */
final class ProgramTypeProbes {
    /** Room for the first lines of the verifier's log. */
    private static final LogOptions FIRST_WORDS = new LogOptions(1, 4096);

    /** {@code BPF_F_SLEEPABLE}. */
    private static final int SLEEPABLE = 1 << 4;

    private ProgramTypeProbes() {}

    static Support run(Kernel kernel, ProgramType type) {
        LoadResult result = load(kernel, type, FeatureProbes.MOV_R0_0, FeatureProbes.EXIT);
        return result.loaded() || !result.log().isEmpty()
                ? Support.YES
                : Support.of(-result.errno());
    }

    /**
     * {@return what the kernel and its verifier say to a program; it is closed if it was loaded}
     */
    static LoadResult load(Kernel kernel, ProgramType type, long... slots) {
        LoadResult result = ProgramCommands.load(kernel, program(type, slots), FIRST_WORDS);
        if (result.loaded()) {
            result.fd().close();
        }
        return result;
    }

    /** {@return a program with what the kernel wants to know about one of its type} */
    private static ProgramAttributes program(ProgramType type, long... slots) {
        ProgramAttributes program = FeatureProbes.program(type.number(), slots);
        return switch (type) {
            case CGROUP_SOCK_ADDR -> expecting(program, AttachType.CGROUP_INET4_CONNECT);
            case CGROUP_SOCKOPT -> expecting(program, AttachType.CGROUP_GETSOCKOPT);
            case LIRC_MODE2 -> expecting(program, AttachType.LIRC_MODE2);
            case SK_LOOKUP -> expecting(program, AttachType.SK_LOOKUP);
            case NETFILTER -> expecting(program, AttachType.NETFILTER);
            // At a tracepoint: there are kernels that allow it there and not at functions.
            case TRACING -> expecting(program, AttachType.TRACE_RAW_TP).attachTarget(1, 0);
            case LSM -> expecting(program, AttachType.LSM_MAC).attachTarget(1, 0);
            case STRUCT_OPS, EXT -> program.attachTarget(1, 0);
            case SYSCALL -> program.flags(SLEEPABLE);
            default -> program;
        };
    }

    private static ProgramAttributes expecting(ProgramAttributes program, AttachType type) {
        return program.expectedAttachType(type.number());
    }
}
