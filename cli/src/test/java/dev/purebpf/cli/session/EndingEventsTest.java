package dev.purebpf.cli.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;

/** Who presses Ctrl-C waits for so long, however many events there are. */
class EndingEventsTest {
    private static final int ALL = 100;

    private boolean ending;
    private long now = Long.MAX_VALUE - 1;
    private int handled;

    private final EndingEvents events =
            new EndingEvents((_, _, _) -> handled++, () -> ending, () -> now);

    private void send(int count) {
        for (int i = 0; i < count; i++) {
            events.onEvent(MemorySegment.NULL, 0, 0);
        }
    }

    @Test
    void beforeTheEndNothingIsLeftOutHoweverLongItTakes() {
        for (int i = 0; i < ALL; i++) {
            send(1);
            now += EndingEvents.PATIENCE;
        }
        assertEquals(ALL, handled);
        assertEquals(0, events.unread());
    }

    @Test
    void whatIsReadInTimeIsHandedOnAndTheRestCounted() {
        ending = true;
        for (int i = 0; i < ALL; i++) {
            send(1);
            // A clock may pass the largest number.
            now += EndingEvents.PATIENCE / 10;
        }
        assertEquals(10, handled);
        assertEquals(ALL - 10, events.unread());
    }

    @Test
    void timeCountsFromTheFirstEventAfterTheWish() {
        ending = true;
        now += 3 * EndingEvents.PATIENCE;
        send(ALL);
        assertEquals(ALL, handled);
        now += EndingEvents.PATIENCE;
        send(ALL);
        assertEquals(ALL, handled);
        assertEquals(ALL, events.unread());
    }
}
