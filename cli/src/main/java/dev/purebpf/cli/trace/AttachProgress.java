package dev.purebpf.cli.trace;

import dev.purebpf.cli.session.Terminal;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Tells on a terminal how far attaching has come, when it takes long. */
final class AttachProgress {
    static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(200);

    /** Fewer are a matter of a moment. */
    static final int MANY = 100;

    private final int total;
    private final PrintStream terminal;
    private final LongSupplier clock;
    private long told;
    private boolean isTold;

    /**
     * Tells it where somebody sees it.
     *
     * @param total how many probes there are
     */
    static AttachProgress of(int total) {
        return new AttachProgress(
                total, Terminal.ERROR.isPresent() ? System.err : null, System::nanoTime);
    }

    /**
     * Tells it somewhere.
     *
     * @param total how many probes there are
     * @param terminal where to; {@code null} for nowhere
     * @param clock the time in nanoseconds
     */
    AttachProgress(int total, PrintStream terminal, LongSupplier clock) {
        this.total = total;
        this.terminal = total >= MANY ? terminal : null;
        this.clock = clock;
        this.told = clock.getAsLong();
    }

    /** Tells, now and then. */
    void attached(int count) {
        if (terminal == null) {
            return;
        }
        long now = clock.getAsLong();
        if (now - told > INTERVAL) {
            told = now;
            isTold = true;
            terminal.print("\rpurebpf: attached to " + count + " of " + total + " probes");
            terminal.flush();
        }
    }

    /** Takes the line away (ECMA-48: EL). */
    void done() {
        if (isTold) {
            terminal.print("\r\033[K");
            terminal.flush();
        }
    }
}
