package dev.purebpf;

import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PinCommands;
import dev.purebpf.kernel.ProgramCommands;
import dev.purebpf.kernel.ProgramInfo;
import dev.purebpf.kernel.TestRun;
import dev.purebpf.link.AttachType;
import dev.purebpf.link.ProgramType;
import dev.purebpf.link.SectionDefinition;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A program that the kernel has verified and loaded: what a probe attaches.
 *
 * <p>Belongs to its {@link LoadedObject}, or {@link OpenProgram}, and is gone, as far as this
 * process is concerned, when that is closed; a {@link Link} or a pin keeps it running. May be used
 * by any thread.
 */
public final class Program {
    private final Kernel kernel;
    private final Optional<LoadedObject> object;
    private final ProgramSpec spec;
    private final OwnedFd fd;
    private final String log;

    Program(LoadedObject object, ProgramSpec spec, OwnedFd fd, String log) {
        this(object.kernel(), Optional.of(object), spec, fd, log);
    }

    private Program(
            Kernel kernel,
            Optional<LoadedObject> object,
            ProgramSpec spec,
            OwnedFd fd,
            String log) {
        this.kernel = kernel;
        this.object = object;
        this.spec = spec;
        this.fd = fd;
        this.log = log;
    }

    /** {@return a program that is in the kernel already} */
    static Program opened(Kernel kernel, ProgramSpec spec, OwnedFd fd) {
        return new Program(kernel, Optional.empty(), spec, fd, "");
    }

    /** {@return the name of the C function} */
    public String name() {
        return spec.name();
    }

    /**
     * {@return the section of the program as written in {@code SEC("…")}, without a leading {@code
     * ?}: {@code tracepoint/sched/sched_switch}}
     */
    public String section() {
        return spec.section();
    }

    /**
     * {@return what the section's name means: program type, attach type, and whether a probe can be
     * derived from it; empty if it is none of the known ones}
     */
    public Optional<SectionDefinition> definition() {
        return spec.definition();
    }

    /**
     * {@return what the program was made to be attached to: what follows the first slash of the
     * section's name, {@code sched/sched_switch}; empty when nothing does}
     */
    public String target() {
        return spec.target();
    }

    /**
     * {@return the name of the BPF program one of whose functions is the target; empty if the
     * target is the kernel's}
     */
    public Optional<String> targetProgram() {
        return spec.targetProgram().map(Program::name);
    }

    /** {@return the type it was loaded with} */
    public ProgramType type() {
        return spec.type().orElse(ProgramType.UNSPEC);
    }

    /**
     * {@return the attach type that it was made for, if it has one; links are created with it (the
     * kernel may be too old to have been told when the program was loaded)}
     */
    public Optional<AttachType> attachType() {
        return spec.attachType();
    }

    /**
     * {@return the file descriptor, at least 3 and close-on-exec; owned by the loaded object, so
     * never close it}
     *
     * @throws IllegalStateException if the loaded object has been closed
     */
    public int fd() {
        return fd.number();
    }

    /** {@return the kernel that it was loaded into, on which it must be attached} */
    public Kernel kernel() {
        return kernel;
    }

    /**
     * {@return the object that it belongs to}
     *
     * @throws IllegalStateException if it belongs to none of this process, but to an {@link
     *     OpenProgram}
     */
    public LoadedObject object() {
        return object.orElseThrow(
                () ->
                        new IllegalStateException(
                                "program "
                                        + name()
                                        + " belongs to no object of this process: it was in the"
                                        + " kernel already, and opened"));
    }

    /** {@return what the verifier said; empty unless a log level was asked for} */
    public String log() {
        return log;
    }

    /**
     * {@return the id of the type of one of its functions, among the types that the kernel has of
     * it; what is attached to that function is created with it}
     *
     * @param function the name of the program's own function, or of a subprogram
     * @throws dev.purebpf.error.KernelException ENOENT if there is no such function or no types; or
     *     if the kernel refuses to show them
     */
    public int functionType(String function) {
        return ProgramFunctions.type(this, function);
    }

    /**
     * {@return what the kernel says about the program: its id, its maps, how often it has run while
     * {@linkplain InfoCommands#enableStatistics statistics} were on, and how often it was left out}
     *
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public ProgramInfo info() {
        return InfoCommands.program(kernel(), fd());
    }

    /**
     * Runs the program once, without attaching it, if programs of its type can be run so: {@code
     * syscall} and {@code raw_tp} programs by a context, those that see packets by a packet.
     *
     * @param data the packet, empty for programs without one
     * @param context the context, empty for none; for {@code raw_tp} the tracepoint's arguments, 8
     *     bytes each
     * @return what it returned and what became of packet and context
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public TestRun run(byte[] data, byte[] context) {
        return run(kernel(), fd(), data, context);
    }

    /** Programs may lengthen a packet, by headers of their own. */
    static TestRun run(Kernel kernel, int program, byte[] data, byte[] context) {
        int room = data.length == 0 ? 0 : Math.addExact(data.length, 256);
        return ProgramCommands.testRun(kernel, program, data, room, context, 0);
    }

    /**
     * Pins the program in a BPF file system; it stays loaded until the file is removed.
     *
     * @param path a path that does not exist yet, in a mounted bpffs
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public void pin(Path path) {
        PinCommands.pin(kernel(), fd(), path);
    }

    @Override
    public String toString() {
        return "program " + name() + " in " + section();
    }
}
