package dev.purebpf.cli.grpc;

import dev.purebpf.cli.Command;
import dev.purebpf.cli.OutputFormat;
import dev.purebpf.cli.session.BufferSize;
import dev.purebpf.cli.session.Capture;
import dev.purebpf.cli.session.Target;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

import java.util.List;

/** {@code purebpf grpc}: its options and its help. */
public final class GrpcCommand implements Command {
    private static final int USUAL_CAPTURE = 1024;

    private static final String HELP =
            """
            Usage: purebpf grpc [OPTION...] -p PID
                   purebpf grpc [OPTION...] [--] CMD [ARG...]
                   purebpf grpc [OPTION...] -a
            Prints each call of gRPC that a Go program serves or makes, when it has ended: when
            it began, command/pid, < peer of a server or > peer of a client, method, status, and
            the seconds from its headers to its trailers. A call that ended otherwise, as by a
            deadline or with its connection, ends with (reset): a client has the status of such
            a call that it gives it itself, a server has none. A call that goes on when the tracing
            ends, ends with (open). What is not known is -, and a call of which something was
            not seen ends with (cut). Traces a process, CMD and its children,
            or the whole machine. With CMD the trace goes to standard error, otherwise to
            standard output. What came too fast to be read is counted and reported.

              -p, --pid PID           Trace this process and its threads until it exits.
              -a, --all               Trace the whole machine.
              -o, --file FILE         Write the trace to FILE.
                  --headers           Print all headers and trailers below each call.
                  --output FORMAT     text for people (the default) or json: one object a
                                      line, with everything.
                  --capture BYTES     Look at so many bytes of each header block: 1024, from 64
                                      to 8192. Fewer lose less, and cut more. Of a block 64
                                      fields are shown at most.
                  --buffer-size SIZE  Room for events on their way, such as 512K or 64M:
                                      32M. Bigger loses less.
                  --debug             Show the whole story of errors.
              -h, --help              Show this.

            Looks into gRPC-Go itself, so headers are seen as they are before they are
            compressed and encrypted. Where things are the program's debugging information tells;
            without that, its version of gRPC has to be one that is known, and a client's own
            status is not. Calls that net/http serves (grpc.Server.ServeHTTP) are only counted.
            Programs that CMD or the machine starts are looked at as they start: their first
            calls may be missed.

            Examples:
              purebpf grpc -p 1234
              purebpf grpc --headers -- ./client localhost:50051
              purebpf grpc -a --output json | jq 'select(.status != "OK")'

            Exit code: that of CMD (128 + the number of the signal that killed it),
            otherwise 0 when done, 1 when it failed, 2 on wrong usage. Ctrl-C ends the
            tracing of a process or the machine; with CMD it goes to CMD, as SIGTERM does,
            and tracing ends when that does.
            """;

    /** Makes the command. */
    public GrpcCommand() {}

    @Override
    public String name() {
        return "grpc";
    }

    @Override
    public String purpose() {
        return "calls of gRPC that Go programs serve and make";
    }

    @Override
    public String help() {
        return HELP;
    }

    @Override
    public Options options() {
        Options options = new Options();
        Target.addWithAllTo(options);
        options.addOption(null, "headers", false, null);
        OutputFormat.addTo(options);
        Capture.addTo(options);
        BufferSize.addTo(options);
        return options;
    }

    @Override
    public int run(CommandLine options, List<String> command, boolean debug) {
        GrpcOptions grpc =
                new GrpcOptions(
                        Target.readOne(options, command),
                        options.hasOption("headers"),
                        OutputFormat.isJson(options),
                        Capture.of(options, USUAL_CAPTURE),
                        BufferSize.of(options));
        try (ProgramSearch search = new ProgramSearch()) {
            return new GrpcSession(grpc, search).run();
        }
    }
}
