package dev.purebpf;

import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.LinkInfo;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PinCommands;

import java.nio.file.Path;

/**
 * A link that is in the kernel already: one that {@link Link#pin} left there, or that another
 * process holds. Links came with Linux 5.7, and tell about themselves since 5.8.
 *
 * <pre>{@code
 * try (OpenLink link = OpenLink.pinned(Path.of("/sys/fs/bpf/tracer"))) {
 *     link.update(bpf.program("dump_tasks"));
 * }
 * }</pre>
 *
 * <p>Closing it changes nothing about the attachment, as long as a pin or another process holds it:
 * a program is detached for good when the files that pin its link are removed and nobody has it
 * open. Any thread may close it.
 */
public final class OpenLink implements AutoCloseable {
    private final Kernel kernel;
    private final OwnedFd fd;

    private OpenLink(Kernel kernel, OwnedFd fd) {
        this.kernel = kernel;
        this.fd = fd;
    }

    /**
     * Opens a link that is pinned, on this machine.
     *
     * @param path a file in a mounted bpffs
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if something else is pinned there: a map or a program
     * @throws KernelException if the kernel refuses: ENOENT if nothing is pinned there, EACCES if
     *     this user may not use it
     */
    public static OpenLink pinned(Path path) {
        return pinned(Kernel.host(), path);
    }

    /**
     * Opens a link that is pinned.
     *
     * @param kernel the kernel
     * @param path a file in a mounted bpffs
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if something else is pinned there: a map or a program
     * @throws KernelException as {@link #pinned(Path)}
     */
    public static OpenLink pinned(Kernel kernel, Path path) {
        return new OpenLink(kernel, DescriptorKind.LINK.openPinned(kernel, path, 0));
    }

    /**
     * Opens a link by the number that the kernel gave it; that needs CAP_SYS_ADMIN.
     *
     * @param kernel the kernel
     * @param id the number, as {@link LinkInfo#id} and bpftool tell it
     * @return the link, which has to be closed
     * @throws KernelException if the kernel refuses: ENOENT if there is none, or none any more
     */
    public static OpenLink ofId(Kernel kernel, int id) {
        return new OpenLink(kernel, InfoCommands.open(kernel, BpfCommand.LINK_GET_FD_BY_ID, id));
    }

    /**
     * {@return what the kernel says about it: its id, its kind, and the id of the program, which
     * {@link OpenProgram#ofId} opens}
     *
     * @throws KernelException if the kernel refuses
     */
    public LinkInfo info() {
        return InfoCommands.link(kernel, fd.number());
    }

    /**
     * Replaces the program, as {@link Link#update} does, of whatever process it was until now.
     *
     * @param program the new one, of the same type, for the same place
     * @throws KernelException if the kernel refuses: EINVAL if links of this kind keep their
     *     program, or the new one is for another place; all is as it was then
     */
    public void update(Program program) {
        try {
            LinkCommands.update(kernel, fd.number(), program.fd());
        } catch (KernelException e) {
            if (!Errno.EINVAL.is(e)) {
                throw e;
            }
            throw e.because(
                    "program "
                            + program.name()
                            + " is of another type or for another place, or links of this kind keep"
                            + " their program: those of iterators, networks, cgroups and struct_ops"
                            + " do not; remove the pin and attach anew");
        }
    }

    /**
     * Detaches the program at once, whoever holds the link, which stays without a program ({@code
     * BPF_LINK_DETACH}, Linux 5.9).
     *
     * @throws UnsupportedFeatureException if links of this kind are detached only by removing the
     *     pin and closing them wherever they are open: those of tracepoints and functions are
     * @throws KernelException if the kernel refuses for another reason
     */
    public void detach() {
        try {
            LinkCommands.detach(kernel, fd.number());
        } catch (KernelException e) {
            if (!Errno.EOPNOTSUPP.is(e)) {
                throw e;
            }
            throw new UnsupportedFeatureException(
                    "detaching a link of this kind by force (remove the file that pins it, and"
                            + " close it wherever it is open)",
                    null);
        }
    }

    /**
     * Pins the link in a BPF file system, perhaps once more.
     *
     * @param path a path that does not exist yet, in a mounted bpffs
     * @throws KernelException if the kernel refuses
     */
    public void pin(Path path) {
        PinCommands.pin(kernel, fd.number(), path);
    }

    /** Closes this process' way to the link. */
    @Override
    public void close() {
        fd.close();
    }
}
