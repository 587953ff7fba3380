package dev.purebpf.cli.session;

import dev.purebpf.cli.WrongUsage;

import java.util.List;

/**
 * The operands of a command that traces what it is told by words of its own: those words, and after
 * {@code --} the command to run.
 *
 * @param words what to trace
 * @param command the command with its arguments; empty if none was given
 */
public record Operands(List<String> words, List<String> command) {
    private static final String END = "--";

    /** Copies the lists. */
    public Operands {
        words = List.copyOf(words);
        command = List.copyOf(command);
    }

    /**
     * {@return the operands}
     *
     * @param all everything that follows the options
     * @param what what the words are, for people who put an option among them: "function"
     * @throws WrongUsage if one of the words is an option, or there is no command after {@code --}
     */
    public static Operands split(List<String> all, String what) {
        int end = all.indexOf(END);
        if (end == all.size() - 1 && end >= 0) {
            throw new WrongUsage("after -- a command is missing");
        }
        Operands operands =
                end < 0
                        ? new Operands(all, List.of())
                        : new Operands(all.subList(0, end), all.subList(end + 1, all.size()));
        for (String word : operands.words()) {
            if (word.startsWith("-")) {
                throw new WrongUsage("options stand before the first " + what + ": " + word);
            }
        }
        return operands;
    }
}
