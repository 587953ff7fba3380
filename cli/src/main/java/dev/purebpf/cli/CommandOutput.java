package dev.purebpf.cli;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;

/**
 * Where a command's results go. Once writing has failed nothing more is written, and nothing is
 * thrown into the work: whoever writes asks afterwards. One thread writes; any may give up what
 * goes to a file.
 */
public final class CommandOutput extends OutputStream {
    private final OutputStream target;
    private final FileChannel file;
    private IOException failure;
    private volatile boolean isGivenUp;

    /** The writes that have begun and those that have ended: odd while one is under way. */
    private volatile int progress;

    /**
     * Makes an output.
     *
     * @param target where it goes; buffered by the writers, not here
     */
    public CommandOutput(OutputStream target) {
        this(target, null);
    }

    private CommandOutput(OutputStream target, FileChannel file) {
        this.target = target;
        this.file = file;
    }

    /**
     * {@return an output that {@link #giveUp} ends even while it waits for a reader}
     *
     * @param file a file, a pipe or a terminal
     */
    public static CommandOutput to(FileOutputStream file) {
        // Unlike that of the stream, a write of its channel ends when another thread closes it.
        FileChannel channel = file.getChannel();
        return new CommandOutput(Channels.newOutputStream(channel), channel);
    }

    /**
     * Writes no more, and ends a write that is under way: for a pipe that is full and that nobody
     * reads. Of the standard streams Java makes {@code /dev/null} by that.
     */
    public void giveUp() {
        isGivenUp = true;
        try {
            file.close();
        } catch (IOException e) {
            // What was to be lost is lost.
        }
    }

    /** {@return whether {@link #giveUp} was called} */
    public boolean isGivenUp() {
        return isGivenUp;
    }

    /**
     * {@return a number that stays the same as long as a write does not end; it is odd while one is
     * under way}
     */
    public int progress() {
        return progress;
    }

    /** {@return whether there is any sense in writing more} */
    public boolean isOpen() {
        return failure == null;
    }

    /**
     * {@return why writing ended before its time; {@code null} if it did not, or if it was only the
     * reader of a pipe that has seen enough, or {@link #giveUp}}
     */
    public IOException failure() {
        return failure == null || isGivenUp || isReaderGone() ? null : failure;
    }

    /** {@return whether it was a pipe, and whoever read that has seen enough} */
    public boolean isReaderGone() {
        return failure != null && isBrokenPipe(failure);
    }

    /**
     * Makes sure that everything has been written that somebody wanted to read.
     *
     * @throws CommandFailure if it has not, as on a full disk
     */
    public void requireWritten() {
        if (failure() != null) {
            throw new CommandFailure(
                    "the output is not complete, for it could not be written: "
                            + failure.getMessage(),
                    failure);
        }
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (failure != null) {
            return;
        }
        progress++;
        try {
            target.write(bytes, offset, length);
        } catch (IOException e) {
            failure = e;
        }
        progress++;
    }

    @Override
    public void close() {
        try {
            target.close();
        } catch (IOException e) {
            if (failure == null) {
                failure = e;
            }
        }
    }

    private static boolean isBrokenPipe(IOException e) {
        // Java hands on the system's text for EPIPE, and has no other sign of it.
        return e.getMessage() != null && e.getMessage().contains("Broken pipe");
    }
}
