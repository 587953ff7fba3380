package dev.purebpf.cli.go;

import dev.purebpf.BpfObject;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.ProgramSpec;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.session.ObjectTracer;
import dev.purebpf.cli.session.Progress;
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

/** The eBPF program in the kernel, from loading to detaching. One thread uses it. */
final class GoTracer extends ObjectTracer {
    /** {@code struct place} of {@code go.bpf.c}: the number of steps, then the steps. */
    private static final int PLACE_SIZE = 8 + Step.MOST * Step.SIZE;

    /** The bits of an address that are the same wherever a file is mapped. */
    private static final long IN_PAGE = 0xfff;

    private static final String AT_PLACE = "at_place";
    private static final String AT_PLACES = "at_places";

    private final GoBinary binary;
    private final List<Place> places;

    private GoTracer(LoadedObject bpf, EventHandler handler, GoBinary binary, List<Place> places) {
        super(bpf, loaded -> loaded.ringBuffer("events", handler));
        this.binary = binary;
        this.places = places;
    }

    /**
     * Loads and attaches.
     *
     * @param options what to watch
     * @param binary the program's file
     * @param path that file's name for probes
     * @param places where to look
     * @param handler takes the events
     * @return the running tracer, which has to be closed
     */
    static GoTracer start(
            GoOptions options,
            GoBinary binary,
            String path,
            List<Place> places,
            EventHandler handler) {
        Kernel kernel = Kernel.host();
        boolean cookies = kernel.features().has(Feature.COOKIE);
        boolean together = kernel.features().has(Feature.UPROBE_MULTI);
        int dataSize = places.stream().mapToInt(Place::dataSize).max().orElseThrow();
        long inThread = binary.goroutineInThread(places.stream().map(Place::function).toList());
        BpfObject object = read("go");
        watch(object, options.target(), kernel);
        object.set("use_cookies", cookies)
                .set("data_size", dataSize)
                .set("event_size", GoEvent.DATA + dataSize + Step.MOST_READ)
                .set("address_mask", binary.isFixed() ? -1L : IN_PAGE)
                .set("goroutine_number", inThread < 0 ? 0 : binary.goroutineNumber())
                .set("goroutine_in_thread", Math.max(0, inThread));
        object.map("places").maxEntries(places.size());
        for (ProgramSpec program : object.programs()) {
            if (program.name().startsWith(AT_PLACE)) {
                program.autoload(program.name().equals(together ? AT_PLACES : AT_PLACE));
            }
        }
        LoadedObject bpf = object.load(LoadOptions.defaults().withKernel(kernel));
        GoTracer tracer = new GoTracer(bpf, handler, binary, places);
        tracer.attach(
                () -> {
                    tracer.tellPlaces();
                    if (!cookies) {
                        tracer.tellAddresses();
                    }
                    tracer.attachAll(path, options.target().pid(), cookies, together);
                });
        return tracer;
    }

    private void tellPlaces() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment value = arena.allocate(PLACE_SIZE, 8);
            for (int i = 0; i < places.size(); i++) {
                List<Step> steps = places.get(i).steps();
                key.set(ValueLayout.JAVA_INT, 0, i);
                value.set(ValueLayout.JAVA_LONG, 0, steps.size());
                for (int step = 0; step < steps.size(); step++) {
                    steps.get(step).writeTo(value, 8 + (long) step * Step.SIZE);
                }
                bpf().map("places").put(key, value);
            }
        }
    }

    private void tellAddresses() {
        long mask = binary.isFixed() ? -1L : IN_PAGE;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment other = arena.allocate(ValueLayout.JAVA_INT);
            for (int i = 0; i < places.size(); i++) {
                for (long address : places.get(i).addresses()) {
                    key.set(ValueLayout.JAVA_LONG, 0, address & mask);
                    value.set(ValueLayout.JAVA_INT, 0, i);
                    if (bpf().map("addresses").lookup(key, other)) {
                        throw new CommandFailure(
                                "two of the functions cannot be told apart: this kernel has no BPF"
                                    + " cookies (5.15), and the program is position-independent;"
                                    + " name fewer functions");
                    }
                    bpf().map("addresses").put(key, value);
                }
            }
        }
    }

    /**
     * What says who is watched comes first, so that the exec that begins the watching is itself
     * seen; what forgets processes comes last.
     */
    private void attachAll(String path, int pid, boolean cookies, boolean together) {
        List<UprobeMulti.Place> targets = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            for (long address : places.get(i).addresses()) {
                targets.add(
                        new UprobeMulti.Place("", binary.fileOffset(address), 0, cookies ? i : 0));
            }
        }
        add(Probe.attach(bpf().program("on_fork")));
        add(Probe.attach(bpf().program("on_exec")));
        if (together) {
            UprobeMulti all = UprobeMulti.of(path, targets);
            add((pid == 0 ? all : all.inProcess(pid)).attach(bpf().program(AT_PLACES)));
        } else {
            Program program = bpf().program(AT_PLACE);
            try (Progress progress = Progress.ofProbes(targets.size())) {
                for (int i = 0; i < targets.size(); i++) {
                    UprobeMulti.Place target = targets.get(i);
                    progress.reached(i);
                    Uprobe one = Uprobe.ofOffset(path, target.offset()).withCookie(target.cookie());
                    add((pid == 0 ? one : one.inProcess(pid)).attach(program));
                }
            }
        }
        add(Probe.attach(bpf().program("on_exit")));
    }

    /** {@return the hits that could not be sent, so far} */
    long lost() {
        return bpf().variable("lost").getLong();
    }
}
