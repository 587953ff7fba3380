package dev.purebpf.cli.session;

import dev.purebpf.event.EventHandler;

import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Hands events on until whoever asked the tracing to end has waited long enough: events may come
 * faster than they are written, and a full buffer of them takes its time. Later ones are only
 * counted, which takes next to none. One thread uses it.
 */
final class EndingEvents implements EventHandler {
    /** How long events are still handed on, in nanoseconds. */
    static final long PATIENCE = 2_000_000_000L;

    private final EventHandler handler;
    private final BooleanSupplier ending;
    private final LongSupplier clock;
    private boolean isEnding;
    private boolean isLate;
    private long endingSince;
    private long unread;

    /**
     * Prepares to hand on.
     *
     * @param handler takes the events
     * @param ending whether the end was asked for; asked before each event until it was
     * @param clock tells nanoseconds since any moment
     */
    EndingEvents(EventHandler handler, BooleanSupplier ending, LongSupplier clock) {
        this.handler = handler;
        this.ending = ending;
        this.clock = clock;
    }

    @Override
    public void onEvent(MemorySegment data, long offset, int length) {
        if (isLate || isTooLate()) {
            unread++;
        } else {
            handler.onEvent(data, offset, length);
        }
    }

    /** From the first event on that comes after the wish: a busy machine may delay that. */
    private boolean isTooLate() {
        if (!isEnding) {
            if (!ending.getAsBoolean()) {
                return false;
            }
            isEnding = true;
            endingSince = clock.getAsLong();
        }
        isLate = clock.getAsLong() - endingSince >= PATIENCE;
        return isLate;
    }

    /** {@return how many events were not handed on} */
    long unread() {
        return unread;
    }
}
