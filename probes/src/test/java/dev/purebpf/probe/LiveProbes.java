package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.BpfObject;
import dev.purebpf.Link;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.KernelFeatures;
import dev.purebpf.kernel.OwnedFd;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What tests of probes on this machine's kernel need. */
final class LiveProbes {
    private static final long PATIENCE = 10_000_000_000L;

    private static final Set<Integer> ATTACHING =
            Set.of(BpfCommand.LINK_CREATE.number(), BpfCommand.RAW_TRACEPOINT_OPEN.number());

    private LiveProbes() {}

    /** {@return how many descriptors are open before the test, which needs to load programs} */
    static long begin() throws IOException {
        assumeTrue(mayLoad(), "needs root, or CAP_BPF and CAP_PERFMON");
        // What is opened once and stays: the kernel's class, and its probed features.
        Kernel.host().features().has(Feature.PERF_LINK);
        // Java reads a file to load the class, where its archive is not: no program is to see that.
        SeenCalls.readAndClose();
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

    /** {@return a fixture, of which nothing is to be loaded yet} */
    static BpfObject open(String fixture) {
        try (InputStream in =
                LiveProbes.class.getResourceAsStream("/fixtures/" + fixture + ".bpf.o")) {
            return BpfObject.open(fixture + ".bpf.o", in);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return the link to what a program's section says, if this kernel allows any such link} */
    static Link attach(Program program) {
        try {
            return Probe.attach(program);
        } catch (KernelException e) {
            throw refused(e);
        }
    }

    /**
     * Some kernels know programs at their functions and then allow none, at load or when they are
     * attached.
     *
     * @return what the kernel said otherwise
     */
    static KernelException refused(KernelException e) {
        if (e.errno() == Errno.EPERM.number()) {
            abort("needs a kernel that allows programs at its functions: " + e.getMessage());
        }
        return e;
    }

    /** The machine's kernel with other features, which fails an ioctl with EIO. */
    static Kernel failing(KernelFeatures features, long failing) {
        return otherwise(
                (method, arguments) ->
                        switch (method) {
                            case "features" -> features;
                            case "ioctl" ->
                                    (long) arguments[1] == failing
                                            ? (long) -Errno.EIO.number()
                                            : null;
                            default -> null;
                        });
    }

    /**
     * {@return the machine's kernel, which lets programs be loaded, but at times nothing be
     * attached: no link, no perf event, no entry in tracefs}
     *
     * @param refusal the error that it answers then; {@code null} at other times
     */
    static Kernel refusingProbes(Supplier<Errno> refusal) {
        return otherwise(
                (method, arguments) -> {
                    boolean attaches =
                            switch (method) {
                                case "perfEventOpen" -> true;
                                case "bpf" -> ATTACHING.contains((int) arguments[0]);
                                case "open" -> ((int) arguments[1] & Kernel.OPEN_WRITE_ONLY) != 0;
                                default -> false;
                            };
                    Errno errno = refusal.get();
                    return attaches && errno != null ? (long) -errno.number() : null;
                });
    }

    /**
     * {@return the machine's kernel with other answers}
     *
     * @param answers the answer to a call, by the method's name and arguments; {@code null} to let
     *     the machine's kernel answer
     */
    static Kernel otherwise(BiFunction<String, Object[], Object> answers) {
        return (Kernel)
                Proxy.newProxyInstance(
                        LiveProbes.class.getClassLoader(),
                        new Class<?>[] {Kernel.class},
                        (proxy, method, arguments) -> {
                            Object answer = answers.apply(method.getName(), arguments);
                            if (answer != null) {
                                return answer;
                            }
                            try {
                                return method.invoke(Kernel.host(), arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    static void require(Feature feature) {
        assumeTrue(
                Kernel.host().features().has(feature),
                "needs " + feature.description() + " (" + feature.since() + ")");
    }

    static void requireKprobes() {
        assumeTrue(isBuiltWithKprobes(), "needs kprobes (CONFIG_KPROBE_EVENTS)");
        requireTracefs();
    }

    static boolean isBuiltWithKprobes() {
        return Files.isDirectory(Path.of("/sys/bus/event_source/devices/kprobe"));
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
        return entries(file, ProcessHandle.current().pid());
    }

    /**
     * {@return a process's entries in a file of tracefs}
     *
     * @param file such as {@code uprobe_events}
     */
    static List<String> entries(String file, long pid) {
        if (!hasTracefs()) {
            return List.of();
        }
        String text = Tracefs.MACHINE.read(file, "testing");
        String own = "purebpf_" + pid + "_";
        return text == null ? List.of() : text.lines().filter(line -> line.contains(own)).toList();
    }

    /** {@return the ids of the links by which a program is attached} */
    static List<Integer> linksOf(Program program) {
        Kernel kernel = Kernel.host();
        int wanted = InfoCommands.program(kernel, program.fd()).id();
        List<Integer> found = new ArrayList<>();
        int id = 0;
        while ((id = InfoCommands.nextId(kernel, BpfCommand.LINK_GET_NEXT_ID, id)) != 0) {
            try (OwnedFd link = InfoCommands.open(kernel, BpfCommand.LINK_GET_FD_BY_ID, id)) {
                if (InfoCommands.link(kernel, link.number()).programId() == wanted) {
                    found.add(id);
                }
            } catch (KernelException e) {
                // Somebody else's, and gone meanwhile.
                if (e.errno() != Errno.ENOENT.number()) {
                    throw e;
                }
            }
        }
        return found;
    }

    /**
     * Asks the kernel for its own lists of what is probed and traced. It brings them up to date a
     * little later than it detaches.
     */
    static void assertNotProbed(String function) {
        if (!isBuiltWithKprobes()) {
            return;
        }
        for (String list :
                List.of(
                        "/sys/kernel/debug/kprobes/list",
                        "/sys/kernel/tracing/enabled_functions")) {
            Path file = Path.of(list);
            if (!Files.isReadable(file)) {
                continue;
            }
            awaitNone(() -> lines(file, function));
        }
    }

    /** Writes a line to a file of tracefs. */
    static void append(String file, String line) throws IOException {
        Files.writeString(
                Tracefs.MACHINE.root("testing").resolve(file),
                line + "\n",
                StandardOpenOption.APPEND);
    }

    private static List<String> lines(Path file, String part) {
        try {
            return Files.readAllLines(file).stream().filter(line -> line.contains(part)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A worker of the kernel frees a link after its last reference, when a CPU has time for it. */
    static void await(BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - start < PATIENCE, "the kernel does not finish");
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** The same until there is nothing any more; else the failure says what there still is. */
    static void awaitNone(Supplier<? extends Collection<?>> remaining) {
        long start = System.nanoTime();
        while (!remaining.get().isEmpty() && System.nanoTime() - start < PATIENCE) {
            LockSupport.parkNanos(1_000_000);
        }
        assertEquals(List.of(), List.copyOf(remaining.get()));
    }

    /** {@return the folder of the cgroup that all processes are in} */
    static Path cgroups() {
        try (var mounts = Files.lines(Path.of("/proc/mounts"))) {
            return mounts.map(line -> line.split(" "))
                    .filter(fields -> fields[2].equals("cgroup2"))
                    .map(fields -> Path.of(fields[1]))
                    .findFirst()
                    .orElseGet(() -> abort("needs cgroups of version 2 (mount -t cgroup2)"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Skips the test where security is not asked of BPF programs. */
    static void requireSecurityModule() throws IOException {
        Path modules = Path.of("/sys/kernel/security/lsm");
        assumeTrue(
                Files.isReadable(modules) && Files.readString(modules).contains("bpf"),
                "needs the security module bpf (lsm=… on the kernel's command line), and"
                        + " securityfs at /sys/kernel/security");
    }

    /** {@return where a test may pin a link} */
    static Path newPin() throws IOException {
        assumeTrue(
                Files.readString(Path.of("/proc/mounts")).contains(" /sys/fs/bpf bpf "),
                "needs a bpffs: mount -t bpf bpf /sys/fs/bpf");
        return Path.of("/sys/fs/bpf", "purebpf-test-" + ProcessHandle.current().pid());
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
