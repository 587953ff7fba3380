package dev.purebpf.cli.session;

import dev.purebpf.cli.CommandOutput;

/**
 * A trace for people to read: lines that begin with a time of day. They are collected until they
 * are flushed or are many. Not thread-safe.
 */
public final class TextTrace {
    private static final int FULL = 1 << 16;

    /** What a line may have without making the text grow. */
    private static final int LINE = 8192;

    private final CommandOutput output;
    private final WallClock clock;
    private final ByteText text = new ByteText(FULL + LINE);

    /**
     * Begins one.
     *
     * @param output where it goes
     * @param clock the time of day
     */
    public TextTrace(CommandOutput output, WallClock clock) {
        this.output = output;
        this.clock = clock;
    }

    /** {@return what is collected} */
    public ByteText text() {
        return text;
    }

    /**
     * Begins an event by its time and a space; {@link #end} ends it.
     *
     * @param monotonic when it happened: CLOCK_MONOTONIC in nanoseconds
     */
    public void begin(long monotonic) {
        clock.append(monotonic, text);
        text.append(' ');
    }

    /** Ends an event and its line. */
    public void end() {
        text.append('\n');
        if (text.length() >= FULL) {
            flush();
        }
    }

    /** Hands on what is collected. */
    public void flush() {
        if (text.length() > 0) {
            output.write(text.bytes(), 0, text.length());
            text.clear();
        }
    }
}
