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
     * @param module the module of the kernel that it is of; empty for others
     * @param types tells its fields or parameters, as in C: {@code (int fd, char *buf)}; nothing if
     *     they are not known
     */
    record Listing(String name, String module, Supplier<String> types) {
        /** A probe that is of no module, or whose name says it. */
        Listing(String name, Supplier<String> types) {
            this(name, "", types);
        }

        /**
         * {@return the probe's line}
         *
         * @param typed whether to tell its fields or parameters
         */
        String line(boolean typed) {
            return name
                    + (typed ? types.get() : "")
                    + (module.isEmpty() ? "" : " [" + module + "]");
        }
    }
}
