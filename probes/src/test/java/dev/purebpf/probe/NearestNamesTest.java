package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;

import org.junit.jupiter.api.Test;

import java.util.List;

class NearestNamesTest {

    @Test
    void theNearestComesFirstAndThreeAreEnough() {
        List<String> names = List.of("sys_exit", "sys_enter", "sys_entry", "sys_center", "sched");
        assertEquals(
                List.of("sys_enter", "sys_entry", "sys_center"),
                NearestNames.of("sys_entr", names));
        assertEquals(
                "; did you mean sys_enter, sys_entry or sys_center?",
                NearestNames.say("sys_entr", names));
    }

    @Test
    void whatIsFarOffIsNotProposed() {
        assertEquals("", NearestNames.say("sys_enter", List.of("kfree_skb", "x")));
        assertEquals("; did you mean ab?", NearestNames.say("a", List.of("ab")));
    }

    @Property
    void aNameThatExistsIsTheNearestToItself(
            @ForAll @StringLength(min = 1, max = 20) String name,
            @ForAll List<@StringLength(max = 20) String> others) {
        List<String> all = new java.util.ArrayList<>(others);
        all.add(name);
        assertTrue(NearestNames.of(name, all).contains(name));
    }
}
