package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.link.ProgramType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * A program in the place of a global function of another BPF program, until it is detached: {@code
 * SEC("freplace/FUNCTION")}. The other program is loaded first and said before this one is:
 *
 * <pre>{@code
 * object.program("other_answer").target(running.program("base"), "answer");
 * try (var loaded = object.load();
 *         var link = Replacement.of().attach(loaded.program("other_answer"))) { ... }
 * }</pre>
 *
 * <p>Linux 5.6. A function is replaced by one program at a time; a second one is refused with
 * EBUSY. While it is attached the other program cannot be traced by {@code fentry} there. Attached
 * by {@link #of()} a program is once only: after its link was closed, by {@link #of(Program,
 * String)}.
 *
 * @param program whose function is replaced; empty for that which the replacement was loaded for
 * @param function the function; empty if the program is
 */
public record Replacement(Optional<Program> program, String function) {
    /** {@code struct tracing} of {@code link_create}: a type's id, then a cookie. */
    private static final int SIZE = 16;

    /** {@return the replacement of what the program was loaded for} */
    public static Replacement of() {
        return new Replacement(Optional.empty(), "");
    }

    /**
     * {@return the replacement of a function of another program than that which the replacement was
     * loaded for} It must have the same parameters and results. Linux 5.10.
     *
     * @param program the program with the function
     * @param function its global function
     */
    public static Replacement of(Program program, String function) {
        return new Replacement(Optional.of(program), function);
    }

    /**
     * Puts a program in the function's place.
     *
     * @param replacing a program of {@code SEC("freplace/…")}
     * @return the link, which has to be closed, or pinned
     * @throws IllegalArgumentException if the program is of another kind
     * @throws KernelException if there is no such function, if it is unlike that which the program
     *     was loaded for, or if the kernel refuses; EBUSY if the function is replaced already
     */
    public Link attach(Program replacing) {
        if (replacing.type() != ProgramType.EXT) {
            throw new IllegalArgumentException(
                    "program "
                            + replacing.name()
                            + " is of section "
                            + replacing.section()
                            + ": only freplace programs replace functions of BPF programs");
        }
        String target =
                program.map(other -> "freplace " + function + " of program " + other.name())
                        .orElseGet(() -> Tracing.target(replacing));
        return new KernelLink(replacing, target, create(replacing, "attaching to " + target));
    }

    private OwnedFd create(Program replacing, String operation) {
        try {
            return program.isEmpty()
                    // Kernels before 5.10 have no other way, and the later ones still have this.
                    ? LinkCommands.openTarget(replacing.kernel(), replacing.fd(), operation)
                    : createThere(replacing, program.get(), operation);
        } catch (KernelException e) {
            // Kernels before 5.13 say ENOENT of what was attached before.
            boolean isEarlier = program.isEmpty() && Errno.ENOENT.is(e);
            if (!Errno.EINVAL.is(e) && !isEarlier) {
                throw e;
            }
            throw e.because(
                    program.isEmpty()
                            ? "this program was attached before, and after that the kernel wants to"
                                    + " be told the function again: Replacement.of(program,"
                                    + " function)"
                            : "the function needs the same parameters and result as that which the"
                                    + " program was loaded for (and the kernel to be Linux 5.10 or"
                                    + " later)");
        }
    }

    private OwnedFd createThere(Program replacing, Program other, String operation) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rest = arena.allocate(SIZE, 8);
            rest.set(ValueLayout.JAVA_INT, 0, other.functionType(function));
            return LinkCommands.create(
                    replacing.kernel(), replacing.fd(), other.fd(), 0, 0, rest, operation);
        }
    }
}
