package dev.purebpf.cli.http;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.Session;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.kernel.Kernel;

/** Traces exchanges of HTTP. */
final class HttpSession extends Session<HttpTracer> {
    private final HttpOptions options;
    private ExchangeWriter writer;
    private Connections connections;

    HttpSession(HttpOptions options) {
        super(options.target(), options.json());
        this.options = options;
    }

    @Override
    protected HttpTracer start() {
        return HttpTracer.start(options, untilTheEnd(connections));
    }

    @Override
    protected void flush(HttpTracer tracer) {
        writer.flush();
    }

    @Override
    protected void conclude(HttpTracer tracer) {
        connections.close();
        Loss loss = tracer.loss(connections.unseen(), connections.givenUp());
        writer.write(loss);
        writer.flush();
        say(loss);
    }

    private void say(Loss loss) {
        if (loss.pieces() > 0) {
            say(
                    loss.pieces()
                            + " reads and writes were lost, with them the beginning of "
                            + loss.requests()
                            + " requests and "
                            + loss.responses()
                            + " answers: they came faster than they could be read. A bigger"
                            + " --buffer-size or a smaller --capture loses less.");
        }
        if (loss.skipped() > 0) {
            say(
                    loss.skipped()
                            + " calls, of any process, were not seen: the kernel was busy with"
                            + " another on that processor. Exchanges may be missing.");
        }
        if (loss.unseen() > 0) {
            say(
                    loss.unseen()
                            + " times something passed on a connection that was not seen: a call"
                            + " that the kernel did not tell of, or a way that is not looked at,"
                            + " such as io_uring, sendmmsg, or another process. Its exchanges are"
                            + " marked (cut).");
        }
        if (loss.givenUp() > 0) {
            say(
                    loss.givenUp()
                            + " connections were given up in the middle of an exchange, those that"
                            + " had been silent longest: all together were too many, or took half"
                            + " of the memory. Their exchanges are marked (cut). With -p or a"
                            + " command there are fewer to follow.");
        }
        sayNotFollowed(loss.notFollowed());
    }

    @Override
    protected void open(CommandOutput output) {
        writer =
                options.json()
                        ? new JsonWriter(output, WallClock.instant())
                        : new TextWriter(output, WallClock.timeOfDay(), options.headers());
        connections =
                new Connections(
                        new ProcessIdentities(Kernel.host()),
                        writer::write,
                        Runtime.getRuntime().maxMemory() / 2);
    }
}
