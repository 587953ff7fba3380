package dev.purebpf.cli.session;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Tells on a terminal how far something has come, when it takes long. Used by one thread. */
public final class Progress implements AutoCloseable {
    static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(200);

    /** Fewer are a matter of a moment. */
    static final int MANY = 100;

    private final String done;
    private final int total;
    private final String things;
    private final PrintStream terminal;
    private final LongSupplier clock;
    private long told;
    private boolean isTold;

    /**
     * Tells it somewhere.
     *
     * @param done what is done with the things
     * @param total how many there are
     * @param things what they are called
     * @param terminal where to; {@code null} for nowhere
     * @param clock the time in nanoseconds
     */
    Progress(String done, int total, String things, PrintStream terminal, LongSupplier clock) {
        this.done = done;
        this.total = total;
        this.things = things;
        this.terminal = total >= MANY ? terminal : null;
        this.clock = clock;
        this.told = clock.getAsLong();
    }

    private static Progress of(String done, int total, String things) {
        PrintStream terminal = Terminal.ERROR.isPresent() ? System.err : null;
        return new Progress(done, total, things, terminal, System::nanoTime);
    }

    /**
     * {@return how far attaching has come, told where somebody sees it}
     *
     * @param total how many probes there are
     */
    public static Progress ofProbes(int total) {
        return of("attached to", total, "probes");
    }

    /**
     * {@return how far reading has come, told where somebody sees it}
     *
     * @param total how many functions there are
     */
    public static Progress ofFunctions(int total) {
        return of("read", total, "functions");
    }

    /**
     * Tells, now and then.
     *
     * @param count how many are done
     */
    public void reached(int count) {
        if (terminal == null) {
            return;
        }
        long now = clock.getAsLong();
        if (now - told > INTERVAL) {
            told = now;
            isTold = true;
            terminal.print("\rpurebpf: " + done + " " + count + " of " + total + " " + things);
            terminal.flush();
        }
    }

    /** Takes the line away (ECMA-48: EL), for something else that is written. */
    public void erase() {
        if (isTold) {
            isTold = false;
            terminal.print("\r\033[K");
            terminal.flush();
        }
    }

    /** Takes the line away for good, also when it did not come to its end. */
    @Override
    public void close() {
        erase();
    }
}
