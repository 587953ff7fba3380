package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.Session;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.event.EventHandler;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;

/** Traces hits of probes. */
final class TraceSession extends Session<HitTracer> implements EventHandler {
    private final TraceOptions options;
    private final HitEvent event = new HitEvent();
    private List<TracedProbe> probes;
    private HitWriter writer;

    TraceSession(TraceOptions options) {
        super(options.target());
        this.options = options;
    }

    @Override
    protected void prepare() {
        probes = probes();
    }

    @Override
    protected HitTracer start() {
        return HitTracer.start(options, probes, this);
    }

    @Override
    protected void flush(HitTracer tracer) {
        writer.flush();
    }

    @Override
    protected void conclude(HitTracer tracer) {
        if (options.count()) {
            writer.write(tracer.counts());
        }
        writer.writeLosses(tracer.lost(), tracer.notFollowed());
        writer.flush();
        sayLosses(tracer.lost(), tracer.notFollowed());
    }

    private List<TracedProbe> probes() {
        Map<String, TracedProbe> found = new LinkedHashMap<>();
        for (ProbePattern pattern : options.probes()) {
            for (TracedProbe probe : pattern.probes(options.target().pid(), options.arguments())) {
                found.putIfAbsent(probe.name(), probe);
            }
        }
        ProbePattern.requireFew(found.size());
        return List.copyOf(found.values());
    }

    /** Where standard error is the trace for a program to read, that says it already. */
    private void sayLosses(long lost, long notFollowed) {
        if (options.json() && options.target().usesStandardError()) {
            return;
        }
        if (lost > 0) {
            System.err.println(
                    "purebpf: "
                            + (lost == 1 ? "1 hit was" : lost + " hits were")
                            + " lost: they came faster than they could be read. --count loses"
                            + " none for that reason.");
        }
        sayNotFollowed(notFollowed);
    }

    @Override
    public void onEvent(MemorySegment data, long offset, int length) {
        event.wrap(data, offset, length);
        writer.write(event, probes.get(event.probe()).layout());
    }

    @Override
    protected void open(CommandOutput output) {
        long offset = WallClock.machineOffset();
        writer =
                options.json()
                        ? new JsonWriter(output, WallClock.instant(offset))
                        : new TextWriter(
                                output, WallClock.timeOfDay(offset, TimeZone.getDefault()));
    }
}
