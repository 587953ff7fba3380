package dev.purebpf.cli.trace;

import dev.purebpf.BpfMap;
import dev.purebpf.BpfObject;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.ProgramSpec;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.session.EventFields;
import dev.purebpf.cli.session.ObjectTracer;
import dev.purebpf.cli.session.Progress;
import dev.purebpf.error.KernelException;
import dev.purebpf.event.EventBuffer;
import dev.purebpf.event.EventHandler;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.MapType;
import dev.purebpf.link.ProgramType;
import dev.purebpf.probe.Probe;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The eBPF programs in the kernel, from loading to detaching. One thread uses it. */
final class HitTracer extends ObjectTracer {
    /** For a probe whose program serves others, too. */
    private static final int SHARED = -1;

    /** How many places of USDT probes there can be, and the maps of libbpf's header for them. */
    private static final int MARKS = 4096;

    private static final List<String> MARK_MAPS =
            List.of("__bpf_usdt_specs", "__bpf_usdt_ip_to_spec_id");

    private static final int PERF_PAGES = 256;

    private final List<TracedProbe> probes;
    private final RefusedPlaces refused = new RefusedPlaces(this::add);

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
        int[] slots = slots(probes, cookies);
        BpfObject object = read("trace");
        watch(object, options.target(), kernel);
        object.set("use_perf_buffer", perf)
                .set("use_cookies", cookies)
                .set("count_only", options.count())
                .set("with_stacks", options.stacks())
                .set("own_probe", probesOfSlots(slots));
        object.map("layouts").maxEntries(probes.size());
        if (!options.stacks()) {
            object.map("births").maxEntries(1);
        }
        if (!options.stacks() || !options.count()) {
            // It takes megabytes, whether it is used or not.
            object.map("stacks").maxEntries(1);
        }
        if (perf) {
            object.map("events").type(MapType.PERF_EVENT_ARRAY).maxEntries(0);
        }
        select(object, probes, slots);
        HitTracer tracer =
                new HitTracer(
                        load(object, kernel, probes, slots),
                        loaded ->
                                perf
                                        ? loaded.perfBuffer("events", PERF_PAGES, handler)
                                        : loaded.ringBuffer("events", handler),
                        probes);
        tracer.attach(
                () -> {
                    tracer.tellLayouts();
                    tracer.attachAll(cookies, slots);
                });
        return tracer;
    }

    /**
     * {@return for each probe the number of the program that serves it alone; {@link #SHARED} for
     * those that share one}
     */
    private static int[] slots(List<TracedProbe> probes, boolean cookies) {
        int[] slots = new int[probes.size()];
        int taken = 0;
        for (int i = 0; i < slots.length; i++) {
            slots[i] = probes.get(i).program().isOwn(cookies) ? taken++ : SHARED;
        }
        if (taken > HitProgram.SLOTS) {
            throw new CommandFailure(
                    taken
                            + " probes are too many at once: "
                            + (cookies
                                    ? "of fentry, fexit, tp_btf and rawtracepoint"
                                    : "this kernel has no BPF cookies (5.15), and without them")
                            + " there can be "
                            + HitProgram.SLOTS
                            + "; name fewer");
        }
        return slots;
    }

    /** {@return by the number of a program: which probe it serves} */
    private static int[] probesOfSlots(int[] slots) {
        int[] probes = new int[HitProgram.SLOTS];
        for (int i = 0; i < slots.length; i++) {
            if (slots[i] != SHARED) {
                probes[slots[i]] = i;
            }
        }
        return probes;
    }

    private static String program(TracedProbe probe, int slot) {
        return probe.program().function(slot == SHARED ? 0 : slot);
    }

    /** Says which programs to load, and what for. */
    private static void select(BpfObject object, List<TracedProbe> probes, int[] slots) {
        for (ProgramSpec program : object.programs()) {
            program.autoload(program.name().startsWith("on_"));
        }
        boolean marks = false;
        for (int i = 0; i < slots.length; i++) {
            TracedProbe probe = probes.get(i);
            ProgramSpec program = object.program(program(probe, slots[i])).autoload(true);
            probe.program()
                    .attachType()
                    .ifPresent(
                            type -> program.type(ProgramType.TRACING, type).target(probe.target()));
            marks |= probe.program() == HitProgram.MARK;
        }
        for (String map : MARK_MAPS) {
            object.map(map).autocreate(marks).maxEntries(MARKS);
        }
    }

    private static LoadedObject load(
            BpfObject object, Kernel kernel, List<TracedProbe> probes, int[] slots) {
        try {
            return object.load(LoadOptions.defaults().withKernel(kernel));
        } catch (KernelException e) {
            for (int i = 0; i < slots.length; i++) {
                TracedProbe probe = probes.get(i);
                // What a program is loaded for is what the kernel may have refused.
                if (!probe.target().isEmpty()
                        && e.operation().endsWith(" " + program(probe, slots[i]))) {
                    throw new CommandFailure(
                            probe.name() + " cannot be traced: " + e.getMessage(), e);
                }
            }
            throw e;
        }
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
    private void attachAll(boolean cookies, int[] slots) {
        add(Probe.attach(bpf().program("on_fork")));
        add(Probe.attach(bpf().program("on_exec")));
        Map<TracedProbe.Group, List<TracedProbe.Place>> groups = new LinkedHashMap<>();
        Map<TracedProbe.Group, Program> programs = new HashMap<>();
        try (Progress progress = Progress.ofProbes(slots.length)) {
            for (int i = 0; i < slots.length; i++) {
                TracedProbe probe = probes.get(i);
                Program program = bpf().program(program(probe, slots[i]));
                progress.reached(i);
                switch (probe.attachment()) {
                    case TracedProbe.Single single -> add(single.attach(program, cookie(slots, i)));
                    case TracedProbe.Matched matched -> {
                        long cookie = cookie(slots, i);
                        refused.attach(i, () -> matched.single().attach(program, cookie));
                    }
                    case TracedProbe.Member member -> {
                        programs.put(member.group(), program);
                        groups.computeIfAbsent(member.group(), _ -> new ArrayList<>())
                                .add(new TracedProbe.Place(member.place(), i));
                    }
                }
            }
        }
        groups.forEach((group, places) -> refused.attach(group, programs.get(group), places));
        refused.requireSome();
        add(Probe.attach(bpf().program("on_exit")));
    }

    private static long cookie(int[] slots, int probe) {
        return slots[probe] == SHARED ? probe : 0;
    }

    /** {@return the names of the probes that the kernel did not allow, and that patterns named} */
    List<String> refused() {
        return refused.numbers().stream().map(number -> probes.get(number).name()).toList();
    }

    /** {@return the hits that could not be sent or counted, so far} */
    long lost() {
        return bpf().variable("lost").getLong();
    }

    /** {@return the addresses of a stack that is counted; none for a negative key} */
    long[] stack(int key) {
        if (key < 0) {
            return new long[0];
        }
        BpfMap stacks = bpf().map("stacks");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocateFrom(ValueLayout.JAVA_INT, key);
            MemorySegment value = arena.allocate(stacks.valueSize(), 8);
            long[] addresses =
                    stacks.lookup(number, value)
                            ? value.toArray(ValueLayout.JAVA_LONG)
                            : new long[0];
            int count = 0;
            while (count < addresses.length && addresses[count] != 0) {
                count++;
            }
            return Arrays.copyOf(addresses, count);
        }
    }

    /**
     * {@return how often which process has hit what, the most hits first}
     *
     * @param stacks names what led to the hits, if that is counted apart
     */
    List<HitCount> counts(HitStacks stacks) {
        List<HitCount> counts = new ArrayList<>();
        BpfMap hits = bpf().map("hits");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(hits.keySize(), 8);
            MemorySegment value = arena.allocate(hits.valueSize(), 8);
            boolean more = hits.nextKey(MemorySegment.NULL, key);
            MemorySegment next = arena.allocate(hits.keySize(), 8);
            while (more) {
                if (hits.lookup(key, value)) {
                    int pid = key.get(ValueLayout.JAVA_INT, 0);
                    HitStack stack =
                            stacks.of(
                                    pid,
                                    key.get(ValueLayout.JAVA_INT, 8),
                                    key.get(ValueLayout.JAVA_INT, 12),
                                    this::stack);
                    counts.add(
                            new HitCount(
                                    probes.get(key.get(ValueLayout.JAVA_INT, 4)).name(),
                                    pid,
                                    EventFields.command(value, 8),
                                    value.get(ValueLayout.JAVA_LONG, 0),
                                    stack));
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
