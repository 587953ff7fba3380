package dev.purebpf.cli;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

import java.util.List;

/** A subcommand of {@code purebpf}. */
public interface Command {

    /** {@return the word that calls it} */
    String name();

    /** {@return what it does, in a few words} */
    String purpose();

    /** {@return what {@code --help} prints, ending with a line feed} */
    String help();

    /**
     * {@return its options, without {@code --help} and {@code --debug}, which all commands have}
     */
    Options options();

    /**
     * {@return whether options may also follow operands} Not where the operands are a program to
     * run, with options of its own.
     */
    default boolean optionsMayFollowOperands() {
        return false;
    }

    /**
     * Does it.
     *
     * @param options the options that were given
     * @param operands what follows the options
     * @param debug whether to say more about what happens inside
     * @return the exit code
     * @throws WrongUsage if the options do not make sense
     * @throws CommandFailure if it cannot be done
     */
    int run(CommandLine options, List<String> operands, boolean debug);
}
