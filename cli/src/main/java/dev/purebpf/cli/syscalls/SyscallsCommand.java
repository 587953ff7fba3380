package dev.purebpf.cli.syscalls;

import dev.purebpf.cli.Command;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.syscalls.TraceOptions.Buffer;
import dev.purebpf.cli.syscalls.TraceOptions.Color;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** {@code purebpf syscalls}: its options and its help. */
public final class SyscallsCommand implements Command {
    private static final long SMALLEST_BUFFER = 4096;
    private static final long BIGGEST_BUFFER = 1L << 30;

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
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("purebpf syscalls");
        spec.addOption(
                option("-p", "--pid")
                        .type(String.class)
                        .paramLabel("PID")
                        .description("Trace this process and its threads until it exits.")
                        .build());
        spec.addOption(
                option("-o", "--file")
                        .type(String.class)
                        .paramLabel("FILE")
                        .description("Write the trace to FILE.")
                        .build());
        spec.addOption(
                flag("--summary", "At the end add a table: calls, errors and time of each call."));
        spec.addOption(flag("--summary-only", "Print only that table."));
        spec.addOption(
                option("--output")
                        .type(String.class)
                        .paramLabel("FORMAT")
                        .description("text for people (the default) or json: one object a line.")
                        .build());
        spec.addOption(
                option("--color")
                        .type(String.class)
                        .paramLabel("WHEN")
                        .description("auto (the default), always or never.")
                        .build());
        spec.addOption(
                option("--buffer")
                        .type(String.class)
                        .paramLabel("KIND")
                        .description(
                                "ring (Linux 5.8), perf, or auto (the default): ring where there"
                                        + " is one.")
                        .build());
        spec.addOption(
                option("--buffer-size")
                        .type(String.class)
                        .paramLabel("SIZE")
                        .description(
                                "Room for events on their way, such as 512K or 64M: 8M for a ring,"
                                        + " 1M for each CPU with perf. Bigger loses less.")
                        .build());
        spec.addOption(
                flag("--debug", "Show the verifier's statistics, and the whole story of errors."));
        spec.addOption(
                option("-h", "--help")
                        .type(boolean.class)
                        .usageHelp(true)
                        .description("Show this.")
                        .build());
        spec.addPositional(
                PositionalParamSpec.builder()
                        .paramLabel("CMD")
                        .arity("0..*")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .description("The command to run and trace, with all its children.")
                        .build());
        spec.usageMessage()
                .autoWidth(false)
                .sortOptions(false)
                .customSynopsis(
                        "purebpf syscalls [OPTION...] [--] CMD [ARG...]",
                        "       purebpf syscalls [OPTION...] -p PID",
                        "       purebpf syscalls [OPTION...]")
                .description(
                        "Prints each system call as it ends: when it began, pid/tid, name,"
                            + " arguments, result and duration in seconds. Traces CMD and its"
                            + " children, a process, or the whole machine. With CMD the trace goes"
                            + " to standard error, otherwise to standard output. Calls that came"
                            + " too fast to be read are counted and reported.")
                .footer(
                        "",
                        "Examples:",
                        "  purebpf syscalls -- ls -l /",
                        "  purebpf syscalls --summary-only -- make",
                        "  purebpf syscalls -p 1234 --output json | jq 'select(.error)'",
                        "  purebpf syscalls -o /tmp/trace -- ./server --port 8080",
                        "",
                        "Exit code: that of CMD (128 + the number of the signal that killed it),"
                            + " otherwise 0 when done, 1 when it failed, 2 on wrong usage. Ctrl-C"
                            + " ends the tracing of a process or the machine; with CMD it goes to"
                            + " CMD, and tracing ends when that does.");
        return spec;
    }

    private static OptionSpec.Builder option(String name, String... others) {
        return OptionSpec.builder(name, others);
    }

    private static OptionSpec flag(String name, String description) {
        return option(name).type(boolean.class).description(description).build();
    }

    @Override
    public int run(ParseResult options) {
        TraceOptions trace = read(options);
        if (trace.pid() != 0) {
            TracedProcess.requireAlive(trace.pid());
        }
        return new TraceSession(trace).run();
    }

    static TraceOptions read(ParseResult options) {
        List<String> command = options.matchedPositionalValue(0, List.of());
        int pid = 0;
        if (options.hasMatchedOption("--pid")) {
            if (!command.isEmpty()) {
                throw wrong(options, "either -p PID or a command, not both");
            }
            pid = pid(options);
        }
        Buffer buffer = choice(options, "--buffer", Buffer.values(), Buffer.AUTO);
        return new TraceOptions(
                pid,
                command,
                file(options),
                !options.hasMatchedOption("--summary-only"),
                options.hasMatchedOption("--summary") || options.hasMatchedOption("--summary-only"),
                choice(options, "--output", Output.values(), Output.TEXT) == Output.JSON,
                choice(options, "--color", Color.values(), Color.AUTO),
                buffer,
                size(options),
                options.hasMatchedOption("--debug"));
    }

    /** The formats of {@code --output}. */
    private enum Output {
        TEXT,
        JSON
    }

    private static int pid(ParseResult options) {
        String value = options.matchedOptionValue("--pid", "");
        try {
            int pid = Integer.parseInt(value);
            if (pid > 0) {
                return pid;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw wrong(options, "-p wants the number of a process, not '" + value + "'");
    }

    private static Path file(ParseResult options) {
        String value = options.matchedOptionValue("--file", null);
        try {
            return value == null ? null : Path.of(value);
        } catch (InvalidPathException e) {
            throw new CommandFailure("'" + value + "' cannot be the name of a file");
        }
    }

    private static <E extends Enum<E>> E choice(
            ParseResult options, String option, E[] choices, E otherwise) {
        String value = options.matchedOptionValue(option, null);
        if (value == null) {
            return otherwise;
        }
        StringBuilder names = new StringBuilder();
        for (E choice : choices) {
            String name = choice.name().toLowerCase(Locale.ROOT);
            if (name.equals(value)) {
                return choice;
            }
            names.append(names.isEmpty() ? "" : ", ").append(name);
        }
        throw wrong(options, option + " wants one of " + names + ", not '" + value + "'");
    }

    private static long size(ParseResult options) {
        String value = options.matchedOptionValue("--buffer-size", null);
        if (value == null) {
            return 0;
        }
        int digits = value.length();
        long unit = 1;
        if (digits > 0) {
            int shift = "kmg".indexOf(Character.toLowerCase(value.charAt(digits - 1)));
            if (shift >= 0) {
                unit = 1L << 10 * (shift + 1);
                digits--;
            }
        }
        try {
            long size = Math.multiplyExact(Long.parseLong(value, 0, digits, 10), unit);
            if (size >= SMALLEST_BUFFER && size <= BIGGEST_BUFFER) {
                return size;
            }
        } catch (NumberFormatException | ArithmeticException | IndexOutOfBoundsException e) {
            // Said below.
        }
        throw wrong(
                options,
                "--buffer-size wants bytes between 4K and 1G, such as 512K or 64M, not '"
                        + value
                        + "'");
    }

    private static ParameterException wrong(ParseResult options, String message) {
        return new ParameterException(options.commandSpec().commandLine(), message);
    }
}
