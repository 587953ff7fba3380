package dev.purebpf.symbol;

import java.util.Comparator;

/**
 * The name of a function or a tracepoint of the kernel or of one of its modules, ordered by name.
 *
 * @param name the name; the kernel and several modules may have the same
 * @param module the module that has it; empty for the kernel itself
 */
public record KernelName(String name, String module) implements Comparable<KernelName> {
    private static final Comparator<KernelName> ORDER =
            Comparator.comparing(KernelName::name).thenComparing(KernelName::module);

    @Override
    public int compareTo(KernelName other) {
        return ORDER.compare(this, other);
    }
}
