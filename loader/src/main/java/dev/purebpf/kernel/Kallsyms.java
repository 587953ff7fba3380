package dev.purebpf.kernel;

import dev.purebpf.link.KernelSymbols;

import java.io.IOException;

/** The symbols of the running kernel and its modules, as they are at one moment. */
public final class Kallsyms {
    /** Where the kernel lists them. */
    public static final String FILE = "/proc/kallsyms";

    private Kallsyms() {}

    /**
     * {@return the symbols of the running kernel} Without the permission to see addresses ({@code
     * kernel.kptr_restrict}) all of them are 0.
     *
     * @param kernel the kernel
     * @throws IOException if they cannot be read
     */
    public static KernelSymbols load(Kernel kernel) throws IOException {
        return KernelSymbols.parse(FILE, kernel.readFile(FILE));
    }
}
