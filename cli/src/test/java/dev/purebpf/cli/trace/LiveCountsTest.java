package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.CommandOutput;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

/** A table that takes the place of the last one. */
class LiveCountsTest {
    private static final String TITLE = "          hits         pid  command          probe\n";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final LiveCounts live = new LiveCounts(new CommandOutput(out));

    private String shown(List<HitCount> counts) {
        out.reset();
        live.show(counts);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<HitCount> counts(int number) {
        return IntStream.range(0, number)
                .mapToObj(
                        i -> new HitCount("kprobe:f" + i, 100 + i, "cat", 1000 - i, HitStack.NONE))
                .toList();
    }

    @Test
    void theSecondErasesTheFirst() {
        assertEquals(
                TITLE + "          1000         100  cat              kprobe:f0\n",
                shown(counts(1)));
        assertEquals(
                "\033[2A\033[J"
                        + TITLE
                        + "          1000         100  cat              kprobe:f0\n"
                        + "           999         101  cat              kprobe:f1\n",
                shown(counts(2)));
        out.reset();
        live.erase();
        assertEquals("\033[3A\033[J", out.toString(StandardCharsets.UTF_8));
        assertEquals(TITLE, shown(List.of()));
    }

    @Test
    void itFitsOnASmallTerminal() {
        String path = "/usr/lib/".repeat(20);
        List<HitCount> many =
                IntStream.range(0, 100)
                        .mapToObj(
                                i -> new HitCount("uprobe:" + path + i, 1, "cat", 1, HitStack.NONE))
                        .toList();
        List<String> lines = shown(many).lines().toList();
        assertEquals(22, lines.size());
        assertEquals("(80 more)", lines.getLast());
        assertTrue(lines.stream().allMatch(line -> line.length() < 80), lines.toString());
        assertTrue(shown(many).startsWith("\033[22A\033[J"));
    }
}
