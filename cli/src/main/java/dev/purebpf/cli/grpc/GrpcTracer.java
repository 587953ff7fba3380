package dev.purebpf.cli.grpc;

import dev.purebpf.BpfObject;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.session.ObjectTracer;
import dev.purebpf.event.EventHandler;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.Probe;
import dev.purebpf.probe.Uprobe;
import dev.purebpf.probe.UprobeMulti;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The eBPF programs in the kernel, from loading to detaching. One thread uses it. */
final class GrpcTracer extends ObjectTracer implements Calls.OpenCalls {
    /** {@code struct layout} of {@code grpc.bpf.c}: numbers, and from here on addresses. */
    private static final int CODE = 128;

    private static final int LAYOUT_SIZE = CODE + 3 * Long.BYTES;
    private static final int MOST_PROGRAMS = 256;

    /** The programs for all functions, and what of their cookies tells which one. */
    private static final String ON_FUNCTION = "on_function";

    private static final String ON_FUNCTION_AT_ONCE = "on_function_at_once";
    private static final int FUNCTION = 0x10000;

    /** {@code struct stream_key} of {@code grpc.bpf.c}. */
    private static final int KEY_SIZE = 16;

    private final int pid;
    private final boolean cookies;
    private final String together;
    private int followed;

    /**
     * Takes what was loaded.
     *
     * @param together the program for all functions; {@code null} if each has one of its own
     */
    private GrpcTracer(
            LoadedObject bpf, EventHandler handler, int pid, boolean cookies, String together) {
        super(bpf, loaded -> loaded.ringBuffer("events", handler));
        this.pid = pid;
        this.cookies = cookies;
        this.together = together;
    }

    /**
     * Loads, and watches who starts what.
     *
     * @param options what to watch
     * @param handler takes the events
     * @return the running tracer, which has to be closed
     */
    static GrpcTracer start(GrpcOptions options, EventHandler handler) {
        Kernel kernel = Kernel.host();
        kernel.features().require(Feature.RING_BUFFER);
        boolean cookies = kernel.features().has(Feature.COOKIE);
        // Of all programs of a machine one may have memory that never comes, such as a file of
        // FUSE: waiting for that, the events of all would wait.
        String together =
                !kernel.features().has(Feature.UPROBE_MULTI)
                        ? null
                        : options.target().isWholeMachine() ? ON_FUNCTION_AT_ONCE : ON_FUNCTION;
        BpfObject object = read("grpc");
        for (TransportFunction function : TransportFunction.values()) {
            object.program(function.program()).autoload(together == null);
        }
        for (String all : List.of(ON_FUNCTION, ON_FUNCTION_AT_ONCE)) {
            object.program(all).autoload(all.equals(together));
        }
        watch(object, options.target(), kernel);
        object.set("use_cookies", cookies).set("capture", options.capture());
        if (options.bufferSize() != 0) {
            object.map("events").maxEntries(options.bufferSize());
        }
        LoadedObject bpf = object.load(LoadOptions.defaults().withKernel(kernel));
        GrpcTracer tracer = new GrpcTracer(bpf, handler, options.target().pid(), cookies, together);
        tracer.attach(tracer::attachToScheduler);
        return tracer;
    }

    private void attachToScheduler() {
        add(Probe.attach(bpf().program("on_exit")));
        add(Probe.attach(bpf().program("on_exec")));
        add(Probe.attach(bpf().program("on_fork")));
    }

    /**
     * Looks at the calls of a program from now on.
     *
     * @param found the program; its number is how many were followed before
     * @throws CommandFailure if there are too many
     */
    void follow(ProgramSearch.Found found) {
        if (followed == MOST_PROGRAMS || followed > 0 && !cookies) {
            throw new CommandFailure(
                    cookies
                            ? "more than " + MOST_PROGRAMS + " programs with gRPC are too many"
                            : "this kernel has no BPF cookies (5.15), and without them only one"
                                    + " program with gRPC can be looked at; trace its process: -p"
                                    + " PID");
        }
        int number = followed++;
        tellLayout(number, found.program());
        if (together != null) {
            attachTogether(found, number);
        } else {
            attachEach(found, number);
        }
    }

    private void attachTogether(ProgramSearch.Found found, int number) {
        List<UprobeMulti.Place> targets = new ArrayList<>();
        for (TransportFunction function : found.program().probed().keySet()) {
            long cookie = (long) function.ordinal() * FUNCTION + number;
            targets.add(new UprobeMulti.Place("", found.program().fileOffset(function), 0, cookie));
        }
        UprobeMulti all = UprobeMulti.of(found.path(), targets);
        add((pid == 0 ? all : all.inProcess(pid)).attach(bpf().program(together)));
    }

    private void attachEach(ProgramSearch.Found found, int number) {
        for (TransportFunction function : found.program().probed().keySet()) {
            Uprobe probe =
                    Uprobe.ofOffset(found.path(), found.program().fileOffset(function))
                            .withCookie(number);
            add(
                    (pid == 0 ? probe : probe.inProcess(pid))
                            .attach(bpf().program(function.program())));
        }
    }

    private void tellLayout(int number, GrpcProgram program) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment value = arena.allocate(LAYOUT_SIZE, 8);
            key.set(ValueLayout.JAVA_INT, 0, number);
            long at = 0;
            for (int[] numbers :
                    new int[][] {
                        program.places().all(),
                        program.layout().offsets().all(),
                        ClientEnd.numbers(program.clientEnd())
                    }) {
                for (int each : numbers) {
                    value.set(ValueLayout.JAVA_INT, at, each);
                    at += Integer.BYTES;
                }
            }
            TransportFunction[] withBlocks = {
                TransportFunction.SERVER_HEADERS,
                TransportFunction.CLIENT_HEADERS,
                TransportFunction.WRITE_HEADER
            };
            at = CODE;
            for (TransportFunction function : withBlocks) {
                value.set(ValueLayout.JAVA_LONG, at, program.probed().getOrDefault(function, 0L));
                at += Long.BYTES;
            }
            bpf().map("layouts").put(key, value);
        }
    }

    @Override
    public Calls.Known find(Calls.Connection connection, int stream) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment lost = arena.allocate(ValueLayout.JAVA_INT);
            if (!bpf().map("streams").lookup(key(arena, connection, stream), lost)) {
                return null;
            }
            return HeaderEvents.known(HeaderEvents.KNOWN | lost.get(ValueLayout.JAVA_INT, 0));
        }
    }

    @Override
    public Calls.Known take(Calls.Connection connection, int stream) {
        Calls.Known known = find(connection, stream);
        try (Arena arena = Arena.ofConfined()) {
            return bpf().map("streams").delete(key(arena, connection, stream)) ? known : null;
        }
    }

    private static MemorySegment key(Arena arena, Calls.Connection connection, int stream) {
        MemorySegment key = arena.allocate(KEY_SIZE, 8);
        key.set(ValueLayout.JAVA_LONG, 0, connection.number());
        key.set(ValueLayout.JAVA_INT, 8, connection.pid());
        key.set(ValueLayout.JAVA_INT, 12, stream);
        return key;
    }

    /** {@return what could not be told, so far} */
    Loss loss() {
        return new Loss(
                bpf().variable("lost").getLong(),
                bpf().variable("lost_requests").getLong(),
                bpf().variable("lost_calls").getLong(),
                notFollowed(),
                bpf().variable("handled").getLong());
    }
}
