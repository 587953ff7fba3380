package dev.purebpf.cli.go;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.Session;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.event.EventHandler;
import dev.purebpf.go.GoCall;
import dev.purebpf.go.GoSignature.Parameter;
import dev.purebpf.go.GoType;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Traces calls of functions of a Go program. */
final class GoSession extends Session<GoTracer> implements EventHandler {
    /** Each takes its time to attach. */
    private static final int MOST = 1024;

    private static final int FEW = 3;

    private final GoOptions options;
    private final GoBinary binary;
    private final String path;
    private final GoEvent event = new GoEvent();
    private final Call call = new Call();
    private final List<Place> places = new ArrayList<>();
    private CallWriter writer;
    private OpenCalls open;

    /**
     * Prepares a tracing.
     *
     * @param options what to trace
     * @param binary the program
     * @param path its file's name for probes
     */
    GoSession(GoOptions options, GoBinary binary, String path) {
        super(options.target(), options.json());
        this.options = options;
        this.binary = binary;
        this.path = path;
    }

    @Override
    protected void prepare() {
        List<GoFunction> functions = functions();
        for (GoFunction function : functions) {
            addPlaces(function);
        }
        if (!isErrorTaken()) {
            sayWhatIsNotShown(functions);
        }
    }

    private void addPlaces(GoFunction function) {
        List<Long> begin = List.of(function.begin());
        List<Long> ends = new ArrayList<>(options.returns() ? binary.returns(function) : List.of());
        boolean isKnown = function.call() != null;
        List<Parameter> parameters = isKnown ? function.signature().parameters() : List.of();
        List<Parameter> results = isKnown ? function.signature().results() : List.of();
        CapturePlan.Result given =
                isKnown && !ends.isEmpty() ? plan(results, function.call().results()) : null;
        if (ends.removeAll(begin)) {
            // By two probes of one instruction the end would come before the beginning.
            CapturePlan.Result all = isKnown ? planOfAll(function) : null;
            int count = parameters.size();
            Place end =
                    new Place(
                            function,
                            true,
                            begin,
                            isKnown ? all.part(count, count + results.size()) : null,
                            null);
            places.add(new Place(function, false, begin, isKnown ? all.part(0, count) : null, end));
        } else {
            CapturePlan.Result taken =
                    isKnown ? plan(parameters, function.call().parameters()) : null;
            places.add(new Place(function, false, begin, taken, null));
        }
        if (!ends.isEmpty()) {
            places.add(new Place(function, true, ends, given, null));
        }
    }

    private CapturePlan.Result planOfAll(GoFunction function) {
        List<Parameter> values = new ArrayList<>(function.signature().parameters());
        values.addAll(function.signature().results());
        List<List<GoCall.Part>> parts = new ArrayList<>(function.call().parameters());
        parts.addAll(function.call().results());
        return plan(values, parts);
    }

    private List<GoFunction> functions() {
        List<GoFunction> found = binary.find(options.functions());
        if (found.size() > MOST) {
            throw new CommandFailure(
                    found.size()
                            + " functions are too many at once; "
                            + MOST
                            + " is the limit, so name fewer");
        }
        if (options.arguments() == null && options.results() == null) {
            return found;
        }
        if (found.size() > 1) {
            throw new CommandFailure(
                    "--args and --results declare what one function takes and gives; these are "
                            + found.size());
        }
        return List.of(
                found.getFirst()
                        .declared(
                                options.arguments() == null ? List.of() : options.arguments(),
                                options.results() == null ? List.of() : options.results()));
    }

    private void sayWhatIsNotShown(List<GoFunction> functions) {
        Map<String, List<String>> problems = new LinkedHashMap<>();
        for (GoFunction function : functions) {
            if (function.problem() != null) {
                problems.computeIfAbsent(function.problem(), any -> new ArrayList<>())
                        .add(function.name());
            }
            // Of many, who wants to know may ask --list.
            if (function.isInlined() && functions.size() <= FEW) {
                Set<String> copies = binary.copiesOf(function);
                if (!copies.isEmpty()) {
                    say(
                            function.name()
                                    + " is also inlined into "
                                    + InlinedCopies.say(copies)
                                    + ": these calls of it are not shown.");
                }
            }
        }
        problems.forEach(
                (problem, names) ->
                        say(
                                "What "
                                        + (names.size() > FEW
                                                ? names.size() + " of the functions take"
                                                : String.join(", ", names)
                                                        + (names.size() == 1 ? " takes" : " take"))
                                        + " is not shown: "
                                        + problem
                                        + "."));
        for (Place place : places) {
            String register = place.capture() == null ? null : place.capture().unreadable();
            if (register != null) {
                say(
                        "Floating point numbers in registers, which eBPF programs cannot read, are"
                                + " shown as <"
                                + register
                                + ">.");
                break;
            }
        }
    }

    private CapturePlan.Result plan(List<Parameter> values, List<List<GoCall.Part>> parts) {
        List<GoType> types = values.stream().map(Parameter::type).toList();
        return CapturePlan.of(binary.abi(), types, parts);
    }

    @Override
    protected GoTracer start() {
        return GoTracer.start(options, binary, path, places, untilTheEnd(this));
    }

    @Override
    public void onEvent(MemorySegment data, long offset, int length) {
        event.wrap(data, offset, length);
        Place place = places.get(event.place());
        if (!options.returns()) {
            writer.write(call.set(place, event, null, null));
        } else if (place.end() != null) {
            open.begin(place, event);
            open.end(place.end(), event);
        } else if (place.isReturn()) {
            open.end(place, event);
        } else {
            open.begin(place, event);
        }
    }

    @Override
    protected void flush(GoTracer tracer) {
        writer.flush();
    }

    @Override
    protected void conclude(GoTracer tracer) {
        open.giveUp();
        writer.writeLosses(tracer.lost(), tracer.notFollowed());
        writer.flush();
        sayLosses(tracer.lost(), tracer.notFollowed());
    }

    private void sayLosses(long lost, long notFollowed) {
        if (lost > 0) {
            say(
                    (lost == 1 ? "1 call was" : lost + " calls were")
                            + " lost: they came faster than they could be read.");
        }
        sayNotFollowed(notFollowed);
    }

    @Override
    protected void open(CommandOutput output) {
        ShownValues values = new ShownValues(binary);
        writer =
                options.json()
                        ? new JsonWriter(output, WallClock.instant(), values, options.returns())
                        : new TextWriter(output, WallClock.timeOfDay(), values, options.returns());
        open = new OpenCalls(writer::write);
    }
}
