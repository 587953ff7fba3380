package dev.purebpf.probe;

import dev.purebpf.Program;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.OwnedFd;

/** A program attached to a cgroup: the kernel replaces it, and detaches it by force. */
final class CgroupLink extends ProbeLink {
    private final OwnedFd link;

    CgroupLink(Program program, String target, OwnedFd link) {
        super(program, target);
        this.link = link;
    }

    @Override
    OwnedFd pinnable() {
        return link;
    }

    @Override
    boolean updatable() {
        return true;
    }

    @Override
    void releasePinned() {
        LinkCommands.detach(program().kernel(), link.number());
    }

    @Override
    void release(boolean pinned) {
        link.close();
    }
}
