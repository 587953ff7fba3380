package dev.purebpf.cli.trace;

import dev.purebpf.Link;
import dev.purebpf.Program;

import java.util.List;

/**
 * One probe to attach to.
 *
 * @param layout its name and what is shown of its hits
 * @param program the program for it
 * @param target what that has to be loaded for; empty if it is loaded for any place
 * @param attachment how to attach it
 */
record TracedProbe(RecordLayout layout, HitProgram program, String target, Attachment attachment) {

    /** How a probe is attached. */
    sealed interface Attachment permits Single, Matched, Member {}

    /** By a link of its own. */
    non-sealed interface Single extends Attachment {
        /**
         * Attaches a program.
         *
         * @param program the program
         * @param cookie what it is given at each hit; 0 for none
         * @return the link, which has to be closed
         */
        Link attach(Program program, long cookie);
    }

    /**
     * By a link of its own, but only where the kernel allows it: nobody named this probe, a pattern
     * did.
     *
     * @param single how it is attached there
     */
    record Matched(Single single) implements Attachment {}

    /**
     * Together with others that a pattern named, by one link. Those that the kernel does not allow
     * are left out.
     *
     * @param group which others: all that have an equal one
     * @param place where it is, as the group counts places
     */
    record Member(Group group, long place) implements Attachment {}

    /** What is attached by one link; a value. */
    interface Group {
        /**
         * Attaches a program to all members.
         *
         * @param program the program
         * @param places where, each place once, with what it is given there
         * @return the link, which has to be closed
         */
        Link attach(Program program, List<Place> places);
    }

    /**
     * A place of a group.
     *
     * @param place where
     * @param cookie what the program is given there
     */
    record Place(long place, long cookie) {}

    /** A probe whose program serves any place. */
    TracedProbe(RecordLayout layout, HitProgram program, Attachment attachment) {
        this(layout, program, "", attachment);
    }

    /** {@return the probe's name, such as {@code kprobe:vfs_read}} */
    String name() {
        return layout.name();
    }
}
