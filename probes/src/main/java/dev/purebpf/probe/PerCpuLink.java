package dev.purebpf.probe;

import dev.purebpf.Program;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.OwnedFd;

import java.util.List;

/** A program attached to one perf event for each CPU. */
final class PerCpuLink extends ProbeLink {
    private final List<PerfEventLink> links;

    PerCpuLink(Program program, String target, List<PerfEventLink> links) {
        super(program, target);
        this.links = List.copyOf(links);
    }

    @Override
    OwnedFd pinnable() {
        throw new UnsupportedFeatureException("pinning the links of several CPUs as one", null);
    }

    @Override
    void release(boolean pinned) {
        links.forEach(PerfEventLink::close);
    }
}
