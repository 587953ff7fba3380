package dev.purebpf.probe;

import dev.purebpf.Program;
import dev.purebpf.kernel.OwnedFd;

/** A program at a raw tracepoint: one descriptor, a BPF link since Linux 5.7. */
final class RawTracepointLink extends ProbeLink {
    private final OwnedFd link;

    RawTracepointLink(Program program, String target, OwnedFd link) {
        super(program, target);
        this.link = link;
    }

    @Override
    OwnedFd pinnable() {
        return link;
    }

    @Override
    void release(boolean pinned) {
        link.close();
    }
}
