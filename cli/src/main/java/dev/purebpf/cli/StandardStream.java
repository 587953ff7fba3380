package dev.purebpf.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;

/**
 * Where a process writes that was told nothing else. There is one {@link CommandOutput} for each,
 * so that what is given up by one part of the command is not waited for by another.
 */
public enum StandardStream {
    /** Standard output. */
    OUTPUT(FileDescriptor.out),
    /** Standard error. */
    ERROR(FileDescriptor.err);

    private final CommandOutput output;

    StandardStream(FileDescriptor descriptor) {
        this.output = CommandOutput.to(new FileOutputStream(descriptor));
    }

    /** {@return what writes there; is not closed by who uses it} */
    public CommandOutput output() {
        return output;
    }
}
