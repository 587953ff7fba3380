package dev.purebpf.cli.trace;

import dev.purebpf.Link;
import dev.purebpf.Program;

/**
 * One probe to attach to.
 *
 * @param layout its name and what is shown of its hits
 * @param program the program for it, without the number at its end
 * @param attachment how to attach that
 */
record TracedProbe(RecordLayout layout, String program, Attachment attachment) {
    /** The program for tracepoints. */
    static final String TRACEPOINT = "at_tracepoint";

    /** The program for functions. */
    static final String FUNCTION = "at_function";

    /** Attaches a program. */
    interface Attachment {
        /**
         * Attaches it.
         *
         * @param program the program
         * @param cookie what it is given at each hit; 0 for none
         */
        Link attach(Program program, long cookie);
    }

    /** {@return the probe's name, such as {@code kprobe:vfs_read}} */
    String name() {
        return layout.name();
    }

    /** {@return the link, which has to be closed} */
    Link attach(Program to, long cookie) {
        return attachment.attach(to, cookie);
    }
}
