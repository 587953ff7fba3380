package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.regex.Pattern;

class GlobTest {
    @ParameterizedTest
    @CsvSource({
        "vfs_*, vfs_read, true",
        "vfs_*, vfs_, true",
        "vfs_*, xvfs_read, false",
        "*read, vfs_read, true",
        "*_r*d, vfs_read_and_read, true",
        "vfs_rea?, vfs_read, true",
        "vfs_rea?, vfs_rea, false",
        "vfs_read, vfs_read, true",
        "vfs_read, vfs_readv, false",
        "a.b, axb, false",
    })
    void starsAndQuestionMarksStandForCharacters(String glob, String name, boolean expected) {
        assertEquals(expected, new Glob(glob).matches(name));
    }

    @ParameterizedTest
    @CsvSource({"vfs_read, false", "vfs_*, true", "vfs_rea?, true"})
    void aNameIsNoPattern(String text, boolean expected) {
        assertEquals(expected, Glob.isGlob(text));
    }

    @ParameterizedTest
    @CsvSource({"vfs_*, vfs_", "vfs_rea?, vfs_rea", "*read, ''", "vfs_read, vfs_read"})
    void allItsNamesBeginAlike(String glob, String prefix) {
        assertEquals(prefix, new Glob(glob).prefix());
    }

    @Property
    void regularExpressionsSayTheSame(
            @ForAll @StringLength(max = 8) @Chars({'a', 'b', '*', '?'}) String glob,
            @ForAll @StringLength(max = 12) @Chars({'a', 'b'}) String name) {
        Pattern pattern = Pattern.compile(glob.replace('?', '.').replaceAll("\\*+", ".*"));
        assertEquals(pattern.matcher(name).matches(), new Glob(glob).matches(name));
    }

    @Test
    void aPatternOfStarsTakesNoLongTime() {
        String name = "a".repeat(10_000);
        assertTrue(new Glob("*a".repeat(50)).matches(name));
        assertFalse(new Glob("*a".repeat(50) + "b").matches(name));
    }
}
