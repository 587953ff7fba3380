package dev.purebpf.cli;

import dev.purebpf.cli.check.CheckCommand;
import dev.purebpf.cli.features.FeaturesCommand;
import dev.purebpf.cli.generate.GenerateCommand;
import dev.purebpf.cli.go.GoCommand;
import dev.purebpf.cli.grpc.GrpcCommand;
import dev.purebpf.cli.http.HttpCommand;
import dev.purebpf.cli.relocate.RelocateCommand;
import dev.purebpf.cli.syscalls.SyscallsCommand;
import dev.purebpf.cli.trace.TraceCommand;
import dev.purebpf.error.BpfException;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.NearestNames;
import dev.purebpf.error.VerifierException;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;

/**
 * The {@code purebpf} command. Exit codes: 0 done, 1 failed, 2 wrong usage; a subcommand that runs
 * another program passes on that one's.
 */
public final class Main {
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;

    private static final int MEGABYTE = 1 << 20;

    private Main() {}

    /**
     * Runs the command and ends the process with its exit code.
     *
     * @param args a subcommand and its arguments
     */
    public static void main(String[] args) {
        CommandOutput output = StandardStream.OUTPUT.output();
        // What print streams cannot write they swallow, and with it the reason.
        var out = new PrintStream(new BufferedOutputStream(output), false, System.out.charset());
        System.setOut(out);
        // Not Java's own: a write of that could not be given up, and would wait for a reader.
        System.setErr(new PrintStream(StandardStream.ERROR.output(), true, System.err.charset()));
        int exitCode = run(args);
        out.flush();
        if (exitCode == 0) {
            exitCode = requireWritten(output);
        }
        // Not exit: if a signal has begun to end the process, too, Java fails to log that exit and
        // says so on standard error. No hook has anything left to do here.
        Runtime.getRuntime().halt(exitCode);
    }

    private static int requireWritten(CommandOutput output) {
        try {
            output.requireWritten();
            return 0;
        } catch (CommandFailure e) {
            return failed(e, false);
        }
    }

    /** {@return the exit code of the command that the arguments name, after running it} */
    static int run(String[] args) {
        if (args.length == 0) {
            usage(System.err);
            return WRONG_USAGE;
        }
        switch (args[0]) {
            case "-h", "--help", "help" -> {
                usage(System.out);
                return 0;
            }
            case "-V", "--version" -> {
                System.out.println("purebpf " + version());
                return 0;
            }
            default -> {
                for (Command command : commands()) {
                    if (command.name().equals(args[0])) {
                        return run(command, Arrays.copyOfRange(args, 1, args.length));
                    }
                }
                System.err.println(
                        "purebpf: there is no command '"
                                + OneLine.of(args[0])
                                + "'"
                                + nearestCommand(args[0])
                                + " See purebpf --help.");
                return WRONG_USAGE;
            }
        }
    }

    private static String nearestCommand(String name) {
        String near = NearestNames.say(name, commands().stream().map(Command::name).toList());
        return near.isEmpty() ? "." : near;
    }

    private static List<Command> commands() {
        return List.of(
                new SyscallsCommand(),
                new HttpCommand(),
                new GrpcCommand(),
                new GoCommand(),
                new TraceCommand(),
                new RelocateCommand(),
                new CheckCommand(),
                new GenerateCommand(),
                new FeaturesCommand());
    }

    private static int run(Command command, String[] args) {
        boolean debug = false;
        try {
            Options known = command.options();
            known.addOption("h", "help", false, null);
            known.addOption(null, "debug", false, null);
            CommandLine options = parse(command, known, args);
            if (options.hasOption("help")) {
                System.out.print(command.help());
                System.out.flush();
                return 0;
            }
            debug = options.hasOption("debug");
            return command.run(options, options.getArgList(), debug);
        } catch (WrongUsage e) {
            System.err.println("purebpf " + command.name() + ": " + sentence(e));
            System.err.println("See purebpf " + command.name() + " --help.");
            return WRONG_USAGE;
        } catch (CommandFailure | BpfException | IllegalCallerException e) {
            return failed(e, debug);
        } catch (OutOfMemoryError e) {
            System.err.println(
                    "purebpf: this needs more memory than the "
                            + Runtime.getRuntime().maxMemory() / MEGABYTE
                            + " MB of Java's heap; started as java -Xmx512m -jar purebpf.jar it has"
                            + " more.");
            return FAILED;
        } catch (RuntimeException | LinkageError e) {
            System.err.println(
                    "purebpf: a mistake of purebpf itself: "
                            + e
                            + (debug ? "" : ". Run it again with --debug for the whole story."));
            if (debug) {
                e.printStackTrace();
            }
            return FAILED;
        }
    }

    /**
     * {@return the options; for a command that runs a program only those that stand before the
     * first operand, as what follows that belongs to the program}
     */
    private static CommandLine parse(Command command, Options known, String[] args) {
        try {
            if (command.optionsMayFollowOperands()) {
                return new DefaultParser().parse(known, args);
            }
            CommandLine options = new DefaultParser().parse(known, args, true);
            List<String> operands = options.getArgList();
            int first = args.length - operands.size();
            // The parser takes an unknown option for the first operand.
            if (!operands.isEmpty()
                    && operands.getFirst().startsWith("-")
                    && operands.getFirst().length() > 1
                    && (first == 0 || !args[first - 1].equals("--"))) {
                throw noOption(operands.getFirst(), known);
            }
            return options;
        } catch (UnrecognizedOptionException e) {
            throw noOption(e.getOption(), known);
        } catch (MissingArgumentException e) {
            String option = e.getOption().getKey();
            throw new WrongUsage(
                    "after "
                            + (option.length() == 1 ? "-" : "--")
                            + option
                            + " its value is missing");
        } catch (ParseException e) {
            throw new WrongUsage(e.getMessage());
        }
    }

    private static WrongUsage noOption(String word, Options known) {
        int value = word.indexOf('=');
        String name = value < 0 ? word : word.substring(0, value);
        // Not short ones: of those each is as near as any other.
        List<String> names =
                known.getOptions().stream()
                        .filter(Option::hasLongOpt)
                        .map(option -> "--" + option.getLongOpt())
                        .toList();
        return new WrongUsage("there is no option " + name + NearestNames.say(name, names));
    }

    private static int failed(RuntimeException e, boolean debug) {
        System.err.println("purebpf: " + sentence(e));
        if (debug) {
            if (e instanceof VerifierException refused) {
                System.err.println(refused.log());
            }
            e.printStackTrace();
        }
        return FAILED;
    }

    /**
     * {@return what an exception says: names of damaged files may be anything, also to a terminal}
     */
    private static String sentence(RuntimeException e) {
        return e instanceof MalformedObjectException
                ? OneLine.of(e.getMessage())
                : OneLine.each(e.getMessage());
    }

    private static void usage(PrintStream to) {
        StringBuilder text = new StringBuilder();
        text.append("Usage: purebpf COMMAND [ARGUMENT...]\n");
        text.append("Looks into running programs with eBPF, and needs nothing but Java.\n\n");
        text.append("Commands:\n");
        for (Command command : commands()) {
            text.append("  ").append(command.name());
            text.append(" ".repeat(Math.max(2, 12 - command.name().length())));
            text.append(command.purpose()).append('\n');
        }
        text.append("\npurebpf COMMAND --help says more about one. ");
        text.append("purebpf --version prints the version.\n");
        to.print(text);
        to.flush();
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
