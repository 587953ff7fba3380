package dev.purebpf.symbol;

import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.kernel.Architecture;
import dev.purebpf.kernel.Kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which file a name means: {@code libc.so.6} a library, {@code bash} a program, {@code
 * /usr/bin/bash} itself.
 *
 * <p>Libraries are searched in {@code LD_LIBRARY_PATH} and in the folders of libraries, programs in
 * {@code PATH} and in the folders of programs, as libbpf does; libraries then also where the
 * dynamic loader knows of more folders ({@code /etc/ld.so.conf}).
 */
public final class BinaryPath {
    /** What a process calls its own folder. */
    private static final String OWN = "/proc/self/";

    private BinaryPath() {}

    /**
     * {@return the file of a name; empty if there is none}
     *
     * @param kernel the kernel, for its architecture
     * @param name a path, which is returned as it is, or the name of a library or program
     */
    public static Optional<Path> find(Kernel kernel, String name) {
        if (name.indexOf('/') >= 0) {
            Path path = Path.of(name);
            return Files.exists(path) ? Optional.of(path) : Optional.empty();
        }
        boolean isLibrary = name.endsWith(".so") || name.contains(".so.");
        for (String folder : isLibrary ? libraries(kernel.architecture()) : programs()) {
            Path path = Path.of(folder, name);
            if (Files.isRegularFile(path)
                    && (isLibrary ? Files.isReadable(path) : Files.isExecutable(path))) {
                return Optional.of(path);
            }
        }
        return isLibrary ? cached(kernel, name) : Optional.empty();
    }

    private static Optional<Path> cached(Kernel kernel, String name) {
        try {
            byte[] cache = kernel.readFile(LibraryCache.FILE);
            return LibraryCache.find(cache, kernel.architecture(), name).filter(Files::isReadable);
        } catch (IOException | MalformedObjectException e) {
            // Another C library has none, or another one.
            return Optional.empty();
        }
    }

    /**
     * {@return the file that a name means for a process, by a path by which this process can open
     * it; empty if there is none}
     *
     * <p>First what the process has mapped, be it deleted or in another container; then what there
     * is where the process is.
     *
     * @param kernel the kernel
     * @param name a path as the process sees it, or the name of a library or program
     * @param pid the process
     * @throws IOException if there is no such process, or it is not for us to see
     */
    public static Optional<Path> find(Kernel kernel, String name, int pid) throws IOException {
        ProcessMaps maps = ProcessMaps.load(kernel, pid);
        Optional<ProcessMaps.Mapping> mapped = maps.code(name);
        if (mapped.isPresent()) {
            return Optional.of(maps.open(mapped.get()));
        }
        if (name.startsWith("/")) {
            // Whoever opens it, that is another file.
            if (name.startsWith(OWN)) {
                Path path = Path.of("/proc/" + pid + "/" + name.substring(OWN.length()));
                return Files.exists(path) ? Optional.of(path) : Optional.empty();
            }
            Path path = new ProcessRoot(pid).resolve(name);
            return Files.exists(path) ? Optional.of(path) : Optional.empty();
        }
        return find(kernel, name);
    }

    private static List<String> libraries(Architecture architecture) {
        String triplet =
                switch (architecture) {
                    case X86_64 -> "x86_64-linux-gnu";
                    case AARCH64 -> "aarch64-linux-gnu";
                };
        List<String> folders = fromEnvironment("LD_LIBRARY_PATH");
        folders.addAll(List.of("/usr/lib64", "/usr/lib", "/lib/" + triplet, "/usr/lib/" + triplet));
        return folders;
    }

    private static List<String> programs() {
        List<String> folders = fromEnvironment("PATH");
        folders.addAll(List.of("/usr/bin", "/usr/sbin"));
        return folders;
    }

    private static List<String> fromEnvironment(String variable) {
        List<String> folders = new ArrayList<>();
        String value = System.getenv(variable);
        if (value != null) {
            for (String folder : value.split(":")) {
                if (!folder.isEmpty()) {
                    folders.add(folder);
                }
            }
        }
        return folders;
    }
}
