package dev.purebpf.cli.trace;

import dev.purebpf.cli.Command;
import dev.purebpf.cli.OneLine;
import dev.purebpf.cli.OutputFormat;
import dev.purebpf.cli.WrongUsage;
import dev.purebpf.cli.session.Operands;
import dev.purebpf.cli.session.Target;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.StackSymbols;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;

/** {@code purebpf trace}: its options and its help. */
public final class TraceCommand implements Command {
    private static final String HELP =
            """
            Usage: purebpf trace [OPTION...] PROBE... -- CMD [ARG...]
                   purebpf trace [OPTION...] -p PID PROBE...
                   purebpf trace [OPTION...] PROBE...
                   purebpf trace --list [--types] PROBE...
            Prints one line for each time that a probe is hit: when, command, pid/tid, the
            probe and its fields by name, as the kernel describes them. Traces CMD and its
            children, a process, or the whole machine. With CMD the trace goes to standard
            error, otherwise to standard output. Hits that came too fast to be read are
            counted and reported.

            A PROBE is one of
              tracepoint:CATEGORY:NAME   an event of the kernel
              tp_btf:NAME                the same, with what the kernel's code passes, by its
              rawtracepoint:NAME         types; the second also without types
              kprobe:FUNCTION            a call of a function of the kernel, its parameters
              kretprobe:FUNCTION         its return, and what it returns
              fentry:FUNCTION            a call of a function that the kernel's types tell of
              fexit:FUNCTION             its return: parameters and result
              uprobe:FILE:FUNCTION       the same of a program or library: a path, or a
              uretprobe:FILE:FUNCTION    name such as libc.so.6
              usdt:FILE:PROVIDER:NAME    a place that the authors of a file marked, its values
            All but FILEs may be patterns, of which * stands for any characters and ? for any
            one; functions where the kernel allows no probe are then left out, and said.
            The kernel's functions are shown by their types, with the text that a const char *
            refers to; of others the types are not known. There can be 512 probes at once,
            but 4096 by patterns for functions of the kernel (since Linux 5.18) or of a file
            (6.10), and 24 of fentry, fexit, tp_btf and rawtracepoint, or of all but USDT before
            5.15.

              -p, --pid PID           Trace this process and its threads until it exits.
              -o, --file FILE         Write the trace to FILE.
                  --count             Print only a table at the end: hits of each process.
                                      A terminal shows it while it grows.
                  --stack             Show which functions called each other up to the hit, the
                                      innermost first: of the kernel, then, with [FILE], of
                                      the process, as far as these keep frame pointers. Of a
                                      process that has ended before its first hit is read,
                                      functions are known of files that have a build id: its
                                      program, libraries that this names, and what others
                                      have in memory. With --count, hits are counted for each
                                      such stack.
                  --duration SECONDS  End after that time; CMD is then sent SIGTERM.
                  --args N            Show the first N parameters, up to 6, of a function
                                      without types, in hexadecimal.
                  --list              Print the probes that there are, and trace none. What a
                                      module of the kernel has is followed by [MODULE].
                  --types             With it, their fields or parameters, too.
                  --output FORMAT     text for people (the default) or json: one object a
                                      line.
                  --debug             Show the whole story of errors.
              -h, --help              Show this.

            Examples:
              purebpf trace --list --types 'tracepoint:sched:*' 'kprobe:vfs_*'
              purebpf trace tracepoint:sched:sched_process_exec -- make
              purebpf trace --count --duration 10 'kprobe:vfs_*'
              purebpf trace --stack kprobe:vfs_unlink -- rm file
              purebpf trace --count --stack --duration 10 tracepoint:block:block_rq_issue
              purebpf trace kprobe:do_sys_openat2 kretprobe:do_sys_openat2 -- ls
              purebpf trace --args 1 uprobe:libc.so.6:malloc -- ls
              purebpf trace -p 1234 'usdt:/usr/lib/jvm/java/lib/server/libjvm.so:hotspot:gc*'
              purebpf trace --output json -p 1234 tracepoint:sched:sched_switch

            Exit code: that of CMD (128 + the number of the signal that killed it),
            otherwise 0 when done, 1 when it failed, 2 on wrong usage. Ctrl-C ends the
            tracing of a process or the machine; with CMD it goes to CMD, as SIGTERM does,
            and tracing ends when that does.
            """;

    /** A hundred years. */
    private static final long LONGEST_SECONDS = 3_155_760_000L;

    /** Makes the command. */
    public TraceCommand() {}

    @Override
    public String name() {
        return "trace";
    }

    @Override
    public String purpose() {
        return "what happens at any tracepoint or function, with its fields";
    }

    @Override
    public String help() {
        return HELP;
    }

    @Override
    public Options options() {
        Options options = new Options();
        Target.addTo(options);
        options.addOption(null, "count", false, null);
        options.addOption(null, "stack", false, null);
        options.addOption(null, "duration", true, null);
        options.addOption(null, "args", true, null);
        options.addOption(null, "list", false, null);
        options.addOption(null, "types", false, null);
        OutputFormat.addTo(options);
        return options;
    }

    @Override
    public int run(CommandLine options, List<String> all, boolean debug) {
        Operands operands = Operands.split(all, "probe");
        if (operands.words().isEmpty()) {
            throw new WrongUsage("name a probe, such as tracepoint:sched:sched_switch");
        }
        List<ProbePattern> probes = operands.words().stream().map(ProbePattern::parse).toList();
        if (options.hasOption("list")) {
            return list(probes, options.hasOption("types"));
        }
        if (options.hasOption("types")) {
            throw new WrongUsage("--types goes with --list");
        }
        Target target = Target.read(options, operands.command());
        boolean json = OutputFormat.isJson(options);
        TraceOptions trace =
                new TraceOptions(
                        probes,
                        target,
                        options.hasOption("count"),
                        options.hasOption("stack"),
                        arguments(options),
                        duration(options.getOptionValue("duration")),
                        json);
        try (StackSymbols symbols = new StackSymbols(Kernel.host())) {
            return new TraceSession(trace, new HitStacks(symbols)).run();
        }
    }

    private static int list(List<ProbePattern> probes, boolean typed) {
        KernelTypes types = new KernelTypes();
        StringBuilder text = new StringBuilder();
        for (ProbePattern pattern : probes) {
            for (ProbeSource.Listing found : pattern.source().list(types)) {
                text.append(OneLine.of(found.line(typed))).append('\n');
            }
        }
        System.out.print(text);
        System.out.flush();
        // As grep does, so that a script can ask.
        return text.isEmpty() ? 1 : 0;
    }

    private static int arguments(CommandLine options) {
        String value = options.getOptionValue("args", "0");
        try {
            int count = Integer.parseInt(value);
            if (count >= 0 && count <= FunctionFields.REGISTERS) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new WrongUsage("--args wants a number from 0 to 6, not '" + value + "'");
    }

    private static Duration duration(String value) {
        if (value == null) {
            return null;
        }
        try {
            BigDecimal seconds = new BigDecimal(value);
            if (seconds.signum() > 0
                    && seconds.compareTo(BigDecimal.valueOf(LONGEST_SECONDS)) <= 0) {
                return Duration.ofNanos(seconds.movePointRight(9).longValue());
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new WrongUsage("--duration wants seconds, such as 10 or 0.5, not '" + value + "'");
    }
}
