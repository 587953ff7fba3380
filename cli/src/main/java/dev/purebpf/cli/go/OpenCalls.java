package dev.purebpf.cli.go;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Calls that have begun and not yet ended, of each goroutine a stack of them. A call and its end
 * have as much of the goroutine's stack in use, wherever that has been moved meanwhile. Calls that
 * ended unseen, as by a panic, are noticed when another one is as deep. What is no longer needed is
 * used again, so that a call allocates nothing. Not thread-safe.
 */
final class OpenCalls {
    /** More at once are not kept: what they gave is then not shown with them. */
    private static final int MOST = 1 << 14;

    /** As little as the events of all of them may take. */
    private static final long MOST_BYTES = 16 << 20;

    private static final int BUCKETS = 1 << 12;

    private final Consumer<Call> calls;
    private final Call call = new Call();

    /** The last call of each goroutine, by a hash of the goroutine. */
    private final Open[] buckets = new Open[BUCKETS];

    private Open unused;
    private int count;
    private long bytes;

    /**
     * Makes an empty collection.
     *
     * @param calls takes each call when it has ended, or nothing more will be known of it; the
     *     object serves the next one, too
     */
    OpenCalls(Consumer<Call> calls) {
        this.calls = calls;
    }

    /** A call that has begun. */
    private static final class Open {
        private final GoEvent event = new GoEvent();
        private Place place;

        /** The call of the same goroutine that made this one, directly or not. */
        private Open caller;

        /** Another goroutine's, of the same bucket; or another that is not in use. */
        private Open next;

        /**
         * What the runtime does on its own has no number of a goroutine: there the thread tells.
         */
        private boolean isBy(GoEvent other) {
            return event.pid() == other.pid()
                    && event.goroutine() == other.goroutine()
                    && (event.goroutine() != 0 || event.tid() == other.tid());
        }
    }

    /** A call begins; the event is copied. */
    void begin(Place place, GoEvent event) {
        Open caller = leave(event, event.depth());
        if (count == MOST || bytes > MOST_BYTES) {
            calls.accept(call.set(place, event, null, null));
            return;
        }
        Open open = unused;
        if (open == null) {
            open = new Open();
        } else {
            unused = open.next;
        }
        open.place = place;
        bytes += open.event.copy(event, place.dataSize());
        if (bytes > MOST_BYTES) {
            dropUnused();
        }
        if (caller != null) {
            remove(caller);
        }
        open.caller = caller;
        add(open);
        count++;
    }

    /** A call ends. */
    void end(Place place, GoEvent event) {
        Open begun = leave(event, event.depth() + 1);
        if (begun != null
                && begun.event.depth() == event.depth()
                && begun.place.function().equals(place.function())) {
            pop(begun);
            calls.accept(call.set(begun.place, begun.event, place, event));
            reuse(begun);
        } else {
            calls.accept(call.set(null, null, place, event));
        }
    }

    /**
     * Gives up the calls of an event's goroutine that had at least so much of the stack.
     *
     * @return the last of those that remain; {@code null} if there is none
     */
    private Open leave(GoEvent event, long depth) {
        Open last = find(event);
        while (last != null && last.event.depth() >= depth) {
            Open caller = last.caller;
            pop(last);
            calls.accept(call.set(last.place, last.event, null, null));
            reuse(last);
            last = caller;
        }
        return last;
    }

    /** Gives up all calls, in the order in which they began. */
    void giveUp() {
        List<Open> left = new ArrayList<>();
        for (int i = 0; i < BUCKETS; i++) {
            for (Open last = buckets[i]; last != null; last = last.next) {
                for (Open one = last; one != null; one = one.caller) {
                    left.add(one);
                }
            }
            buckets[i] = null;
        }
        count = 0;
        left.sort(Comparator.comparingLong(open -> open.event.time()));
        for (Open open : left) {
            calls.accept(call.set(open.place, open.event, null, null));
        }
    }

    private Open find(GoEvent event) {
        Open last = buckets[bucket(event)];
        while (last != null && !last.isBy(event)) {
            last = last.next;
        }
        return last;
    }

    private static int bucket(GoEvent event) {
        long goroutine = event.goroutine() == 0 ? event.tid() : event.goroutine();
        return (int) (goroutine * 31 + event.pid()) & BUCKETS - 1;
    }

    private void add(Open last) {
        int bucket = bucket(last.event);
        last.next = buckets[bucket];
        buckets[bucket] = last;
    }

    private void remove(Open last) {
        int bucket = bucket(last.event);
        if (buckets[bucket] == last) {
            buckets[bucket] = last.next;
            return;
        }
        Open before = buckets[bucket];
        while (before.next != last) {
            before = before.next;
        }
        before.next = last.next;
    }

    /** Takes a goroutine's last call away. */
    private void pop(Open last) {
        remove(last);
        if (last.caller != null) {
            add(last.caller);
        }
        count--;
    }

    private void reuse(Open open) {
        open.place = null;
        open.caller = null;
        open.next = unused;
        unused = open;
    }

    private void dropUnused() {
        for (Open open = unused; open != null; open = open.next) {
            bytes -= open.event.capacity();
        }
        unused = null;
    }
}
