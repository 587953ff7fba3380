package dev.purebpf.cli.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** What people see while something takes long, by a clock of the test's own. */
class ProgressTest {
    private static final long SOON = Progress.INTERVAL / 2;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final PrintStream terminal = new PrintStream(out, true, StandardCharsets.UTF_8);
    private long now = Long.MAX_VALUE - Progress.INTERVAL;

    private String attach(int total, long pause) {
        try (Progress progress =
                new Progress("attached to", total, "probes", terminal, () -> now)) {
            for (int i = 0; i < total; i++) {
                now += pause;
                progress.reached(i);
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void oneLineIsWrittenAgainNowAndThenAndErased() {
        StringBuilder expected = new StringBuilder();
        // More than an interval has passed with each third probe.
        for (int i = 2; i < 120; i += 3) {
            expected.append("\rpurebpf: attached to ").append(i).append(" of 120 probes");
        }
        assertEquals(expected + "\r\033[K", attach(120, SOON));
    }

    @Test
    void whatIsErasedIsToldAgainWhenItGoesOn() {
        Progress progress = new Progress("read", 500, "functions", terminal, () -> now);
        for (int count : new int[] {100, 200}) {
            now += 2 * Progress.INTERVAL;
            progress.reached(count);
            progress.erase();
            progress.erase();
        }
        assertEquals(
                "\rpurebpf: read 100 of 500 functions\r\033[K"
                        + "\rpurebpf: read 200 of 500 functions\r\033[K",
                out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void whatIsDoneInAMomentIsNotTold() {
        assertEquals("", attach(500, 0));
    }

    @Test
    void fewProbesAreNotTold() {
        assertEquals("", attach(Progress.MANY - 1, 2 * Progress.INTERVAL));
    }

    @Test
    void nothingIsToldWhereNobodySeesIt() {
        Progress progress =
                new Progress("read", 500, "functions", null, () -> now += 1_000_000_000);
        for (int i = 0; i < 500; i++) {
            progress.reached(i);
        }
        progress.erase();
        assertEquals("", out.toString(StandardCharsets.UTF_8));
    }
}
