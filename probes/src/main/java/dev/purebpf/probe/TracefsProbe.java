package dev.purebpf.probe;

import dev.purebpf.error.BpfException;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.OwnedFd;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An entry of tracefs' {@code kprobe_events} or {@code uprobe_events}: the way to probes before
 * they were perf events.
 *
 * <p>An entry stays until somebody removes it, even after the end of the process that made it. Its
 * name therefore begins with {@code purebpf_PID_}, and whoever adds one first removes those of
 * processes that are gone. The kernel refuses to remove an entry that is in use.
 */
final class TracefsProbe implements AutoCloseable {
    /** {@code MAX_EVENT_NAME_LEN} of the kernel is 64 with the terminating NUL. */
    private static final int LONGEST_NAME = 63;

    private static final Pattern OURS =
            Pattern.compile(
                    "^[pr]\\d*:([ku](?:ret)?probes/purebpf_(\\d+)_\\S*)", Pattern.MULTILINE);
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Kernel kernel;
    private final Path file;
    private final String event;
    private final Definition definition;
    private final long id;
    private boolean open = true;

    private TracefsProbe(Kernel kernel, Path file, String event, Definition definition, long id) {
        this.kernel = kernel;
        this.file = file;
        this.event = event;
        this.definition = definition;
        this.id = id;
    }

    /** What entries are made of. */
    enum Kind {
        /** Instructions of the kernel. */
        KPROBES("kprobe", "CONFIG_KPROBE_EVENTS"),
        /** Instructions of files. */
        UPROBES("uprobe", "CONFIG_UPROBE_EVENTS");

        private final String probe;
        private final String option;

        Kind(String probe, String option) {
            this.probe = probe;
            this.option = option;
        }

        String file() {
            return probe + "_events";
        }

        String group(boolean onReturn) {
            return onReturn ? probe.charAt(0) + "retprobes" : probe + "s";
        }
    }

    /**
     * An entry to be.
     *
     * @param kind what is probed
     * @param onReturn whether the return of the function is probed
     * @param label what its name tells about the place
     * @param place the place as the file wants it
     * @param operation what is attempted, for messages
     * @param refusal why the kernel may have refused it, by the error number
     */
    record Definition(
            Kind kind,
            boolean onReturn,
            String label,
            String place,
            String operation,
            IntFunction<BpfException> refusal) {}

    /**
     * Adds an entry.
     *
     * @throws UnsupportedFeatureException if the kernel has no such probes
     * @throws KernelException if tracefs is not mounted, or the kernel refuses the place
     */
    static TracefsProbe create(Kernel kernel, Tracefs tracefs, Definition definition) {
        String operation = definition.operation();
        Kind kind = definition.kind();
        Path root = tracefs.root(operation);
        Path file = root.resolve(kind.file());
        if (!Files.exists(file)) {
            throw UnsupportedFeatureException.notBuilt(kind.probe + "s", kind.option);
        }
        removeAbandoned(kernel, file);
        String event =
                kind.group(definition.onReturn())
                        + "/"
                        + name(kernel.processId(), COUNT.incrementAndGet(), definition.label());
        String line = (definition.onReturn() ? "r:" : "p:") + event + " " + definition.place();
        long result = append(kernel, file, line);
        if (result < 0) {
            throw definition.refusal().apply((int) -result);
        }
        try {
            String id = tracefs.read("events/" + event + "/id", operation);
            if (id == null) {
                throw new KernelException(
                        operation, 2, "ENOENT", "tracefs does not show the new event");
            }
            return new TracefsProbe(kernel, file, event, definition, Long.parseLong(id.strip()));
        } catch (RuntimeException e) {
            append(kernel, file, "-:" + event);
            throw e;
        }
    }

    /** {@return a name that no other entry has, of letters that the kernel allows} */
    static String name(int pid, int number, String place) {
        String name =
                "purebpf_" + pid + "_" + number + "_" + place.replaceAll("[^A-Za-z0-9_]", "_");
        return name.substring(0, Math.min(name.length(), LONGEST_NAME));
    }

    /** {@return the number of the event for {@code perf_event_open}} */
    long id() {
        return id;
    }

    /** {@return what was attempted and why the kernel may have refused it} */
    BpfException refusal(int errno) {
        return definition.refusal().apply(errno);
    }

    /** Removes the entry; the perf event has to be closed before. */
    @Override
    public void close() {
        if (open) {
            open = false;
            append(kernel, file, "-:" + event);
        }
    }

    /** Removes what processes left that were killed. What is in use stays, whatever its name. */
    private static void removeAbandoned(Kernel kernel, Path file) {
        String entries;
        try {
            entries = new String(kernel.readFile(file.toString()), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return;
        }
        Matcher ours = OURS.matcher(entries);
        while (ours.find()) {
            if (!Files.exists(Path.of("/proc", ours.group(2)))) {
                append(kernel, file, "-:" + ours.group(1));
            }
        }
    }

    private static long append(Kernel kernel, Path file, String line) {
        long fd =
                kernel.open(
                        file.toString(),
                        Kernel.OPEN_WRITE_ONLY | Kernel.OPEN_APPEND | Kernel.OPEN_CLOSE_ON_EXEC,
                        0);
        if (fd < 0) {
            return fd;
        }
        try (OwnedFd owned = OwnedFd.of(kernel, fd, "opening " + file);
                Arena arena = Arena.ofConfined()) {
            byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
            MemorySegment text = arena.allocate(bytes.length);
            MemorySegment.copy(bytes, 0, text, ValueLayout.JAVA_BYTE, 0, bytes.length);
            return kernel.write(owned.number(), text, bytes.length);
        }
    }
}
