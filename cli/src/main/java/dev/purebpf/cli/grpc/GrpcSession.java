package dev.purebpf.cli.grpc;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.Session;
import dev.purebpf.cli.session.TracedCommand;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.error.BpfException;

import java.util.ArrayList;
import java.util.List;

/** Traces calls of gRPC. */
final class GrpcSession extends Session<GrpcTracer> {
    private final GrpcOptions options;
    private final ProgramSearch search;
    private final List<Integer> started = new ArrayList<>();
    private CallWriter writer;
    private Calls calls;
    private boolean isFull;

    /**
     * Prepares a tracing.
     *
     * @param options what to trace
     * @param search finds the programs
     */
    GrpcSession(GrpcOptions options, ProgramSearch search) {
        super(options.target(), options.json());
        this.options = options;
        this.search = search;
    }

    @Override
    protected void prepare() {
        if (options.target().pid() != 0) {
            search.require(options.target().pid());
        } else if (!options.target().command().isEmpty()) {
            search.look(TracedCommand.find(options.target().command().getFirst()).toPath());
        }
    }

    @Override
    protected GrpcTracer start() {
        HeaderEvents events =
                new HeaderEvents(
                        calls,
                        number -> search.found().get(number).program().memory(),
                        started::add);
        GrpcTracer tracer = GrpcTracer.start(options, untilTheEnd(events));
        calls.ask(tracer);
        try {
            if (options.target().isWholeMachine()) {
                // Only now: from here on it is told what starts, so that nothing is missed between.
                search.lookAround();
            }
            for (ProgramSearch.Found found : search.found()) {
                if (!options.target().isWholeMachine()) {
                    tracer.follow(found);
                } else if (!isFull) {
                    follow(tracer, found);
                }
            }
        } catch (RuntimeException e) {
            tracer.close();
            throw e;
        }
        return tracer;
    }

    @Override
    protected void flush(GrpcTracer tracer) {
        for (int pid : started) {
            if (!isFull) {
                search.lookAt(pid).ifPresent(found -> follow(tracer, found));
            }
        }
        started.clear();
        writer.flush();
    }

    /** One program of many must not end the tracing of the others: it may be gone by now. */
    private void follow(GrpcTracer tracer, ProgramSearch.Found found) {
        try {
            tracer.follow(found);
        } catch (CommandFailure | BpfException e) {
            isFull = e instanceof CommandFailure;
            System.err.println(
                    "purebpf: "
                            + found.path()
                            + (isFull ? " and all later programs are" : " is")
                            + " not followed: "
                            + e.getMessage());
        }
    }

    @Override
    protected void conclude(GrpcTracer tracer) {
        calls.closeAll(unread() > 0);
        Loss loss = tracer.loss();
        writer.write(loss);
        writer.flush();
        say(loss);
        if (search.found().isEmpty()) {
            System.err.println("purebpf: nothing that ran is a Go program with gRPC.");
        }
    }

    private void say(Loss loss) {
        if (loss.events() > 0) {
            say(
                    loss.events()
                            + " header blocks and ends were lost, with them the beginning of "
                            + loss.requests()
                            + " calls and the end of "
                            + loss.calls()
                            + ": they came faster than they could be read. A bigger"
                            + " --buffer-size or a smaller --capture loses less.");
        }
        if (loss.handled() > 0) {
            say(
                    (loss.handled() == 1 ? "1 call was" : loss.handled() + " calls were")
                            + " served by net/http (grpc.Server.ServeHTTP), which is not looked"
                            + " into.");
        }
        sayNotFollowed(loss.notFollowed());
    }

    @Override
    protected void open(CommandOutput output) {
        writer =
                options.json()
                        ? new JsonWriter(output, WallClock.instant())
                        : new TextWriter(output, WallClock.timeOfDay(), options.headers());
        calls = new Calls(writer::write);
    }
}
