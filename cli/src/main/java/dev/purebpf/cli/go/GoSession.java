package dev.purebpf.cli.go;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.Session;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.event.EventHandler;
import dev.purebpf.go.GoCall;
import dev.purebpf.go.GoSignature.Parameter;
import dev.purebpf.go.GoType;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;

/** Traces calls of functions of a Go program. */
final class GoSession extends Session<GoTracer> implements EventHandler {
    private final GoOptions options;
    private final GoBinary binary;
    private final String path;
    private final GoEvent event = new GoEvent();
    private final List<Place> places = new ArrayList<>();
    private CallWriter writer;

    /**
     * Prepares a tracing.
     *
     * @param options what to trace
     * @param binary the program
     * @param path its file's name for probes
     */
    GoSession(GoOptions options, GoBinary binary, String path) {
        super(options.target());
        this.options = options;
        this.binary = binary;
        this.path = path;
    }

    @Override
    protected void prepare() {
        for (GoFunction function : binary.find(options.functions())) {
            places.add(
                    new Place(
                            function,
                            false,
                            List.of(function.begin()),
                            function.call() == null
                                    ? null
                                    : plan(
                                            function.signature().parameters(),
                                            function.call().parameters())));
        }
    }

    private CapturePlan.Result plan(List<Parameter> values, List<List<GoCall.Part>> parts) {
        List<GoType> types = values.stream().map(Parameter::type).toList();
        return CapturePlan.of(binary.abi(), types, parts);
    }

    @Override
    protected GoTracer start() {
        return GoTracer.start(options, binary, path, places, this);
    }

    @Override
    public void onEvent(MemorySegment data, long offset, int length) {
        event.wrap(data, offset, length);
        writer.write(new Call(places.get(event.place()), event, null, null));
    }

    @Override
    protected void flush(GoTracer tracer) {
        writer.flush();
    }

    @Override
    protected void conclude(GoTracer tracer) {
        writer.writeLosses(tracer.lost(), tracer.notFollowed());
        writer.flush();
        sayLosses(tracer.lost(), tracer.notFollowed());
    }

    /** Where standard error is the trace for a program to read, that says it already. */
    private void sayLosses(long lost, long notFollowed) {
        if (options.json() && options.target().usesStandardError()) {
            return;
        }
        if (lost > 0) {
            System.err.println(
                    "purebpf: "
                            + (lost == 1 ? "1 call was" : lost + " calls were")
                            + " lost: they came faster than they could be read.");
        }
        sayNotFollowed(notFollowed);
    }

    @Override
    protected void open(CommandOutput output) {
        long offset = WallClock.machineOffset();
        ShownValues values = new ShownValues(binary);
        writer =
                options.json()
                        ? new JsonWriter(
                                output,
                                WallClock.instant(offset),
                                values,
                                binary.abi(),
                                options.returns())
                        : new TextWriter(
                                output,
                                WallClock.timeOfDay(offset, TimeZone.getDefault()),
                                values,
                                options.returns());
    }
}
