package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Which functions people mean. */
class FunctionPatternTest {
    private static final List<String> NAMES =
            List.of(
                    "main.sum",
                    "main.Sum[go.shape.int]",
                    "main.Sum[go.shape.[]go.shape.string]",
                    "main.Sum[...]",
                    "main.(*box[go.shape.int]).set",
                    "main.box[go.shape.int].get",
                    "main.(*conn).serve",
                    "net/http.(*conn).serve",
                    "example.org/a.b/c.(*Set[example.org/a.b/d.T]).Add",
                    "main.Sum[go.shape.int].func1",
                    "main.Last[go.shape.*uint8]");

    private static List<String> meant(String text) {
        FunctionPattern pattern = new FunctionPattern(text);
        List<String> meant = NAMES.stream().filter(pattern::matches).toList();
        meant.forEach(name -> assertTrue(name.startsWith(pattern.prefix()), name));
        return meant;
    }

    @Test
    void aNameStandsForItsFunction() {
        assertEquals(List.of("main.sum"), meant("main.sum"));
        assertEquals(List.of("main.(*conn).serve"), meant("main.(*conn).serve"));
        assertEquals(List.of("net/http.(*conn).serve"), meant("net/http.(*conn).serve"));
        assertEquals(List.of(), meant("main.conn.serve"));
    }

    @Test
    void withoutTypeArgumentsItStandsForAny() {
        assertEquals(NAMES.subList(1, 4), meant("main.Sum"));
        assertEquals(NAMES.subList(1, 4), meant("main.Sum[...]"));
        assertEquals(List.of(NAMES.get(4)), meant("main.(*box).set"));
        assertEquals(List.of(NAMES.get(4)), meant("main.(*box[...]).set"));
        assertEquals(List.of(NAMES.get(5)), meant("main.box.get"));
        assertEquals(List.of(NAMES.get(8)), meant("example.org/a.b/c.(*Set).Add"));
        assertEquals(List.of(NAMES.get(9)), meant("main.Sum.func1"));
    }

    @Test
    void withTypeArgumentsItStandsForThese() {
        assertEquals(List.of(NAMES.get(1)), meant("main.Sum[go.shape.int]"));
        assertEquals(List.of(NAMES.get(2)), meant("main.Sum[go.shape.[]go.shape.string]"));
        assertEquals(List.of(NAMES.get(4)), meant("main.(*box[go.shape.int]).set"));
    }

    /** The star of a pointer is no pattern. */
    @Test
    void typeArgumentsArePlain() {
        assertEquals(List.of(NAMES.get(10)), meant("main.Last[go.shape.*uint8]"));
        assertEquals(List.of(), meant("main.Last[go.shape.*8]"));
    }

    @Test
    void patternsStandForAllThatTheyMatch() {
        assertEquals(NAMES.subList(4, 5), meant("main.(*b*"));
        assertEquals(NAMES.subList(0, 4), meant("main.?um"));
        assertEquals(List.of(NAMES.get(8)), meant("example.org/a.b/*"));
        assertEquals(List.of(NAMES.get(4), NAMES.get(6)), meant("main.(*).*"));
        assertEquals(NAMES, meant("*"));
    }

    /** Up to Go 1.20 its table of functions leaves type arguments out. */
    @Test
    void ofAShortNameItIsToldWhetherItCouldBeMeant() {
        assertTrue(new FunctionPattern("main.Sum[go.shape.int]").mayMatch("main.Sum[...]"));
        assertTrue(!new FunctionPattern("main.Sum[go.shape.int]").mayMatch("main.Sum[int]"));
        assertTrue(!new FunctionPattern("main.Sum").mayMatch("main.Sums[...]"));
    }
}
