package dev.purebpf.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
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
        assertEquals("; did you mean ab?", NearestNames.say("a", List.of("ab", "bc")));
    }

    @Test
    void whatContainsTheOtherIsNearHoweverMuchIsAroundIt() {
        List<String> fields = List.of("on_cpu", "thread_info_cpu", "utime");
        assertEquals(List.of("on_cpu", "thread_info_cpu"), NearestNames.of("cpu", fields));
        assertEquals(List.of("state"), NearestNames.of("__state", List.of("state", "flags")));
    }

    @Test
    void aShortOrSmallPartIsNone() {
        assertEquals(List.of(), NearestNames.of("handle_request_raw", List.of("raw", "id")));
        assertEquals(List.of(), NearestNames.of("id", List.of("child_pids")));
    }

    @Test
    void largeAndSmallLettersAreAlike() {
        List<String> names = List.of("events", "stacks");
        assertEquals(List.of("events"), NearestNames.of("EVENTS", names));
        assertEquals(List.of("stacks"), NearestNames.of("MyStacks", names));
    }

    @Test
    void whatIsLongerThanAnyNameIsNotProposed() {
        String longest = "a".repeat(256);
        assertEquals(List.of(longest), NearestNames.of(longest, List.of(longest + 'a', longest)));
        assertEquals(List.of(), NearestNames.of(longest + 'a', List.of(longest)));
    }

    @Test
    void ofManyNamesOnlyThoseAboutAsLongCount() {
        NearestNames near = NearestNames.ofLengthLike("read");
        for (String name : List.of("__x64_sys_read", "ksys_read", "vfs_read", "readv", "tread")) {
            near.add(name);
        }
        assertEquals(List.of("readv", "tread"), near.toList());
        assertEquals("; did you mean readv or tread?", near.say());
    }

    /** Where they stand among others, as in the kernel's list of its symbols. */
    @Property
    void namesMayBeAddedByTheirBytes(
            @ForAll @From("names") String wanted,
            @ForAll @Size(max = 40) List<@From("names") String> names) {
        NearestNames byText = NearestNames.to(wanted);
        NearestNames byBytes = NearestNames.to(wanted);
        NearestNames alike = NearestNames.ofLengthLike(wanted);
        byte[] text = String.join("\n", names).getBytes(StandardCharsets.UTF_8);
        int from = 0;
        for (String name : names) {
            int to = from + name.getBytes(StandardCharsets.UTF_8).length;
            byText.add(name);
            byBytes.add(text, from, to);
            alike.add(text, from, to);
            from = to + 1;
        }
        assertEquals(byText.toList(), byBytes.toList());
        List<String> aboutAsLong = new ArrayList<>(names);
        aboutAsLong.removeIf(
                name -> Math.abs(name.length() - wanted.length()) > wanted.length() / 3 + 2);
        assertEquals(NearestNames.of(wanted, aboutAsLong), alike.toList());
    }

    /** Names that are often near to each other, at times with letters of more than one byte. */
    @Provide
    Arbitrary<String> names() {
        return Arbitraries.of(
                        "a",
                        "b",
                        "C",
                        "c",
                        "_",
                        "read",
                        "vfs_",
                        "0",
                        "\u00e4",
                        "\u00c4",
                        "\ud83d\udc1d")
                .list()
                .ofMaxSize(8)
                .map(parts -> String.join("", parts));
    }

    @Property
    void aNameThatExistsIsTheNearestToItself(
            @ForAll @StringLength(min = 1, max = 20) String name,
            @ForAll List<@StringLength(max = 20) String> others) {
        List<String> all = new ArrayList<>(others);
        all.add(name);
        assertTrue(NearestNames.of(name, all).contains(name));
    }

    @Property
    void theNearestAreThoseThatMeasuringAllGives(
            @ForAll @Chars({'a', 'b', 'B', 'c', '_'}) @StringLength(max = 12) String wanted,
            @ForAll Set<@Chars({'a', 'b', 'B', 'c', '_'}) @StringLength(max = 12) String> names) {
        assertEquals(
                names.stream()
                        .filter(name -> isNear(lower(wanted), lower(name)))
                        .sorted(
                                Comparator.comparingInt(
                                                (String name) ->
                                                        distance(lower(wanted), lower(name)))
                                        .thenComparing(Comparator.naturalOrder()))
                        .limit(3)
                        .toList(),
                NearestNames.of(wanted, names));
    }

    private static boolean isNear(String wanted, String name) {
        int slips = wanted.length() <= 3 ? 1 : wanted.length() <= 8 ? 2 : wanted.length() / 3;
        return distance(wanted, name) <= slips
                || wanted.length() >= 3 && name.contains(wanted)
                || name.length() >= Math.max(3, wanted.length() / 2.0) && wanted.contains(name);
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
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
