package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.OneLine;
import dev.purebpf.cli.session.Session;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.event.EventHandler;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Traces hits of probes. */
final class TraceSession extends Session<HitTracer> implements EventHandler {
    private static final long LIVE_INTERVAL = TimeUnit.SECONDS.toNanos(1);

    /** How many names people are told: a pattern may stand for thousands. */
    private static final int SHOWN = 20;

    private final TraceOptions options;
    private final HitStacks stacks;
    private final HitEvent event = new HitEvent();
    private HitTracer tracer;
    private List<TracedProbe> probes;
    private HitWriter writer;
    private LiveCounts live;
    private long started;
    private long shown;

    TraceSession(TraceOptions options, HitStacks stacks) {
        super(options.target(), options.json());
        this.options = options;
        this.stacks = stacks;
    }

    @Override
    protected void prepare() {
        probes = probes();
    }

    @Override
    protected HitTracer start() {
        tracer = HitTracer.start(options, probes, untilTheEnd(this));
        if (options.stacks()) {
            stacks.prepare();
        }
        tellRefused(tracer.refused());
        started = System.nanoTime();
        return tracer;
    }

    private void tellRefused(List<String> names) {
        int count = names.size();
        if (count == 0) {
            return;
        }
        writer.writeRefused(names);
        say(
                count
                        + " of "
                        + probes.size()
                        + " probes "
                        + (count == 1 ? "is" : "are")
                        + " left out, as the kernel allows none there: "
                        + OneLine.of(String.join(", ", names.subList(0, Math.min(count, SHOWN))))
                        + (count > SHOWN ? ", …" : ""));
    }

    @Override
    protected boolean isTimeUp() {
        return options.duration() != null
                && System.nanoTime() - started >= options.duration().toNanos();
    }

    @Override
    protected void flush(HitTracer tracer) {
        writer.flush();
        if (live != null && System.nanoTime() - shown >= LIVE_INTERVAL) {
            live.show(tracer.counts(stacks));
            shown = System.nanoTime();
        }
    }

    @Override
    protected void conclude(HitTracer tracer) {
        if (live != null) {
            live.erase();
        }
        if (options.count()) {
            writer.write(tracer.counts(stacks));
        }
        writer.writeLosses(tracer.lost(), tracer.notFollowed());
        writer.flush();
        sayLosses(tracer.lost(), tracer.notFollowed());
    }

    private List<TracedProbe> probes() {
        int pid = options.target().pid();
        Scope scope =
                new Scope(
                        pid == 0 ? -1 : pid,
                        options.arguments(),
                        new KernelTypes(),
                        new KernelFunctions());
        List<TracedProbe> found = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (ProbePattern pattern : options.probes()) {
            // What two patterns name is traced once. Functions of one name remain several.
            List<TracedProbe> more =
                    pattern.source().probes(scope).stream()
                            .filter(probe -> !names.contains(probe.name()))
                            .toList();
            more.forEach(probe -> names.add(probe.name()));
            found.addAll(more);
        }
        requireFew(found);
        return List.copyOf(found);
    }

    private static void requireFew(Collection<TracedProbe> probes) {
        long together =
                probes.stream()
                        .filter(probe -> probe.attachment() instanceof TracedProbe.Member)
                        .count();
        ProbeLimit.TOGETHER.require(together);
        ProbeLimit.SINGLE.require(probes.size() - together);
    }

    private void sayLosses(long lost, long notFollowed) {
        if (lost > 0) {
            say(
                    (lost == 1 ? "1 hit was" : lost + " hits were")
                            + " lost: they came faster than they could be read. --count loses"
                            + " none for that reason.");
        }
        sayNotFollowed(notFollowed);
    }

    @Override
    public void onEvent(MemorySegment data, long offset, int length) {
        event.wrap(data, offset, length);
        if (event.probe() == HitEvent.NEW_PROGRAM) {
            stacks.renew(event);
            return;
        }
        if (options.count()) {
            stacks.counted(event, tracer::stack);
            return;
        }
        writer.write(event, probes.get(event.probe()).layout());
    }

    @Override
    protected void open(CommandOutput output) {
        live = options.isLive() ? new LiveCounts(output) : null;
        writer =
                options.json()
                        ? new JsonWriter(output, WallClock.instant(), stacks)
                        : new TextWriter(output, WallClock.timeOfDay(), stacks);
    }
}
