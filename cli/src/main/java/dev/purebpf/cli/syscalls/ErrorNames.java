package dev.purebpf.cli.syscalls;

import dev.purebpf.kernel.Errno;

import java.nio.charset.StandardCharsets;

/** The names of errors in the form in which they are printed, each made once. */
final class ErrorNames {

    /** The first of the errors that the kernel keeps for itself: ERESTARTSYS. */
    static final int INTERNAL = 512;

    private static final int LIMIT = 4096;
    private final byte[][] explained = new byte[LIMIT][];
    private final byte[][] names = new byte[LIMIT][];

    /** {@return {@code ENOENT (No such file or directory)}} */
    byte[] explained(int errno) {
        byte[] known = explained[errno];
        if (known == null) {
            known = bytes(Errno.nameOf(errno) + " (" + Errno.textOf(errno) + ")");
            explained[errno] = known;
        }
        return known;
    }

    /** {@return {@code ENOENT}} */
    byte[] name(int errno) {
        byte[] known = names[errno];
        if (known == null) {
            known = bytes(Errno.nameOf(errno));
            names[errno] = known;
        }
        return known;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
