package dev.purebpf.probe;

import dev.purebpf.Program;
import dev.purebpf.kernel.OwnedFd;

/** A program attached by a BPF link and nothing else: one descriptor. */
class KernelLink extends ProbeLink {
    private final OwnedFd link;

    KernelLink(Program program, String target, OwnedFd link) {
        super(program, target);
        this.link = link;
    }

    @Override
    final OwnedFd pinnable() {
        return link;
    }

    @Override
    final void release(boolean pinned) {
        link.close();
    }
}
