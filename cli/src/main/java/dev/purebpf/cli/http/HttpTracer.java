package dev.purebpf.cli.http;

import dev.purebpf.BpfObject;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.cli.http.HttpOptions.Via;
import dev.purebpf.cli.session.ObjectTracer;
import dev.purebpf.error.BpfException;
import dev.purebpf.event.EventHandler;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.Ksyscall;
import dev.purebpf.probe.Probe;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The eBPF programs in the kernel, from loading to detaching. One thread uses it. */
final class HttpTracer extends ObjectTracer {
    /** The calls that the kernel's programs know. */
    private static final List<String> CALLS =
            List.of(
                    "read",
                    "readv",
                    "recvfrom",
                    "recvmsg",
                    "write",
                    "writev",
                    "sendto",
                    "sendmsg",
                    "sendfile64",
                    "splice",
                    "accept",
                    "accept4",
                    "connect",
                    "close");

    /** Each kernel has it that has kprobes and ring buffers: they came in this order. */
    private static final Path KPROBES = Path.of("/sys/bus/event_source/devices/kprobe");

    /** In the order in which they are attached and hence called. */
    private static final List<String> BY_TRACEPOINT =
            List.of("on_sys_exit", "on_sys_exit_left_out");

    private static final List<String> BY_KPROBE = List.of("on_entry", "on_return");

    private final boolean kprobes;

    private HttpTracer(LoadedObject bpf, EventHandler handler, boolean kprobes) {
        super(bpf, loaded -> loaded.ringBuffer("events", handler));
        this.kprobes = kprobes;
    }

    /**
     * Loads and attaches, by the way that was asked for or the first that this kernel has.
     *
     * @param options what to watch
     * @param handler takes the events
     * @return the running tracer, which has to be closed
     */
    static HttpTracer start(HttpOptions options, EventHandler handler) {
        Kernel kernel = Kernel.host();
        kernel.features().require(Feature.RING_BUFFER);
        if (options.via() != Via.AUTO) {
            return start(options, kernel, options.via() == Via.KPROBE, handler);
        }
        if (Files.exists(KPROBES)) {
            try {
                return start(options, kernel, true, handler);
            } catch (BpfException e) {
                // A kernel that does not let us have them. If it was something else, the other way
                // meets it, too.
            }
        }
        return start(options, kernel, false, handler);
    }

    private static HttpTracer start(
            HttpOptions options, Kernel kernel, boolean kprobes, EventHandler handler) {
        BpfObject object = read("http");
        watch(object, options.target(), kernel);
        object.set("capture", options.capture());
        if (options.bufferSize() != 0) {
            object.map("events").maxEntries(options.bufferSize());
        }
        BY_TRACEPOINT.forEach(program -> object.program(program).autoload(!kprobes));
        BY_KPROBE.forEach(program -> object.program(program).autoload(kprobes));
        LoadedObject bpf = object.load(LoadOptions.defaults().withKernel(kernel));
        HttpTracer tracer = new HttpTracer(bpf, handler, kprobes);
        tracer.attach(tracer::attachAll);
        return tracer;
    }

    private void attachAll() {
        add(Probe.attach(bpf().program("on_exit")));
        add(Probe.attach(bpf().program("on_exec")));
        add(Probe.attach(bpf().program("on_fork")));
        if (!kprobes) {
            BY_TRACEPOINT.forEach(program -> add(Probe.attach(bpf().program(program))));
            return;
        }
        for (String call : CALLS) {
            add(Ksyscall.of(call).returning().attach(bpf().program("on_return")));
            add(Ksyscall.of(call).attach(bpf().program("on_entry")));
        }
    }

    /**
     * {@return what could not be told, so far}
     *
     * @param unseen how often the events showed that there was something between them
     * @param givenUp how many connections were given up in the middle of an exchange
     */
    Loss loss(long unseen, long givenUp) {
        long skipped = -bpf().variable("made_up").getLong();
        for (String program : kprobes ? BY_KPROBE : List.of("on_sys_exit")) {
            skipped += misses(bpf().program(program));
        }
        return new Loss(
                bpf().variable("lost").getLong(),
                bpf().variable("lost_requests").getLong(),
                bpf().variable("lost_responses").getLong(),
                notFollowed(),
                Math.max(0, skipped),
                unseen,
                givenUp);
    }

    private static long misses(Program program) {
        return InfoCommands.program(program.kernel(), program.fd()).misses();
    }
}
