package dev.purebpf.cli.syscalls;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Where the trace goes. Once writing has failed nothing more is written, and nothing is thrown into
 * the reading of events: whoever traces asks afterwards.
 */
final class TraceOutput extends OutputStream {
    private final OutputStream target;
    private IOException failure;

    TraceOutput(OutputStream target) {
        this.target = target;
    }

    /** {@return whether there is any sense in writing more} */
    boolean isOpen() {
        return failure == null;
    }

    /**
     * {@return why writing ended before its time; {@code null} if it did not, or if it was only the
     * reader of a pipe that has seen enough}
     */
    IOException failure() {
        return failure == null || isBrokenPipe(failure) ? null : failure;
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
