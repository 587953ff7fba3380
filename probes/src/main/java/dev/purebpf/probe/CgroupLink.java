package dev.purebpf.probe;

import dev.purebpf.Program;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.OwnedFd;

/** A program attached to a cgroup: the kernel replaces it, and detaches it by force. */
final class CgroupLink extends KernelLink {
    CgroupLink(Program program, String target, OwnedFd link) {
        super(program, target, link);
    }

    @Override
    boolean updatable() {
        return true;
    }

    @Override
    void releasePinned() {
        LinkCommands.detach(program().kernel(), pinnable().number());
    }
}
