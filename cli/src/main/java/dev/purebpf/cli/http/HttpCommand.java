package dev.purebpf.cli.http;

import dev.purebpf.cli.Choice;
import dev.purebpf.cli.Command;
import dev.purebpf.cli.OutputFormat;
import dev.purebpf.cli.http.HttpOptions.Via;
import dev.purebpf.cli.session.BufferSize;
import dev.purebpf.cli.session.Capture;
import dev.purebpf.cli.session.Target;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

import java.util.List;

/** {@code purebpf http}: its options and its help. */
public final class HttpCommand implements Command {
    private static final int USUAL_CAPTURE = 4096;

    private static final String HELP =
            """
            Usage: purebpf http [OPTION...] -p PID
                   purebpf http [OPTION...] [--] CMD [ARG...]
                   purebpf http [OPTION...] -a
            Prints each exchange of HTTP/1.x when its answer is complete: when it began,
            command/pid, < peer of a server or > peer of a client, method, host, path,
            status, bytes of request and answer, and the seconds from the first byte of the
            one to the last of the other. What was not seen is -, and an exchange of which
            something was not seen, or may belong to another, ends with (cut). Traces a
            process, CMD and its children, or the whole machine. With CMD the trace goes to
            standard error, otherwise to standard output. What came too fast to be read is
            counted and reported; so is what TCP's own count of bytes shows to be missing.

              -p, --pid PID           Trace this process and its threads until it exits.
              -a, --all               Trace the whole machine.
              -o, --file FILE         Write the trace to FILE.
                  --headers           Print all header fields below each exchange.
                  --output FORMAT     text for people (the default) or json: one object a
                                      line, with everything (docs/json.md says what).
                  --via WAY           kprobe: at the calls that read and write; tracepoint:
                                      at the tracepoint of all calls; or auto (the
                                      default): kprobe where the kernel has them.
                  --capture BYTES     Look at so many bytes of each buffer, and its last 256:
                                      4096, from 64 to 8192. Fewer lose less, and cut
                                      longer heads.
                  --buffer-size SIZE  Room for events on their way, such as 512K or 64M:
                                      16M. Bigger loses less.
                  --debug             Show the whole story of errors.
              -h, --help              Show this.

            Sees what goes through sockets in the clear: no TLS, no HTTP/2, nothing that is
            read or written by io_uring, sendmmsg, recvmmsg or 32-bit programs. Of a
            connection that was open before, the first whole exchange on is shown.

            Examples:
              purebpf http -p 1234
              purebpf http -- curl -s http://127.0.0.1:8080/
              purebpf http -a --headers
              purebpf http -a --output json | jq 'select(.response.status >= 500)'

            Exit code: that of CMD (128 + the number of the signal that killed it),
            otherwise 0 when done, 1 when it failed, 2 on wrong usage. Ctrl-C ends the
            tracing of a process or the machine; with CMD it goes to CMD, as SIGTERM does,
            and tracing ends when that does.
            """;

    /** Makes the command. */
    public HttpCommand() {}

    @Override
    public String name() {
        return "http";
    }

    @Override
    public String purpose() {
        return "requests and answers of HTTP/1.x servers and clients";
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
        options.addOption(null, "via", true, null);
        Capture.addTo(options);
        BufferSize.addTo(options);
        return options;
    }

    @Override
    public int run(CommandLine options, List<String> command, boolean debug) {
        HttpOptions http =
                new HttpOptions(
                        Target.readOne(options, command),
                        options.hasOption("headers"),
                        OutputFormat.isJson(options),
                        Choice.of(options, "via", Via.values(), Via.AUTO),
                        Capture.of(options, USUAL_CAPTURE),
                        BufferSize.of(options));
        return new HttpSession(http).run();
    }
}
