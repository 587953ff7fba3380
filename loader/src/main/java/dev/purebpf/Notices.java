package dev.purebpf;

import java.lang.System.Logger.Level;

/**
 * What is worth knowing though the load goes on, for the logger {@code dev.purebpf}. That is looked
 * up only when there is something to say: it takes longer than loading a small object.
 */
final class Notices {
    private Notices() {}

    static void warn(String text) {
        System.getLogger("dev.purebpf").log(Level.WARNING, text);
    }

    static void debug(String text) {
        System.getLogger("dev.purebpf").log(Level.DEBUG, text);
    }
}
