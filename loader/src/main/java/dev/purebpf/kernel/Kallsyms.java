package dev.purebpf.kernel;

import dev.purebpf.link.KernelSymbols;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.List;

/**
 * The symbols of the running kernel and its modules.
 *
 * <p>The kernel writes its list of five megabytes and more anew for each reader, and whoever
 * attaches a few probes may want it several times. So this process keeps it while there is memory
 * enough, and reads it again when the kernel has other modules.
 */
public final class Kallsyms {
    /** Where the kernel lists them. */
    public static final String FILE = "/proc/kallsyms";

    private static final String MODULES = "/proc/modules";

    /** The last list that was read. */
    private static volatile Kept kept = new Kept(null, List.of(), null);

    private Kallsyms() {}

    private static final class Kept {
        private final WeakReference<Kernel> kernel;
        private final List<String> modules;
        private final SoftReference<KernelSymbols> symbols;

        Kept(Kernel kernel, List<String> modules, KernelSymbols symbols) {
            this.kernel = new WeakReference<>(kernel);
            this.modules = modules;
            this.symbols = new SoftReference<>(symbols);
        }

        /** {@return the list, unless it is gone or of another kernel or other modules} */
        KernelSymbols of(Kernel wanted, List<String> itsModules) {
            return kernel.refersTo(wanted) && modules.equals(itsModules) ? symbols.get() : null;
        }
    }

    /**
     * {@return the symbols of the kernel and the modules that it has now} Without the permission to
     * see addresses ({@code kernel.kptr_restrict}) all of them are 0. BPF programs and trampolines,
     * which the list also has, may have come and gone: {@link #read} has those of now.
     *
     * @param kernel the kernel
     * @throws IOException if they cannot be read
     */
    public static KernelSymbols load(Kernel kernel) throws IOException {
        List<String> modules = modules(kernel);
        KernelSymbols symbols = kept.of(kernel.origin(), modules);
        if (symbols == null) {
            symbols = read(kernel);
            // Somebody may be permitted to see them later.
            if (!symbols.areHidden()) {
                kept = new Kept(kernel.origin(), modules, symbols);
            }
        }
        return symbols;
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

    /** The modules: names, sizes, states and addresses, but not how often each is in use. */
    private static List<String> modules(Kernel kernel) throws IOException {
        String lines;
        try {
            lines = new String(kernel.readFile(MODULES), StandardCharsets.UTF_8);
        } catch (NoSuchFileException _) {
            // A kernel without.
            return List.of();
        }
        return lines.lines().map(line -> line.replaceFirst(" \\d+ \\S+ (?=[A-Z])", " ")).toList();
    }
}
