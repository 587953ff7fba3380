package dev.purebpf.cli.http;

import dev.purebpf.BpfObject;
import dev.purebpf.Link;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.http.HttpOptions.Via;
import dev.purebpf.cli.session.Tracer;
import dev.purebpf.error.BpfException;
import dev.purebpf.event.EventBuffer;
import dev.purebpf.event.EventHandler;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.Ksyscall;
import dev.purebpf.probe.Probe;
import dev.purebpf.programs.Programs;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The eBPF programs in the kernel, from loading to detaching. One thread uses it. */
final class HttpTracer implements Tracer {
    private static final int WATCH_WHOLE_MACHINE = 0;
    private static final int WATCH_PROCESS = 1;
    private static final int WATCH_CHILDREN = 2;

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
                    "accept",
                    "accept4",
                    "connect",
                    "close");

    private static final List<String> BY_TRACEPOINT = List.of("on_sys_exit");
    private static final List<String> BY_KPROBE = List.of("on_entry", "on_return");

    private final LoadedObject bpf;
    private final EventBuffer events;
    private final List<String> ofCalls;
    private final List<Link> links = new ArrayList<>();

    private HttpTracer(LoadedObject bpf, EventBuffer events, List<String> ofCalls) {
        this.bpf = bpf;
        this.events = events;
        this.ofCalls = ofCalls;
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
        try {
            return start(options, kernel, true, handler);
        } catch (BpfException e) {
            // A kernel without kprobes, or one that does not let us have them. If it was something
            // else, the other way meets it, too.
            return start(options, kernel, false, handler);
        }
    }

    private static HttpTracer start(
            HttpOptions options, Kernel kernel, boolean kprobes, EventHandler handler) {
        int watch =
                !options.target().command().isEmpty()
                        ? WATCH_CHILDREN
                        : options.target().pid() != 0 ? WATCH_PROCESS : WATCH_WHOLE_MACHINE;
        BpfObject object = open();
        object.set("watch", watch)
                .set("target", options.target().pid())
                .set("launcher", kernel.processId())
                .set("capture", options.capture());
        BY_TRACEPOINT.forEach(program -> object.program(program).autoload(!kprobes));
        BY_KPROBE.forEach(program -> object.program(program).autoload(kprobes));
        LoadedObject bpf = object.load(LoadOptions.defaults().withKernel(kernel));
        EventBuffer events = null;
        try {
            events = bpf.ringBuffer("events", handler);
            HttpTracer tracer = new HttpTracer(bpf, events, kprobes ? BY_KPROBE : BY_TRACEPOINT);
            tracer.attach(kprobes);
            return tracer;
        } catch (RuntimeException e) {
            if (events != null) {
                events.close();
            }
            bpf.close();
            throw e;
        }
    }

    private static BpfObject open() {
        try {
            return BpfObject.open("http.bpf.o", Programs.read("http"));
        } catch (IOException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
    }

    private void attach(boolean kprobes) {
        try {
            links.add(Probe.attach(bpf.program("on_exit")));
            links.add(Probe.attach(bpf.program("on_exec")));
            links.add(Probe.attach(bpf.program("on_fork")));
            if (!kprobes) {
                links.add(Probe.attach(bpf.program("on_sys_exit")));
                return;
            }
            for (String call : CALLS) {
                links.add(Ksyscall.of(call).returning().attach(bpf.program("on_return")));
                links.add(Ksyscall.of(call).attach(bpf.program("on_entry")));
            }
        } catch (RuntimeException e) {
            detach();
            throw e;
        }
    }

    @Override
    public int poll(Duration timeout) {
        return events.poll(timeout);
    }

    /** {@return what could not be told, so far} */
    Loss loss() {
        return new Loss(
                bpf.variable("lost").getLong(),
                bpf.variable("lost_requests").getLong(),
                bpf.variable("lost_responses").getLong(),
                bpf.variable("not_followed").getLong(),
                ofCalls.stream().mapToLong(program -> misses(bpf.program(program))).sum());
    }

    private static long misses(Program program) {
        return InfoCommands.program(program.kernel(), program.fd()).misses();
    }

    @Override
    public void detach() {
        for (Link link : links) {
            link.close();
        }
        links.clear();
    }

    @Override
    public void close() {
        detach();
        events.close();
        bpf.close();
    }
}
