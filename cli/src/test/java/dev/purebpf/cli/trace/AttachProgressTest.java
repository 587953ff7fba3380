package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** What people see while many probes are attached, by a clock of the test's own. */
class AttachProgressTest {
    private static final long SOON = AttachProgress.INTERVAL / 2;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final PrintStream terminal = new PrintStream(out, true, StandardCharsets.UTF_8);
    private long now = Long.MAX_VALUE - AttachProgress.INTERVAL;

    private String attach(int total, long pause) {
        AttachProgress progress = new AttachProgress(total, terminal, () -> now);
        for (int i = 0; i < total; i++) {
            now += pause;
            progress.attached(i);
        }
        progress.done();
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
    void whatIsDoneInAMomentIsNotTold() {
        assertEquals("", attach(500, 0));
    }

    @Test
    void fewProbesAreNotTold() {
        assertEquals("", attach(AttachProgress.MANY - 1, 2 * AttachProgress.INTERVAL));
    }

    @Test
    void nothingIsToldWhereNobodySeesIt() {
        AttachProgress progress = new AttachProgress(500, null, () -> now += 1_000_000_000);
        for (int i = 0; i < 500; i++) {
            progress.attached(i);
        }
        progress.done();
        assertEquals("", out.toString(StandardCharsets.UTF_8));
    }
}
