package dev.purebpf;

import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.ProgramInfo;
import dev.purebpf.kernel.TestRun;
import dev.purebpf.link.ProgramDefinition;
import dev.purebpf.link.ProgramType;
import dev.purebpf.link.SectionDefinition;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A program that is in the kernel already and belongs to no object of this process: one that
 * somebody pinned, or that a link attaches. It can be asked about, run, put into a map of programs,
 * and attached.
 *
 * <pre>{@code
 * try (OpenProgram tail = OpenProgram.pinned(Path.of("/sys/fs/bpf/tail"));
 *         OpenProgram opened = OpenProgram.pinned(Path.of("/sys/fs/bpf/on_exec"))) {
 *     next.programArray().put(0, tail);
 *     Link link = Probe.attach(opened.program("tracepoint/sched/sched_process_exec"));
 * }
 * }</pre>
 *
 * <p>Any thread may close it; the program itself stays for as long as others use it.
 */
public final class OpenProgram implements AutoCloseable {
    private final Kernel kernel;
    private final OwnedFd fd;

    private OpenProgram(Kernel kernel, OwnedFd fd) {
        this.kernel = kernel;
        this.fd = fd;
    }

    /**
     * Opens a program that is pinned, on this machine.
     *
     * @param path a file in a mounted bpffs
     * @return the program, which has to be closed
     * @throws IllegalArgumentException if something else is pinned there: a map or a link
     * @throws dev.purebpf.error.KernelException if the kernel refuses: ENOENT if nothing is pinned
     *     there, EACCES if this user may not use it
     */
    public static OpenProgram pinned(Path path) {
        return pinned(Kernel.host(), path);
    }

    /**
     * Opens a program that is pinned.
     *
     * @param kernel the kernel
     * @param path a file in a mounted bpffs
     * @return the program, which has to be closed
     * @throws IllegalArgumentException if something else is pinned there: a map or a link
     * @throws dev.purebpf.error.KernelException as {@link #pinned(Path)}
     */
    public static OpenProgram pinned(Kernel kernel, Path path) {
        return new OpenProgram(kernel, DescriptorKind.PROGRAM.openPinned(kernel, path, 0));
    }

    /**
     * Opens a program by the number that the kernel gave it; that needs CAP_SYS_ADMIN.
     *
     * @param kernel the kernel
     * @param id the number, as {@link ProgramInfo#id}, {@link dev.purebpf.kernel.LinkInfo
     *     #programId} and bpftool tell it
     * @return the program, which has to be closed
     * @throws dev.purebpf.error.KernelException if the kernel refuses: ENOENT if there is none, or
     *     none any more
     */
    public static OpenProgram ofId(Kernel kernel, int id) {
        return new OpenProgram(kernel, InfoCommands.open(kernel, BpfCommand.PROG_GET_FD_BY_ID, id));
    }

    /**
     * {@return the file descriptor, at least 3 and close-on-exec; owned by this object, so never
     * close it}
     *
     * @throws IllegalStateException if this has been closed
     */
    public int fd() {
        return fd.number();
    }

    /** {@return the kernel that it is in} */
    public Kernel kernel() {
        return kernel;
    }

    /**
     * {@return what the kernel says about it: its id, name and maps, how often it has run}
     *
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public ProgramInfo info() {
        return InfoCommands.program(kernel, fd());
    }

    /**
     * {@return the program as probes attach it} What it was loaded for is said by its section, of
     * which the kernel keeps the type of program only.
     *
     * @param section the name as in {@code SEC("…")} of its source: {@code kprobe/do_unlinkat}; a
     *     target that another one would also do, such as a kprobe's function, may be another
     * @throws IllegalArgumentException if no such section is known, or programs of it are of
     *     another type
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public Program program(String section) {
        ProgramInfo info = info();
        SectionDefinition definition =
                SectionDefinition.find(section)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "there is no kind of program SEC(\""
                                                        + section
                                                        + "\")"));
        if (definition.programType().number() != info.type()) {
            throw new IllegalArgumentException(
                    "program "
                            + info.name()
                            + " is of type "
                            + type(info.type())
                            + ", but those of SEC(\""
                            + section
                            + "\") are of type "
                            + definition.programType());
        }
        var described =
                new ProgramDefinition(
                        info.name(), section, Optional.of(definition), true, 0, 0, List.of());
        return Program.opened(kernel, new ProgramSpec(described), fd);
    }

    private static String type(int number) {
        return Arrays.stream(ProgramType.values())
                .filter(type -> type.number() == number)
                .map(ProgramType::name)
                .findFirst()
                .orElseGet(() -> Integer.toString(number));
    }

    /**
     * Runs the program once, as {@link Program#run} does.
     *
     * @param data the packet, empty for programs without one
     * @param context the context, empty for none
     * @return what it returned and what became of packet and context
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public TestRun run(byte[] data, byte[] context) {
        return Program.run(kernel, fd(), data, context);
    }

    /** Closes this process' way to the program. */
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return "program " + info().name();
    }
}
