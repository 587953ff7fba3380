package dev.purebpf.cli.syscalls;

import dev.purebpf.BpfObject;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.Variable;
import dev.purebpf.btf.Btf;
import dev.purebpf.cli.session.ObjectTracer;
import dev.purebpf.cli.syscalls.SyscallsOptions.Buffer;
import dev.purebpf.error.BpfException;
import dev.purebpf.event.EventBuffer;
import dev.purebpf.event.EventHandler;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.KernelBtf;
import dev.purebpf.link.MapType;
import dev.purebpf.probe.Probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/** The eBPF program in the kernel, from loading to detaching. One thread uses it. */
final class SyscallTracer extends ObjectTracer {
    private static final long RING_SIZE = 8 << 20;
    private static final long PERF_SIZE = 1 << 20;

    /** Statistics only: {@code BPF_LOG_STATS}. */
    private static final int LOG_STATISTICS = 4;

    /**
     * In the order in which they are attached. The end of a call before its beginning: a call seen
     * by its end only is shown, one seen by its beginning only would be lost.
     */
    private static final String[] PROGRAMS = {
        "on_exit", "on_exec", "on_fork", "on_sys_exit", "on_sys_exit_unseen", "on_sys_enter"
    };

    private final Variable lost;
    private final Variable targetExited;

    private SyscallTracer(LoadedObject bpf, Function<LoadedObject, EventBuffer> buffer) {
        super(bpf, buffer);
        this.lost = bpf.variable("lost");
        this.targetExited = bpf.variable("target_exited");
    }

    /**
     * Loads and attaches. From then on every call of the watched processes is counted or sent.
     *
     * @param options what to watch, and by which buffer
     * @param table which arguments are strings
     * @param handler takes the events
     * @return the running tracer, which has to be closed
     */
    static SyscallTracer start(SyscallsOptions options, SyscallTable table, EventHandler handler) {
        linkMeanwhile();
        BpfObject object = read("syscalls");
        Btf kernelTypes = kernelTypes();
        Kernel kernel = Kernel.host();
        watch(object, options.target(), kernel);
        boolean perf = usePerfBuffer(kernel, options.buffer());
        object.set("use_perf_buffer", perf)
                .set("string_args", table.stringArguments(false))
                .set("compat_string_args", table.stringArguments(true));
        object.program("on_fork").autoload(!options.target().command().isEmpty());
        if (options.target().isWholeMachine()) {
            object.map("calls").maxEntries(Math.max(8192, 2 * tasks()));
        }
        long size = options.bufferSize();
        if (perf) {
            object.map("events").type(MapType.PERF_EVENT_ARRAY).maxEntries(0);
        } else {
            object.map("events").maxEntries(size == 0 ? RING_SIZE : size);
        }
        LoadOptions load = LoadOptions.defaults().withKernel(kernel);
        if (kernelTypes != null) {
            load = load.withKernelBtf(kernelTypes);
        }
        LoadedObject bpf = object.load(options.debug() ? load.withLogLevel(LOG_STATISTICS) : load);
        SyscallTracer tracer =
                new SyscallTracer(
                        bpf,
                        loaded ->
                                perf
                                        ? loaded.perfBuffer("events", pages(kernel, size), handler)
                                        : loaded.ringBuffer("events", handler));
        tracer.attach(() -> tracer.attachAll(options.debug()));
        return tracer;
    }

    /**
     * Begins to link the C library. That takes Java as long as reading the object and the kernel's
     * types, so it is done beside these; {@link Kernel#host} waits for it.
     */
    private static void linkMeanwhile() {
        Thread linking =
                new Thread("purebpf-link") {
                    @Override
                    public void run() {
                        try {
                            Kernel.host();
                        } catch (RuntimeException e) {
                            // It comes again where the result is wanted.
                        }
                    }
                };
        linking.setDaemon(true);
        linking.start();
    }

    /** {@return the kernel's types; null leaves it to the loader to say why there are none} */
    private static Btf kernelTypes() {
        try {
            return KernelBtf.running();
        } catch (IOException | BpfException e) {
            return null;
        }
    }

    private static boolean usePerfBuffer(Kernel kernel, Buffer wanted) {
        return switch (wanted) {
            case PERF -> true;
            case AUTO -> !kernel.features().has(Feature.RING_BUFFER);
            case RING -> {
                kernel.features().require(Feature.RING_BUFFER);
                yield false;
            }
        };
    }

    /** {@return the pages of a perf buffer: the greatest power of two that fits into the size} */
    private static int pages(Kernel kernel, long size) {
        long pages = (size == 0 ? PERF_SIZE : size) / kernel.pageSize();
        return (int) Math.max(1, Long.highestOneBit(pages));
    }

    /** {@return how many tasks the machine has now, as /proc/loadavg says: {@code 2/345}} */
    private static int tasks() {
        try {
            String load = Files.readString(Path.of("/proc/loadavg"));
            int slash = load.indexOf('/');
            return Integer.parseInt(load, slash + 1, load.indexOf(' ', slash), 10);
        } catch (IOException | RuntimeException e) {
            return 0;
        }
    }

    private void attachAll(boolean debug) {
        for (String name : PROGRAMS) {
            for (Program program : bpf().programs()) {
                if (program.name().equals(name)) {
                    add(Probe.attach(program));
                    if (debug) {
                        System.err.println(
                                "purebpf: attached " + name + ": " + program.log().strip());
                    }
                }
            }
        }
    }

    /** {@return the calls that were made and could not be sent, so far} */
    long lost() {
        return lost.getLong();
    }

    /** {@return whether the watched process has exited} */
    boolean targetExited() {
        return targetExited.getInt() != 0;
    }
}
