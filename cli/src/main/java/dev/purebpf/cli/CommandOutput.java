package dev.purebpf.cli;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Where a command's results go. Once writing has failed nothing more is written, and nothing is
 * thrown into the work: whoever writes asks afterwards.
 */
public final class CommandOutput extends OutputStream {
    private final OutputStream target;
    private IOException failure;

    /**
     * Makes an output.
     *
     * @param target where it goes; buffered by the writers, not here
     */
    public CommandOutput(OutputStream target) {
        this.target = target;
    }

    /** {@return whether there is any sense in writing more} */
    public boolean isOpen() {
        return failure == null;
    }

    /**
     * {@return why writing ended before its time; {@code null} if it did not, or if it was only the
     * reader of a pipe that has seen enough}
     */
    public IOException failure() {
        return failure == null || isBrokenPipe(failure) ? null : failure;
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
        try {
            target.write(bytes, offset, length);
        } catch (IOException e) {
            failure = e;
        }
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
