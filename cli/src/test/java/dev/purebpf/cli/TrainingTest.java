package dev.purebpf.cli;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;

/** The commands from which the AOT cache is made are commands, whether they may trace or not. */
class TrainingTest {
    private static final int WRONG_USAGE = 2;

    static List<List<String>> commands() {
        return Training.commands();
    }

    @ParameterizedTest
    @MethodSource
    void commands(List<String> words) {
        PureBpf.Run run = PureBpf.runHere(words.toArray(String[]::new));
        assertNotEquals(WRONG_USAGE, run.exitCode(), run.err());
    }
}
