package dev.purebpf.cli.syscalls;

import dev.purebpf.cli.session.Session;

/**
 * Says on standard error what was not seen: while it happens, and at the end. Silent where standard
 * error is the trace for a program to read, which is told in its own form.
 */
final class Losses {
    private static final long PAUSE = 2_000_000_000L;

    private final boolean silent;
    private long said;
    private long saidAt = System.nanoTime() - PAUSE;

    /**
     * @param silent whether standard error is not for people
     */
    Losses(boolean silent) {
        this.silent = silent;
    }

    /**
     * Reports new losses, unless it did so a moment ago.
     *
     * @param lost all that was lost so far
     */
    void report(long lost) {
        if (silent || lost == said) {
            return;
        }
        long now = System.nanoTime();
        if (now - saidAt >= PAUSE) {
            said = lost;
            saidAt = now;
            System.err.println("purebpf: " + calls(lost) + " lost so far");
        }
    }

    /**
     * Says how much was lost in all.
     *
     * @param lost the calls that were lost
     * @param notFollowed the processes that were not watched
     */
    void conclude(long lost, long notFollowed) {
        if (silent) {
            return;
        }
        if (lost > 0) {
            System.err.println(
                    "purebpf: "
                            + calls(lost)
                            + " lost: they came faster than they could be read. A bigger"
                            + " --buffer-size makes room for bursts.");
        }
        Session.sayNotFollowed(notFollowed);
    }

    private static String calls(long count) {
        return count == 1 ? "1 call was" : count + " calls were";
    }
}
