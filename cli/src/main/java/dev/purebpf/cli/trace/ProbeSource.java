package dev.purebpf.cli.trace;

import java.util.List;
import java.util.function.Supplier;

/** Where the probes that a {@link ProbePattern} names come from: one for each kind. */
interface ProbeSource {
    /**
     * {@return the probes of this machine that it names}
     *
     * @param types what the kernel tells of its functions
     */
    List<Listing> list(KernelTypes types);

    /**
     * {@return the probes to trace}
     *
     * @param scope what has to be known to find them
     * @throws dev.purebpf.cli.CommandFailure if there are none
     */
    List<TracedProbe> probes(Scope scope);

    /**
     * A probe that there is.
     *
     * @param name the probe's name, as it is traced by
     * @param types tells its fields or parameters, as in C: {@code (int fd, char *buf)}; nothing if
     *     they are not known
     */
    record Listing(String name, Supplier<String> types) {}
}
