package dev.purebpf.cli.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether somebody sits in front of what is written. */
public enum Terminal {
    /** Standard output. */
    OUTPUT(1),
    /** Standard error. */
    ERROR(2);

    private final Path link;

    Terminal(int descriptor) {
        this.link = Path.of("/proc/self/fd/" + descriptor);
    }

    /** {@return whether it is a terminal, as far as its name tells} */
    public boolean isPresent() {
        try {
            String name = Files.readSymbolicLink(link).toString();
            return name.startsWith("/dev/pts/")
                    || name.startsWith("/dev/tty")
                    || name.equals("/dev/console");
        } catch (IOException e) {
            // Closed, or no /proc.
            return false;
        }
    }
}
