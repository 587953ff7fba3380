package dev.purebpf.cli.go;

import dev.purebpf.cli.Command;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.OneLine;
import dev.purebpf.cli.OutputFormat;
import dev.purebpf.cli.WrongUsage;
import dev.purebpf.cli.session.Operands;
import dev.purebpf.cli.session.Target;
import dev.purebpf.cli.session.TracedCommand;
import dev.purebpf.cli.session.TracedProcess;
import dev.purebpf.go.GoSignature.Parameter;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.BinaryPath;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** {@code purebpf go}: its options and its help. */
public final class GoCommand implements Command {
    /** Letters to print at once. */
    private static final int MUCH = 1 << 16;

    private static final String HELP =
            """
            Usage: purebpf go [OPTION...] FUNCTION... -- CMD [ARG...]
                   purebpf go [OPTION...] -p PID FUNCTION...
                   purebpf go [OPTION...] BINARY FUNCTION...
                   purebpf go --list (-p PID | BINARY) [FUNCTION...]
            Prints one line for each call of functions of a Go program: when, command,
            pid/tid, goroutine, the function and its arguments by name, as the program's
            debugging information describes them. Traces CMD, a process, or all processes
            that run BINARY. With CMD the trace goes to standard error, otherwise to
            standard output. Calls that came too fast to be read are counted and reported.

            A FUNCTION has its full name, such as net/http.(*conn).serve, or a pattern, of
            which * stands for any characters and ? for any one; main.Sum is also main.Sum[T]
            for each T. Where Go's compiler put the code of a function into its callers,
            these calls are not seen.

              -p, --pid PID           Trace this process and its threads until it exits.
                  --returns           Show a call when it returns, with what it gave and how
                                      long it took; = ? if it was left otherwise.
                  --args PARAMETERS   What the one FUNCTION takes, as Go declares it: 'x int,
                                      s []string'. For programs that are stripped, and for
                                      assembly, whose arguments are not shown otherwise.
                  --results RESULTS   What it gives, likewise: 'int, error'.
                  --list              Print the functions that there are, with what they take
                                      and give, and trace none. Of those that are inlined
                                      everywhere, results without names are not known.
              -o, --file FILE         Write the trace to FILE.
                  --output FORMAT     text for people (the default) or json: one object a
                                      line, with types and places of all values.
                  --debug             Show the whole story of errors.
              -h, --help              Show this.

            Examples:
              purebpf go 'main.*' -- ./server
              purebpf go --list ./server 'main.*'
              purebpf go --returns -p 1234 'net/http.(*conn).serve'
              purebpf go --args 'id int, name string' main.find -- ./stripped
              purebpf go --output json -o calls.json /usr/bin/server main.handle

            Exit code: that of CMD (128 + the number of the signal that killed it),
            otherwise 0 when done, 1 when it failed, 2 on wrong usage. Ctrl-C ends the
            tracing of a process or a BINARY; with CMD it goes to CMD, as SIGTERM does,
            and tracing ends when that does.
            """;

    /** Makes the command. */
    public GoCommand() {}

    @Override
    public String name() {
        return "go";
    }

    @Override
    public String purpose() {
        return "calls of functions of Go programs, with arguments";
    }

    @Override
    public String help() {
        return HELP;
    }

    @Override
    public Options options() {
        Options options = new Options();
        Target.addTo(options);
        options.addOption(null, "returns", false, null);
        options.addOption(null, "args", true, null);
        options.addOption(null, "results", true, null);
        options.addOption(null, "list", false, null);
        OutputFormat.addTo(options);
        return options;
    }

    @Override
    public int run(CommandLine options, List<String> all, boolean debug) {
        Operands operands = Operands.split(all, "function");
        List<String> words = operands.words();
        Target target = Target.read(options, operands.command());
        String file = null;
        if (target.isWholeMachine()) {
            if (words.isEmpty()) {
                throw new WrongUsage("name a process (-p PID), a BINARY, or after -- a command");
            }
            file = words.getFirst();
            words = words.subList(1, words.size());
        }
        boolean list = options.hasOption("list");
        if (list && words.isEmpty()) {
            words = List.of("*");
        }
        if (words.isEmpty()) {
            throw new WrongUsage("name a function, such as main.main, or a pattern: 'main.*'");
        }
        boolean json = OutputFormat.isJson(options);
        GoOptions chosen =
                new GoOptions(
                        target,
                        file,
                        words,
                        options.hasOption("returns"),
                        declared(options, "args"),
                        declared(options, "results"),
                        json);
        TracedFile traced = TracedFile.of(chosen);
        try (GoBinary binary = GoBinary.open(traced.readable(), traced.name())) {
            return list ? list(binary, words) : new GoSession(chosen, binary, traced.name()).run();
        }
    }

    private static List<Parameter> declared(CommandLine options, String name) {
        String text = options.getOptionValue(name);
        return text == null ? null : DeclaredTypes.parse(text);
    }

    private static int list(GoBinary binary, List<String> words) {
        StringBuilder text = new StringBuilder();
        int count =
                binary.list(
                        words,
                        line -> {
                            text.append(OneLine.of(line)).append('\n');
                            if (text.length() > MUCH) {
                                System.out.print(text);
                                text.setLength(0);
                            }
                        });
        System.out.print(text);
        System.out.flush();
        // As grep does, so that a script can ask.
        return count == 0 ? 1 : 0;
    }

    /**
     * The program's file.
     *
     * @param name its name, for a process as that sees it
     * @param readable by which it can be read
     */
    private record TracedFile(String name, Path readable) {

        private static TracedFile of(GoOptions options) {
            int pid = options.target().pid();
            if (pid != 0) {
                TracedProcess.requireAlive(pid);
                return ofProcess(pid);
            }
            if (options.file() == null) {
                Path program = TracedCommand.find(options.target().command().getFirst()).toPath();
                return new TracedFile(program.toAbsolutePath().normalize().toString(), program);
            }
            Path found =
                    BinaryPath.find(Kernel.host(), options.file())
                            .orElseThrow(
                                    () ->
                                            new CommandFailure(
                                                    "there is no program " + options.file()));
            return new TracedFile(found.toAbsolutePath().normalize().toString(), found);
        }

        private static TracedFile ofProcess(int pid) {
            try {
                String name = TracedProcess.program(pid);
                return new TracedFile(
                        name,
                        BinaryPath.find(Kernel.host(), name, pid)
                                .orElse(Path.of("/proc/" + pid + "/exe")));
            } catch (IOException e) {
                throw TracedProcess.unknownProgram(pid, e);
            }
        }
    }
}
