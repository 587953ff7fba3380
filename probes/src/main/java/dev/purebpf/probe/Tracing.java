package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.link.AttachType;
import dev.purebpf.link.SectionDefinition;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;

/**
 * What a program was loaded for by a type of the kernel: the beginning of a function ({@code
 * fentry}), its end ({@code fexit}), its result ({@code fmod_ret}), a tracepoint with typed
 * arguments ({@code tp_btf}), or a decision about security ({@code lsm}). The verifier has checked
 * the program against the arguments; hence the place is the program's, and there is only this to be
 * said:
 *
 * <pre>{@code
 * Tracing.of().withCookie(7).attach(program);
 * }</pre>
 *
 * <p>Instead of one of the kernel, {@code fentry} and {@code fexit} can see a function of another
 * BPF program: {@link dev.purebpf.ProgramSpec#target(Program, String)}, said before loading.
 *
 * <p>Linux 5.5; {@code fmod_ret} and {@code lsm} 5.7. The cheapest way to see a function: no trap,
 * a direct call.
 *
 * @param cookie what {@code bpf_get_attach_cookie} gives the program (5.19, {@code tp_btf} 6.10); 0
 *     for none
 */
public record Tracing(long cookie) {
    private static final Set<AttachType> TYPES =
            Set.of(
                    AttachType.TRACE_RAW_TP,
                    AttachType.TRACE_FENTRY,
                    AttachType.TRACE_FEXIT,
                    AttachType.MODIFY_RETURN,
                    AttachType.LSM_MAC);

    /** {@code struct tracing} of {@code link_create}: a type's id, then the cookie. */
    private static final int SIZE = 16;

    /** {@return an attachment without a cookie} */
    public static Tracing of() {
        return new Tracing(0);
    }

    /**
     * {@return the same with a cookie}
     *
     * @param value what {@code bpf_get_attach_cookie} is to give the program; older kernels refuse
     *     any but 0
     */
    public Tracing withCookie(long value) {
        return new Tracing(value);
    }

    /**
     * Attaches a program to what it was loaded for.
     *
     * @param program a program of {@code SEC("fentry/FUNCTION")}, {@code fexit}, {@code fmod_ret},
     *     {@code tp_btf} or {@code lsm}
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if the program is of another kind
     * @throws UnsupportedFeatureException if there is a cookie and this kernel knows none here
     * @throws KernelException if the kernel refuses; ENOENT before 5.13 if the program was attached
     *     before
     */
    public Link attach(Program program) {
        AttachType type = program.attachType().orElse(null);
        if (type == null || !TYPES.contains(type)) {
            throw new IllegalArgumentException(
                    "program "
                            + program.name()
                            + " is of section "
                            + program.section()
                            + ": only fentry, fexit, fmod_ret, tp_btf and lsm programs have their"
                            + " place in the kernel's types");
        }
        String target = target(program);
        try {
            return new KernelLink(program, target, create(program, type, "attaching to " + target));
        } catch (KernelException e) {
            throw Errno.EBUSY.is(e) || Errno.ENOTSUPP.is(e) ? untraceable(program, e) : e;
        }
    }

    /** {@return what a program was loaded for, for people} */
    static String target(Program program) {
        return kind(program)
                + " "
                + program.target()
                + program.targetProgram().map(name -> " of program " + name).orElse("");
    }

    /** The section says it, unless the program was loaded as something else. */
    private static String kind(Program program) {
        AttachType type = program.attachType().orElse(null);
        AttachType said = program.definition().map(SectionDefinition::attachType).orElse(null);
        if (type == said || type == null) {
            return program.section().replaceFirst("/.*", "");
        }
        return switch (type) {
            case TRACE_FENTRY -> "fentry";
            case TRACE_FEXIT -> "fexit";
            case MODIFY_RETURN -> "fmod_ret";
            case TRACE_RAW_TP -> "tp_btf";
            default -> "lsm";
        };
    }

    private OwnedFd create(Program program, AttachType type, String operation) {
        Kernel kernel = program.kernel();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rest = MemorySegment.NULL;
            if (cookie != 0) {
                rest = arena.allocate(SIZE, 8);
                rest.set(ValueLayout.JAVA_LONG, 8, cookie);
            }
            return LinkCommands.create(kernel, program.fd(), 0, type.number(), 0, rest, operation);
        } catch (KernelException e) {
            if (!Errno.EINVAL.is(e)) {
                throw e;
            }
            if (cookie != 0) {
                throw new UnsupportedFeatureException(
                        "cookies of " + kind(program) + " programs",
                        type == AttachType.TRACE_RAW_TP ? "6.10" : "5.19");
            }
            return createAsRawTracepoint(program, operation);
        }
    }

    /**
     * The kernel finds something else at the function's begin than room for its call (EBUSY), or,
     * on aarch64, has not listed it among those that have such room (ENOTSUPP).
     */
    private static KernelException untraceable(Program program, KernelException e) {
        if (program.targetProgram().isPresent()) {
            return e;
        }
        String function = program.target().substring(program.target().indexOf(':') + 1);
        return FunctionRefusal.untraceable(program.kernel(), function).map(e::because).orElse(e);
    }

    /** Kernels before 5.18 attach these as raw tracepoints without a name. */
    private static OwnedFd createAsRawTracepoint(Program program, String operation) {
        try {
            return LinkCommands.openTarget(program.kernel(), program.fd(), operation);
        } catch (KernelException e) {
            if (!Errno.ENOENT.is(e)) {
                throw e;
            }
            throw e.because(
                    "this program was attached before, and kernels before 5.13 attach such a"
                            + " program once: load it again");
        }
    }
}
