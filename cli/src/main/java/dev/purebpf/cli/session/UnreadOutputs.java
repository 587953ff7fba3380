package dev.purebpf.cli.session;

import dev.purebpf.cli.CommandOutput;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Gives up outputs that nobody reads once the tracing is to end: who writes to a pipe that is full
 * waits for a reader, which may never come, and sees no Ctrl-C meanwhile. One thread uses it,
 * another than the one that writes.
 */
final class UnreadOutputs {
    /** How long a write may take at the end, in nanoseconds. */
    static final long PATIENCE = 1_000_000_000L;

    private final List<Pending> outputs;
    private final BooleanSupplier ending;
    private final LongSupplier clock;

    /** What was last seen of an output. */
    private static final class Pending {
        private final CommandOutput output;
        private int progress;
        private long since;

        Pending(CommandOutput output) {
            this.output = output;
        }

        void look(long now) {
            int progress = output.progress();
            if (progress != this.progress) {
                this.progress = progress;
                since = now;
            } else if ((progress & 1) != 0 && now - since >= PATIENCE) {
                output.giveUp();
            }
        }
    }

    /**
     * Prepares to look.
     *
     * @param outputs what may be given up
     * @param ending whether the tracing is to end by now, and waits for nothing else
     * @param clock tells nanoseconds since any moment
     */
    UnreadOutputs(List<CommandOutput> outputs, BooleanSupplier ending, LongSupplier clock) {
        this.outputs = outputs.stream().map(Pending::new).toList();
        this.ending = ending;
        this.clock = clock;
    }

    /** Looks whether the writes that are under way get on. */
    void look() {
        if (ending.getAsBoolean()) {
            long now = clock.getAsLong();
            for (Pending each : outputs) {
                each.look(now);
            }
        }
    }
}
