package dev.purebpf.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EssentialNameTest {
    @ParameterizedTest
    @CsvSource({
        "task_struct, task_struct",
        "task_struct___old, task_struct",
        "task_struct___old___older, task_struct___old",
        "a___b, a",
        "___b, ___b",
        "a___, a___",
        "a____b, a____b",
        "a___b____c, a",
        "a__b, a__b",
    })
    void aFlavourIsWhatFollowsTheLastThreeLoneUnderscores(String name, String essential) {
        assertEquals(essential, EssentialName.of(name));
    }
}
