package dev.purebpf.cli.syscalls;

import dev.purebpf.cli.Choice;
import dev.purebpf.cli.Command;
import dev.purebpf.cli.OutputFormat;
import dev.purebpf.cli.session.BufferSize;
import dev.purebpf.cli.session.Target;
import dev.purebpf.cli.syscalls.SyscallsOptions.Buffer;
import dev.purebpf.cli.syscalls.SyscallsOptions.Color;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

import java.util.List;

/** {@code purebpf syscalls}: its options and its help. */
public final class SyscallsCommand implements Command {

    private static final String HELP =
            """
            Usage: purebpf syscalls [OPTION...] [--] CMD [ARG...]
                   purebpf syscalls [OPTION...] -p PID
                   purebpf syscalls [OPTION...]
            Prints each system call as it ends: when it began, pid/tid, name, arguments,
            result and duration in seconds. Traces CMD and its children, a process, or the
            whole machine. With CMD the trace goes to standard error, otherwise to standard
            output. Calls that came too fast to be read are counted and reported.

              -p, --pid PID           Trace this process and its threads until it exits.
              -o, --file FILE         Write the trace to FILE.
                  --summary           At the end add a table: calls, errors and time of each
                                      call.
                  --summary-only      Print only that table.
                  --output FORMAT     text for people (the default) or json: one object a
                                      line.
                  --color WHEN        auto (the default), always or never.
                  --buffer KIND       ring (Linux 5.8), perf, or auto (the default): ring
                                      where there is one.
                  --buffer-size SIZE  Room for events on their way, such as 512K or 64M:
                                      8M for a ring, 1M for each CPU with perf. Bigger
                                      loses less.
                  --debug             Show the verifier's statistics, and the whole story of
                                      errors.
              -h, --help              Show this.

            Examples:
              purebpf syscalls -- ls -l /
              purebpf syscalls --summary-only -- make
              purebpf syscalls -p 1234 --output json | jq 'select(.error)'
              purebpf syscalls -o /tmp/trace -- ./server --port 8080

            Exit code: that of CMD (128 + the number of the signal that killed it),
            otherwise 0 when done, 1 when it failed, 2 on wrong usage. Ctrl-C ends the
            tracing of a process or the machine; with CMD it goes to CMD, as SIGTERM does,
            and tracing ends when that does. What it left running goes on untraced.
            """;

    /** Makes the command. */
    public SyscallsCommand() {}

    @Override
    public String name() {
        return "syscalls";
    }

    @Override
    public String purpose() {
        return "who calls what: strace without ptrace";
    }

    @Override
    public String help() {
        return HELP;
    }

    @Override
    public Options options() {
        Options options = new Options();
        Target.addTo(options);
        options.addOption(null, "summary", false, null);
        options.addOption(null, "summary-only", false, null);
        OutputFormat.addTo(options);
        options.addOption(null, "color", true, null);
        options.addOption(null, "buffer", true, null);
        BufferSize.addTo(options);
        return options;
    }

    @Override
    public int run(CommandLine options, List<String> operands, boolean debug) {
        return new SyscallsSession(read(options, operands, debug)).run();
    }

    private static SyscallsOptions read(CommandLine options, List<String> command, boolean debug) {
        return new SyscallsOptions(
                Target.read(options, command),
                !options.hasOption("summary-only"),
                options.hasOption("summary") || options.hasOption("summary-only"),
                OutputFormat.isJson(options),
                Choice.of(options, "color", Color.values(), Color.AUTO),
                Choice.of(options, "buffer", Buffer.values(), Buffer.AUTO),
                BufferSize.of(options),
                debug);
    }
}
