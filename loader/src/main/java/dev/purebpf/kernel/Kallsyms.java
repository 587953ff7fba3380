package dev.purebpf.kernel;

import dev.purebpf.link.KernelSymbols;

import java.io.IOException;
import java.util.Optional;

/** The symbols of the running kernel and its modules: a list of five megabytes and more. */
public final class Kallsyms {
    /** Where the kernel lists them. */
    public static final String FILE = "/proc/kallsyms";

    // Where they are hidden somebody may be permitted to see them later.
    private static final KeptList<KernelSymbols> KEPT =
            new KeptList<>(symbols -> !symbols.areHidden());

    private Kallsyms() {}

    /**
     * {@return the symbols of the kernel and the modules that it has now} Without the permission to
     * see addresses ({@code kernel.kptr_restrict}) all of them are 0. BPF programs and trampolines,
     * which the list also has, may have come and gone: {@link #read} has those of now.
     *
     * @param kernel the kernel
     * @throws IOException if they cannot be read
     */
    public static KernelSymbols load(Kernel kernel) throws IOException {
        return KEPT.load(kernel, FILE, _ -> read(kernel));
    }

    /**
     * {@return what {@link #load} gives, if it was read before and is kept}
     *
     * @param kernel the kernel
     * @throws IOException if it cannot be found out which modules the kernel has
     */
    public static Optional<KernelSymbols> known(Kernel kernel) throws IOException {
        return KEPT.known(kernel, FILE);
    }

    /**
     * {@return all symbols as they are now} Otherwise like {@link #load}, and never kept.
     *
     * @param kernel the kernel
     * @throws IOException if they cannot be read
     */
    public static KernelSymbols read(Kernel kernel) throws IOException {
        return KernelSymbols.parse(FILE, kernel.readFile(FILE));
    }
}
