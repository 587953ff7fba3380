package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PinCommands;

import java.nio.file.Path;

/** What the links of all probes have in common: attached until closed, once, by any thread. */
abstract class ProbeLink implements Link {
    private Program program;
    private final String target;
    private boolean attached = true;
    private boolean pinned;

    ProbeLink(Program program, String target) {
        this.program = program;
        this.target = target;
    }

    /**
     * {@return the descriptor of a BPF link}
     *
     * @throws dev.purebpf.error.UnsupportedFeatureException if the kernel made none
     */
    abstract OwnedFd pinnable();

    /**
     * {@return whether the kernel can replace the program of a link of this kind} All others answer
     * EINVAL to that (up to 7.3), as they do to a program that does not fit.
     */
    boolean updatable() {
        return false;
    }

    /**
     * Detaches even what is pinned, if the kernel can. Links of tracepoints and functions it cannot
     * detach by force (EOPNOTSUPP up to 7.3): for those closing is all.
     */
    void releasePinned() {}

    /**
     * Closes all descriptors, in the order that detaches at once.
     *
     * @param pinned whether the attachment is to go on
     */
    abstract void release(boolean pinned);

    @Override
    public final synchronized Program program() {
        return program;
    }

    @Override
    public final String target() {
        return target;
    }

    @Override
    public final synchronized boolean isAttached() {
        return attached;
    }

    @Override
    public final synchronized void update(Program replacing) {
        requireAttached();
        if (!updatable()) {
            throw new UnsupportedFeatureException(
                    "replacing the program of a link to "
                            + target
                            + " (close it and attach the other program)",
                    null);
        }
        LinkCommands.update(program.kernel(), pinnable().number(), replacing.fd());
        program = replacing;
    }

    private void requireAttached() {
        if (!attached) {
            throw new IllegalStateException("the link to " + target + " is closed");
        }
    }

    @Override
    public final synchronized void pin(Path path) {
        requireAttached();
        PinCommands.pin(program.kernel(), pinnable().number(), path);
        pinned = true;
    }

    @Override
    public final synchronized void detach() {
        if (attached) {
            releasePinned();
            close();
        }
    }

    @Override
    public final synchronized void close() {
        if (attached) {
            attached = false;
            release(pinned);
        }
    }

    @Override
    public final String toString() {
        return program.name() + " at " + target + (isAttached() ? "" : " (closed)");
    }
}
