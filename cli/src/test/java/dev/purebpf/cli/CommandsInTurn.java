package dev.purebpf.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Several runs of {@code purebpf} one after the other in one process, for tests of where a start of
 * Java takes longer than the commands do: {@code CommandsInTurn WORD… ';' WORD…}. After what a
 * command has written there is a line {@code exit CODE}.
 */
final class CommandsInTurn {
    private CommandsInTurn() {}

    /**
     * Runs the commands.
     *
     * @param arguments their words, with {@code ;} between two commands
     */
    public static void main(String[] arguments) {
        List<String> words = new ArrayList<>();
        for (String argument : arguments) {
            if (argument.equals(";")) {
                run(words);
                words.clear();
            } else {
                words.add(argument);
            }
        }
        run(words);
    }

    private static void run(List<String> words) {
        int exitCode = Main.run(words.toArray(String[]::new));
        System.out.println("exit " + exitCode);
        System.out.flush();
    }
}
