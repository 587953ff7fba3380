package dev.purebpf.cli.trace;

import dev.purebpf.cli.session.Terminal;

import java.util.concurrent.TimeUnit;

/** Tells on a terminal how far attaching has come, when it takes long. */
final class AttachProgress {
    private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(200);

    /** Fewer are a matter of a moment. */
    private static final int MANY = 100;

    private final int total;
    private final boolean isSeen;
    private long told = System.nanoTime();
    private boolean isTold;

    AttachProgress(int total) {
        this.total = total;
        this.isSeen = total >= MANY && Terminal.ERROR.isPresent();
    }

    /** Tells, now and then. */
    void attached(int count) {
        long now = System.nanoTime();
        if (isSeen && now - told > INTERVAL) {
            told = now;
            isTold = true;
            System.err.print("\rpurebpf: attached to " + count + " of " + total + " probes");
            System.err.flush();
        }
    }

    /** Takes the line away (ECMA-48: EL). */
    void done() {
        if (isTold) {
            System.err.print("\r\033[K");
            System.err.flush();
        }
    }
}
