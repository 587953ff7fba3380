package dev.purebpf.cli.syscalls;

import java.util.function.Consumer;

/** Says how many calls were not seen: while it happens, and at the end. */
final class Losses {
    private static final long PAUSE = 2_000_000_000L;

    private final Consumer<String> people;
    private long said;
    private long saidAt = System.nanoTime() - PAUSE;

    /**
     * @param people take each sentence
     */
    Losses(Consumer<String> people) {
        this.people = people;
    }

    /**
     * Reports new losses, unless it did so a moment ago.
     *
     * @param lost all that was lost so far
     */
    void report(long lost) {
        if (lost == said) {
            return;
        }
        long now = System.nanoTime();
        if (now - saidAt >= PAUSE) {
            said = lost;
            saidAt = now;
            people.accept(calls(lost) + " lost so far");
        }
    }

    /**
     * Says how much was lost in all.
     *
     * @param lost the calls that were lost
     */
    void conclude(long lost) {
        if (lost > 0) {
            people.accept(
                    calls(lost)
                            + " lost: they came faster than they could be read. A bigger"
                            + " --buffer-size makes room for bursts.");
        }
    }

    private static String calls(long count) {
        return count == 1 ? "1 call was" : count + " calls were";
    }
}
