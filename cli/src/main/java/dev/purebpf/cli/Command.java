package dev.purebpf.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** A subcommand of {@code purebpf}. */
public interface Command {

    /** {@return the word that calls it} */
    String name();

    /** {@return what it does, in a few words} */
    String purpose();

    /** {@return its options and its help; built without reflection, which would cost start-up} */
    CommandSpec spec();

    /**
     * Does it.
     *
     * @param options what was given on the command line
     * @return the exit code
     * @throws picocli.CommandLine.ParameterException if the options do not make sense
     * @throws CommandFailure if it cannot be done
     */
    int run(ParseResult options);
}
