package dev.purebpf.cli;

import org.apache.commons.cli.CommandLine;

import java.util.Locale;

/** An option whose value is one of a few words: the names of an enumeration, in lower case. */
public final class Choice {
    private Choice() {}

    /**
     * {@return the constant that an option names}
     *
     * @param <E> the enumeration
     * @param options the options that were given
     * @param option the option's long name
     * @param choices what there is to choose from
     * @param otherwise what is meant when the option is not given
     * @throws WrongUsage if it names none of them
     */
    public static <E extends Enum<E>> E of(
            CommandLine options, String option, E[] choices, E otherwise) {
        String value = options.getOptionValue(option);
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
        throw new WrongUsage("--" + option + " wants one of " + names + ", not '" + value + "'");
    }
}
