package dev.purebpf.cli.go;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Calls that have begun and not yet ended, of each goroutine a stack of them. A call and its end
 * have as much of the goroutine's stack in use, wherever that has been moved meanwhile. Calls that
 * ended unseen, as by a panic, are noticed when another one is as deep. Not thread-safe.
 */
final class OpenCalls {
    /** More at once are not kept: what they gave is then not shown with them. */
    private static final int MOST = 1 << 14;

    private final Map<Key, Deque<Open>> goroutines = new HashMap<>();
    private final Consumer<Call> calls;
    private int count;

    /**
     * Makes an empty collection.
     *
     * @param calls takes each call when it has ended, or nothing more will be known of it
     */
    OpenCalls(Consumer<Call> calls) {
        this.calls = calls;
    }

    /** What the runtime does on its own has no number of a goroutine: there the thread tells. */
    private record Key(int process, long goroutine, int thread) {
        private static Key of(GoEvent event) {
            long goroutine = event.goroutine();
            return new Key(event.pid(), goroutine, goroutine == 0 ? event.tid() : 0);
        }
    }

    private record Open(Place place, GoEvent event) {}

    /** A call begins; the event is copied. */
    void begin(Place place, GoEvent event) {
        Key key = Key.of(event);
        Deque<Open> stack = goroutines.computeIfAbsent(key, any -> new ArrayDeque<>());
        leave(stack, event.depth());
        if (count == MOST) {
            calls.accept(new Call(place, event, null, null));
            return;
        }
        stack.push(new Open(place, event.copy(place.dataSize())));
        count++;
    }

    /** A call ends. */
    void end(Place place, GoEvent event) {
        Key key = Key.of(event);
        Deque<Open> stack = goroutines.get(key);
        if (stack != null) {
            leave(stack, event.depth() + 1);
        }
        Open begun = stack == null ? null : stack.peek();
        if (begun != null
                && begun.event().depth() == event.depth()
                && begun.place().function().equals(place.function())) {
            stack.pop();
            count--;
            if (stack.isEmpty()) {
                goroutines.remove(key);
            }
            calls.accept(new Call(begun.place(), begun.event(), place, event));
        } else {
            calls.accept(new Call(null, null, place, event));
        }
    }

    /** Gives up the calls that had at least so much of the stack. */
    private void leave(Deque<Open> stack, long depth) {
        while (!stack.isEmpty() && stack.peek().event().depth() >= depth) {
            Open left = stack.pop();
            count--;
            calls.accept(new Call(left.place(), left.event(), null, null));
        }
    }

    /** Gives up all calls, in the order in which they began. */
    void giveUp() {
        List<Open> left = new ArrayList<>();
        goroutines.values().forEach(left::addAll);
        goroutines.clear();
        count = 0;
        left.sort(Comparator.comparingLong(open -> open.event().time()));
        for (Open open : left) {
            calls.accept(new Call(open.place(), open.event(), null, null));
        }
    }
}
