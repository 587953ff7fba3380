package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

import org.junit.jupiter.api.Test;

import java.util.Comparator;
import java.util.List;
import java.util.Set;

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

    @Property
    void theNearestAreThoseThatMeasuringAllGives(
            @ForAll @CharRange(from = 'a', to = 'c') @StringLength(max = 12) String wanted,
            @ForAll Set<@CharRange(from = 'a', to = 'c') @StringLength(max = 12) String> names) {
        int limit = Math.max(2, wanted.length() / 3);
        assertEquals(
                names.stream()
                        .filter(name -> distance(wanted, name) <= limit)
                        .sorted(
                                Comparator.comparingInt((String name) -> distance(wanted, name))
                                        .thenComparing(Comparator.naturalOrder()))
                        .limit(3)
                        .toList(),
                NearestNames.of(wanted, names));
    }

    /** Changes of a letter from one to the other, by the whole table. */
    private static int distance(String a, String b) {
        int[][] table = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    table[i][j] = i + j;
                    continue;
                }
                int replaced = table[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                table[i][j] = Math.min(replaced, 1 + Math.min(table[i - 1][j], table[i][j - 1]));
            }
        }
        return table[a.length()][b.length()];
    }
}
