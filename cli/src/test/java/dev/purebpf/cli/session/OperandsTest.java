package dev.purebpf.cli.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.purebpf.cli.WrongUsage;

import org.junit.jupiter.api.Test;

import java.util.List;

class OperandsTest {
    private static String refusal(String... all) {
        return assertThrows(WrongUsage.class, () -> Operands.split(List.of(all), "function"))
                .getMessage();
    }

    @Test
    void theFirstDashesEndTheWords() {
        assertEquals(
                new Operands(List.of("f", "g"), List.of("ls", "-l", "--", "x")),
                Operands.split(List.of("f", "g", "--", "ls", "-l", "--", "x"), "function"));
        assertEquals(
                new Operands(List.of(), List.of("ls")),
                Operands.split(List.of("--", "ls"), "function"));
        assertEquals(
                new Operands(List.of("f"), List.of()), Operands.split(List.of("f"), "function"));
        assertEquals(new Operands(List.of(), List.of()), Operands.split(List.of(), "function"));
    }

    @Test
    void anOptionAmongTheWordsIsNone() {
        assertEquals("options stand before the first function: -p", refusal("f", "-p", "1"));
    }

    @Test
    void dashesWantACommand() {
        assertEquals("after -- a command is missing", refusal("f", "--"));
        assertEquals("after -- a command is missing", refusal("--"));
    }
}
