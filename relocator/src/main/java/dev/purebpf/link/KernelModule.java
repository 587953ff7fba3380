package dev.purebpf.link;

import dev.purebpf.btf.Btf;

import java.util.Objects;

/**
 * A loaded module of a kernel.
 *
 * @param name its name: {@code nf_tables}
 * @param types its types, split BTF over the kernel's
 */
public record KernelModule(String name, Btf types) {
    /** Checks that both are there. */
    public KernelModule {
        Objects.requireNonNull(name);
        if (types.base().isEmpty()) {
            throw new IllegalArgumentException(
                    "the types of module " + name + " must continue those of the kernel");
        }
    }
}
