package dev.purebpf.cli.trace;

import dev.purebpf.BpfMap;
import dev.purebpf.BpfObject;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.ProgramSpec;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.OneLine;
import dev.purebpf.cli.session.ObjectTracer;
import dev.purebpf.event.EventBuffer;
import dev.purebpf.event.EventHandler;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.MapType;
import dev.purebpf.probe.Probe;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The eBPF programs in the kernel, from loading to detaching. One thread uses it. */
final class HitTracer extends ObjectTracer {
    /** The programs of each kind that serve a probe each where there are no cookies. */
    private static final int WITHOUT_COOKIES = 8;

    private static final int PERF_PAGES = 256;
    private static final int COMMAND_SIZE = 16;

    private final List<TracedProbe> probes;

    private HitTracer(
            LoadedObject bpf,
            Function<LoadedObject, EventBuffer> buffer,
            List<TracedProbe> probes) {
        super(bpf, buffer);
        this.probes = probes;
    }

    /**
     * Loads and attaches.
     *
     * @param options what to watch
     * @param probes where
     * @param handler takes the events
     * @return the running tracer, which has to be closed
     */
    static HitTracer start(TraceOptions options, List<TracedProbe> probes, EventHandler handler) {
        Kernel kernel = Kernel.host();
        boolean cookies = kernel.features().has(Feature.COOKIE);
        boolean perf = !kernel.features().has(Feature.RING_BUFFER);
        if (!cookies && probes.size() > WITHOUT_COOKIES) {
            throw new CommandFailure(
                    probes.size()
                            + " probes are too many at once: this kernel has no BPF cookies"
                            + " (5.15), and without them there can be "
                            + WITHOUT_COOKIES
                            + "; name fewer");
        }
        BpfObject object = read("trace");
        watch(object, options.target(), kernel);
        object.set("use_perf_buffer", perf)
                .set("use_cookies", cookies)
                .set("count_only", options.count());
        object.map("layouts").maxEntries(probes.size());
        if (perf) {
            object.map("events").type(MapType.PERF_EVENT_ARRAY).maxEntries(0);
        }
        Set<String> needed = new HashSet<>();
        for (int i = 0; i < probes.size(); i++) {
            needed.add(program(probes.get(i), i, cookies));
        }
        for (ProgramSpec program : object.programs()) {
            if (program.name().startsWith("at_")) {
                program.autoload(needed.contains(program.name()));
            }
        }
        LoadedObject bpf = object.load(LoadOptions.defaults().withKernel(kernel));
        HitTracer tracer =
                new HitTracer(
                        bpf,
                        loaded ->
                                perf
                                        ? loaded.perfBuffer("events", PERF_PAGES, handler)
                                        : loaded.ringBuffer("events", handler),
                        probes);
        tracer.attach(
                () -> {
                    tracer.tellLayouts();
                    tracer.attachAll(cookies);
                });
        return tracer;
    }

    /**
     * {@return the program for a probe: one for all of a kind, or where there are no cookies each
     * its own}
     */
    private static String program(TracedProbe probe, int number, boolean cookies) {
        return probe.program() + (cookies ? 0 : number);
    }

    private void tellLayouts() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment value = arena.allocate(RecordLayout.SIZE, 8);
            for (int i = 0; i < probes.size(); i++) {
                key.set(ValueLayout.JAVA_INT, 0, i);
                probes.get(i).layout().writeTo(value);
                bpf().map("layouts").put(key, value);
            }
        }
    }

    /**
     * What says who is watched comes first, so that the exec that begins the watching is itself
     * seen; what forgets processes comes last, so that their exit is.
     */
    private void attachAll(boolean cookies) {
        add(Probe.attach(bpf().program("on_fork")));
        add(Probe.attach(bpf().program("on_exec")));
        for (int i = 0; i < probes.size(); i++) {
            TracedProbe probe = probes.get(i);
            Program program = bpf().program(program(probe, i, cookies));
            add(probe.attach(program, cookies ? i : 0));
        }
        add(Probe.attach(bpf().program("on_exit")));
    }

    /** {@return the hits that could not be sent or counted, so far} */
    long lost() {
        return bpf().variable("lost").getLong();
    }

    /** {@return how often which process has hit what, the most hits first} */
    List<HitCount> counts() {
        List<HitCount> counts = new ArrayList<>();
        BpfMap hits = bpf().map("hits");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(hits.keySize(), 8);
            MemorySegment value = arena.allocate(hits.valueSize(), 8);
            boolean more = hits.nextKey(MemorySegment.NULL, key);
            MemorySegment next = arena.allocate(hits.keySize(), 8);
            while (more) {
                if (hits.lookup(key, value)) {
                    byte[] command = new byte[COMMAND_SIZE];
                    MemorySegment.copy(value, ValueLayout.JAVA_BYTE, 8, command, 0, COMMAND_SIZE);
                    int length = 0;
                    while (length < COMMAND_SIZE && command[length] != 0) {
                        length++;
                    }
                    counts.add(
                            new HitCount(
                                    probes.get(key.get(ValueLayout.JAVA_INT, 4)).name(),
                                    key.get(ValueLayout.JAVA_INT, 0),
                                    OneLine.of(
                                            new String(command, 0, length, StandardCharsets.UTF_8)),
                                    value.get(ValueLayout.JAVA_LONG, 0)));
                }
                more = hits.nextKey(key, next);
                key.copyFrom(next);
            }
        }
        counts.sort(
                Comparator.comparingLong(HitCount::count)
                        .reversed()
                        .thenComparing(HitCount::probe)
                        .thenComparingInt(HitCount::pid));
        return counts;
    }
}
