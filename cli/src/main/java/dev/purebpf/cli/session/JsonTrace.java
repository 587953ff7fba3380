package dev.purebpf.cli.session;

import com.fasterxml.jackson.core.io.SerializedString;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;

/** A trace for programs to read: one object an event, one a line. Not thread-safe. */
public final class JsonTrace {
    private static final SerializedString TIME = new SerializedString("time");

    private final JsonLines json;
    private final WallClock clock;
    private final ByteText time = new ByteText(40);

    /**
     * Begins one.
     *
     * @param output where it goes
     * @param clock date and time
     */
    public JsonTrace(CommandOutput output, WallClock clock) {
        this.json = JsonLines.to(output);
        this.clock = clock;
    }

    /** {@return the lines} */
    public JsonLines json() {
        return json;
    }

    /**
     * Begins an event by its time; {@link JsonLines#endLine} ends it.
     *
     * @param monotonic when it happened: CLOCK_MONOTONIC in nanoseconds
     */
    public void begin(long monotonic) {
        time.clear();
        clock.append(monotonic, time);
        json.writeStartObject();
        json.writeFieldName(TIME);
        json.writeAscii(time.bytes(), time.length());
    }

    /**
     * Writes what was not seen, if anything.
     *
     * @param lost the events that were lost
     * @param notFollowed the processes that were not watched
     */
    public void writeLosses(long lost, long notFollowed) {
        if (lost == 0 && notFollowed == 0) {
            return;
        }
        json.writeStartObject();
        json.writeNumberField("lost", lost);
        json.writeNumberField("not_followed", notFollowed);
        json.endLine();
    }
}
