package dev.purebpf.probe;

import dev.purebpf.error.BpfException;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.OwnedFd;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An entry of tracefs' {@code kprobe_events} or {@code uprobe_events}: the way to probes before
 * they were perf events.
 *
 * <p>An entry stays until somebody removes it, even after the end of the process that made it. Its
 * name therefore begins with {@code purebpf_PID_}, and the next process that attaches a kprobe or a
 * uprobe removes those of processes that are gone, from both files. The kernel refuses to remove an
 * entry that is in use.
 */
final class TracefsProbe implements AutoCloseable {
    /** {@code MAX_EVENT_NAME_LEN} of the kernel is 64 with the terminating NUL. */
    private static final int LONGEST_NAME = 63;

    private static final Pattern OURS =
            Pattern.compile(
                    "^[pr]\\d*:([ku](?:ret)?probes/purebpf_(\\d+)_\\S*)", Pattern.MULTILINE);
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final AtomicBoolean LOOKED_FOR_ABANDONED = new AtomicBoolean();

    private final Kernel kernel;
    private final Path file;
    private final String event;
    private final SingleProbe probe;
    private final long id;
    private boolean open = true;

    private TracefsProbe(Kernel kernel, Path file, String event, SingleProbe probe, long id) {
        this.kernel = kernel;
        this.file = file;
        this.event = event;
        this.probe = probe;
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

        /** {@return {@code kprobe} or {@code uprobe}} */
        String probe() {
            return probe;
        }

        String file() {
            return probe + "_events";
        }

        String group(boolean onReturn) {
            return onReturn ? probe.charAt(0) + "retprobes" : probe + "s";
        }
    }

    /**
     * Adds an entry.
     *
     * @throws UnsupportedFeatureException if the kernel has no such probes
     * @throws KernelException if tracefs is not mounted, or the kernel refuses the place
     */
    static TracefsProbe create(Kernel kernel, Tracefs tracefs, SingleProbe probe) {
        String operation = probe.operation();
        Kind kind = probe.kind();
        Path root = tracefs.root(operation);
        Path file = root.resolve(kind.file());
        if (!Files.exists(file)) {
            throw UnsupportedFeatureException.notBuilt(kind.probe() + "s", kind.option);
        }
        removeAbandoned(kernel, root);
        String event =
                kind.group(probe.onReturn())
                        + "/"
                        + name(kernel.processId(), COUNT.incrementAndGet(), probe.label());
        String line = (probe.onReturn() ? "r:" : "p:") + event + " " + probe.place().get();
        long result = append(kernel, file, line);
        if (result < 0) {
            throw probe.refusal().apply((int) -result);
        }
        try {
            String id = tracefs.read("events/" + event + "/id", operation);
            if (id == null) {
                throw Errno.ENOENT.failure(operation, "tracefs does not show the new event");
            }
            return new TracefsProbe(kernel, file, event, probe, Long.parseLong(id.strip()));
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
        return probe.refusal().apply(errno);
    }

    /** Removes the entry; the perf event has to be closed before. */
    @Override
    public void close() {
        if (open) {
            open = false;
            append(kernel, file, "-:" + event);
        }
    }

    /**
     * Removes what processes left that were killed, once in this process and if tracefs is there.
     * Whoever adds an entry does so anyway; this is for those who do not need to.
     */
    static void removeAbandonedOnce(Kernel kernel, Tracefs tracefs) {
        if (LOOKED_FOR_ABANDONED.compareAndSet(false, true)) {
            try {
                removeAbandoned(kernel, tracefs.root("looking for what killed processes left"));
            } catch (KernelException e) {
                // Not mounted, or not for this user: this process adds and removes nothing.
            }
        }
    }

    /** Removes what processes left that were killed. What is in use stays, whatever its name. */
    private static void removeAbandoned(Kernel kernel, Path root) {
        LOOKED_FOR_ABANDONED.set(true);
        for (Kind kind : Kind.values()) {
            Path file = root.resolve(kind.file());
            Matcher ours = OURS.matcher(entries(kernel, file));
            while (ours.find()) {
                if (!Files.exists(Path.of("/proc", ours.group(2)))) {
                    append(kernel, file, "-:" + ours.group(1));
                }
            }
        }
    }

    /** {@return the entries, a line each; none where there is no such file} */
    private static String entries(Kernel kernel, Path file) {
        try {
            return new String(kernel.readFile(file.toString()), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
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
