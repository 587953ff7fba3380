package dev.purebpf;

import java.nio.file.Path;

/**
 * A program that is attached to something: the third and last state of a BPF object.
 *
 * <p>Each kind of probe brings its own implementation; all of them obey this contract. A link is
 * attached from the moment the attach method returns it until {@link #close()}. Links may be closed
 * from any thread, and closing one twice does nothing the second time. Closing the {@link
 * LoadedObject} that the program came from does <em>not</em> close its links: the kernel keeps a
 * program alive for as long as something is attached to it, so close links first, as
 * try-with-resources does by itself.
 */
public interface Link extends AutoCloseable {
    /** {@return the program that is attached} */
    Program program();

    /**
     * {@return where the program is attached, for people: {@code tracepoint sched/sched_switch},
     * {@code raw_tracepoint sys_enter}}
     */
    String target();

    /** {@return whether this object still holds the attachment: not closed and not detached} */
    boolean isAttached();

    /**
     * Detaches the program at once, even where a pin or another process' file descriptor would keep
     * the attachment alive ({@code BPF_LINK_DETACH}, Linux 5.9, for those kinds of links that the
     * kernel can detach by force; for the others the same as {@link #close()}).
     *
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    void detach();

    /**
     * Replaces the program, without a moment in which neither runs ({@code BPF_LINK_UPDATE}, Linux
     * 5.7), for those kinds of links that the kernel can update: of the probes iterators, of the
     * rest those of networks, cgroups and {@code struct_ops}. A refusal leaves all as it was.
     *
     * @param program the new one, of the same type, for the same place
     * @throws dev.purebpf.error.UnsupportedFeatureException if links of this kind keep their
     *     program
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    void update(Program program);

    /**
     * Pins the link in a BPF file system, so that it stays attached after {@link #close()} and
     * after the end of this process, until the file is removed.
     *
     * @param path a path that does not exist yet, in a mounted bpffs (usually below {@code
     *     /sys/fs/bpf})
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     * @throws dev.purebpf.error.UnsupportedFeatureException if this attachment is no BPF link: perf
     *     events before Linux 5.15 are attached by ioctl, which leaves nothing to pin
     */
    void pin(Path path);

    /**
     * Gives the attachment up: detaches the program unless the link is pinned. Never throws for
     * what the kernel says; whatever it says, the descriptors are gone.
     */
    @Override
    void close();
}
