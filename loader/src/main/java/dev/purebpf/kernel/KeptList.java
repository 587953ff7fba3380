package dev.purebpf.kernel;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A long list of the kernel that changes with its modules only, such as that of its symbols.
 *
 * <p>The kernel writes such lists anew for each reader, which takes it tens of milliseconds and
 * more, and whoever attaches a few probes may want one several times. So the last that was read is
 * kept while there is memory enough, and read again when the kernel has other modules. May be used
 * by several threads.
 *
 * @param <T> what is made of the list
 */
public final class KeptList<T> {
    private static final String MODULES = "/proc/modules";

    private final Predicate<T> mayBeKept;
    private volatile Kept<T> kept = new Kept<>(null, "", List.of(), null);

    /**
     * Reads a list.
     *
     * @param <T> what is made of it
     */
    public interface Reader<T> {
        /**
         * {@return what a file says now}
         *
         * @param file the file
         * @throws IOException if it cannot be read
         */
        T read(String file) throws IOException;
    }

    private static final class Kept<T> {
        private final WeakReference<Kernel> kernel;
        private final String file;
        private final List<String> modules;
        private final SoftReference<T> list;

        Kept(Kernel kernel, String file, List<String> modules, T list) {
            this.kernel = new WeakReference<>(kernel);
            this.file = file;
            this.modules = modules;
            this.list = new SoftReference<>(list);
        }

        /** {@return the list, unless it is gone or of another kernel, file or other modules} */
        T of(Kernel wanted, String itsFile, List<String> itsModules) {
            return kernel.refersTo(wanted) && file.equals(itsFile) && modules.equals(itsModules)
                    ? list.get()
                    : null;
        }
    }

    /**
     * Makes one that has read nothing yet.
     *
     * @param mayBeKept whether a list may be given to those who ask later
     */
    public KeptList(Predicate<T> mayBeKept) {
        this.mayBeKept = mayBeKept;
    }

    /**
     * {@return the list for the modules that a kernel has now}
     *
     * @param kernel the kernel
     * @param file where it has the list
     * @param reader reads it, where it is not kept
     * @throws IOException if it cannot be read
     */
    public T load(Kernel kernel, String file, Reader<T> reader) throws IOException {
        List<String> modules = modules(kernel);
        T list = kept.of(kernel.origin(), file, modules);
        if (list == null) {
            list = reader.read(file);
            if (mayBeKept.test(list)) {
                kept = new Kept<>(kernel.origin(), file, modules, list);
            }
        }
        return list;
    }

    /**
     * {@return the list for the modules that a kernel has now, if it was read before and is kept}
     *
     * @param kernel the kernel
     * @param file where it has the list
     * @throws IOException if it cannot be found out which modules it has
     */
    public Optional<T> known(Kernel kernel, String file) throws IOException {
        return Optional.ofNullable(kept.of(kernel.origin(), file, modules(kernel)));
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
        return lines.lines().map(KeptList::withoutUsers).toList();
    }

    /** Of {@code NAME SIZE USES USERS STATE ADDRESS} the third and the fourth. */
    private static String withoutUsers(String line) {
        int size = line.indexOf(' ', line.indexOf(' ') + 1);
        int users = line.indexOf(' ', size + 1);
        int state = line.indexOf(' ', users + 1);
        return size > 0 && users > 0 && state > 0
                ? line.substring(0, size) + line.substring(state)
                : line;
    }
}
