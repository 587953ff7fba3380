package dev.purebpf.cli.session;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.WrongUsage;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * Whom to watch, and where the trace goes.
 *
 * @param pid the process to watch; 0 if none was named
 * @param command the command to run and watch, with its arguments; empty if none
 * @param file where the trace goes; {@code null} for standard error with a command, else standard
 *     output
 */
public record Target(int pid, List<String> command, Path file) {

    /** Copies the command. */
    public Target {
        command = List.copyOf(command);
    }

    /**
     * Adds {@code -p} and {@code -o} to the options that a command knows.
     *
     * @param options the options
     */
    public static void addTo(Options options) {
        options.addOption("p", "pid", true, null);
        options.addOption("o", "file", true, null);
    }

    /**
     * {@return what was given}
     *
     * @param options the options that were given
     * @param command the words of the command to run; empty if there is none
     * @throws WrongUsage if they do not make sense
     * @throws CommandFailure if the name of the file cannot be one
     */
    public static Target read(CommandLine options, List<String> command) {
        int pid = 0;
        if (options.hasOption("pid")) {
            if (!command.isEmpty()) {
                throw new WrongUsage("either -p PID or a command, not both");
            }
            pid = pid(options.getOptionValue("pid"));
        }
        return new Target(pid, command, file(options.getOptionValue("file")));
    }

    /**
     * Adds also {@code -a}, for commands that trace the whole machine only when told to.
     *
     * @param options the options
     */
    public static void addWithAllTo(Options options) {
        addTo(options);
        options.addOption("a", "all", false, null);
    }

    /**
     * {@return what was given, where one of {@code -p}, a command and {@code -a} has to be}
     *
     * @param options the options that were given
     * @param command the words of the command to run; empty if there is none
     * @throws WrongUsage if there is none of them, or more, or if they do not make sense
     * @throws CommandFailure if the name of the file cannot be one
     */
    public static Target readOne(CommandLine options, List<String> command) {
        int ways =
                (options.hasOption("pid") ? 1 : 0)
                        + (options.hasOption("all") ? 1 : 0)
                        + (command.isEmpty() ? 0 : 1);
        if (ways != 1) {
            throw new WrongUsage("say what to trace: one of -p PID, a command, or -a for all");
        }
        return read(options, command);
    }

    /** {@return whether neither a process nor a command was named} */
    public boolean isWholeMachine() {
        return pid == 0 && command.isEmpty();
    }

    /** {@return whether the trace is written to standard error} */
    public boolean usesStandardError() {
        return file == null && !command.isEmpty();
    }

    private static int pid(String value) {
        try {
            int pid = Integer.parseInt(value);
            if (pid > 0) {
                return pid;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new WrongUsage("-p wants the number of a process, not '" + value + "'");
    }

    private static Path file(String value) {
        try {
            return value == null ? null : Path.of(value);
        } catch (InvalidPathException e) {
            throw new CommandFailure("'" + value + "' cannot be the name of a file");
        }
    }
}
