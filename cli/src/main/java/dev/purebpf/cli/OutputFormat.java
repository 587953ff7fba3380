package dev.purebpf.cli;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** The option {@code --output}: the forms in which a command prints what it finds. */
public enum OutputFormat {
    /** For people; the usual one. */
    TEXT,
    /** For programs: one object a line. */
    JSON;

    /**
     * Adds it to the options that a command knows.
     *
     * @param options the options
     */
    public static void addTo(Options options) {
        options.addOption(null, "output", true, null);
    }

    /**
     * {@return whether JSON was asked for}
     *
     * @param options the options that were given
     * @throws WrongUsage if something was that there is not
     */
    public static boolean isJson(CommandLine options) {
        return Choice.of(options, "output", values(), TEXT) == JSON;
    }
}
