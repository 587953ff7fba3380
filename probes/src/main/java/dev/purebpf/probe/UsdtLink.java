package dev.purebpf.probe;

import dev.purebpf.Program;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.OwnedFd;

import java.util.List;

/** A program at all places of a USDT probe, and the records that tell it where the values are. */
final class UsdtLink extends ProbeLink {
    private final List<ProbeLink> links;
    private final UsdtSpecs.Use specs;

    UsdtLink(Program program, String target, List<ProbeLink> links, UsdtSpecs.Use specs) {
        super(program, target);
        this.links = List.copyOf(links);
        this.specs = specs;
    }

    @Override
    OwnedFd pinnable() {
        if (links.size() != 1) {
            throw new UnsupportedFeatureException(
                    "pinning the links of several places as one", "6.10");
        }
        return links.getFirst().pinnable();
    }

    @Override
    void release(boolean pinned) {
        links.forEach(link -> link.release(pinned));
        // What is pinned goes on reading its records, which nobody else may get then.
        if (!pinned) {
            specs.close();
        }
    }
}
