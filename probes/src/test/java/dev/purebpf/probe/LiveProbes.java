package dev.purebpf.probe;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.BpfObject;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.KernelFeatures;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What tests of probes on this machine's kernel need. */
final class LiveProbes {
    private LiveProbes() {}

    /** {@return how many descriptors are open before the test, which needs to load programs} */
    static long begin() throws IOException {
        assumeTrue(mayLoad(), "needs root, or CAP_BPF and CAP_PERFMON");
        // What is opened once and stays: the kernel's class, and its probed features.
        Kernel.host().features().has(Feature.PERF_LINK);
        return openDescriptors();
    }

    /**
     * {@return a loaded fixture}
     *
     * @param variable what says in the fixture whose events count
     * @param target its value
     * @param programs those to load
     */
    static LoadedObject load(
            Kernel kernel, String fixture, String variable, int target, String... programs) {
        BpfObject object = open(fixture);
        for (String program : programs) {
            object.program(program).autoload(true);
        }
        return object.set(variable, target).load(LoadOptions.defaults().withKernel(kernel));
    }

    /** {@return a fixture that is not loaded yet} */
    static BpfObject open(String fixture) {
        try (InputStream in =
                LiveProbes.class.getResourceAsStream("/fixtures/" + fixture + ".bpf.o")) {
            return BpfObject.open(fixture + ".bpf.o", in);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The machine's kernel with other features, which fails an ioctl with EIO. */
    static Kernel failing(KernelFeatures features, long failing) {
        return (Kernel)
                Proxy.newProxyInstance(
                        LiveProbes.class.getClassLoader(),
                        new Class<?>[] {Kernel.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("features")) {
                                return features;
                            }
                            if (method.getName().equals("ioctl")
                                    && (long) arguments[1] == failing) {
                                return (long) -Errno.EIO.number();
                            }
                            try {
                                return method.invoke(Kernel.host(), arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    static void requireTracefs() {
        try {
            Tracefs.MACHINE.root("testing");
        } catch (KernelException e) {
            abort(e.advice());
        }
    }

    static boolean hasTracefs() {
        try {
            Tracefs.MACHINE.root("testing");
            return true;
        } catch (KernelException e) {
            return false;
        }
    }

    /**
     * {@return this process's entries in a file of tracefs}
     *
     * @param file such as {@code uprobe_events}
     */
    static List<String> entries(String file) {
        if (!hasTracefs()) {
            return List.of();
        }
        String text = Tracefs.MACHINE.read(file, "testing");
        String own = "purebpf_" + ProcessHandle.current().pid() + "_";
        return text == null ? List.of() : text.lines().filter(line -> line.contains(own)).toList();
    }

    static long openDescriptors() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(LiveProbes::isOfBpf).count();
        }
    }

    private static boolean isOfBpf(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("anon_inode:");
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean mayLoad() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("CapEff:")) {
                long capabilities = Long.parseUnsignedLong(line.substring(7).strip(), 16);
                long needed = 1L << 39 | 1L << 38;
                return (capabilities & 1L << 21) != 0 || (capabilities & needed) == needed;
            }
        }
        return false;
    }
}
