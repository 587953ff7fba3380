package dev.purebpf.cli.trace;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Attaches to what a pattern named, and leaves out the places where the kernel allows no probe:
 * some begin with an instruction that it cannot run elsewhere. Which they are is for the kernel to
 * say; of many places together it says only that there is one, so these are halved until it is
 * found.
 */
final class RefusedPlaces {
    /** When nothing could be attached by then it is not for the places. */
    private static final int IN_VAIN = 16;

    /** What the kernel says of places, of which other things it says some as well. */
    private static final Set<Errno> ABOUT_PLACES =
            EnumSet.of(
                    Errno.ENOTSUPP,
                    Errno.EOPNOTSUPP,
                    Errno.ENOEXEC,
                    Errno.EINVAL,
                    Errno.EIO,
                    Errno.EILSEQ,
                    Errno.ENOENT,
                    Errno.EADDRNOTAVAIL);

    private final Consumer<Link> links;
    private final List<Integer> refused = new ArrayList<>();
    private KernelException reason;
    private boolean isAttached;

    /**
     * Prepares to attach.
     *
     * @param links takes over each link, also when a later one fails
     */
    RefusedPlaces(Consumer<Link> links) {
        this.links = links;
    }

    /**
     * Attaches one of the probes that a pattern named.
     *
     * @param number its number
     * @param attaching attaches it
     */
    void attach(int number, Supplier<Link> attaching) {
        KernelException failure = tryToAttach(attaching);
        if (failure != null) {
            refuse(number, failure);
        }
    }

    /**
     * Attaches to places that have one link, or several if some have to be left out.
     *
     * @param group attaches
     * @param program the program
     * @param places where; the cookie of each is the number of its probe
     */
    void attach(TracedProbe.Group group, Program program, List<TracedProbe.Place> places) {
        KernelException failure = tryToAttach(() -> group.attach(program, places));
        if (failure == null) {
            return;
        }
        if (places.size() == 1) {
            refuse((int) places.getFirst().cookie(), failure);
            return;
        }
        int middle = places.size() / 2;
        attach(group, program, places.subList(0, middle));
        attach(group, program, places.subList(middle, places.size()));
    }

    private KernelException tryToAttach(Supplier<Link> attaching) {
        try {
            links.accept(attaching.get());
            isAttached = true;
            return null;
        } catch (KernelException e) {
            if (Errno.of(e.errno()).filter(ABOUT_PLACES::contains).isEmpty()) {
                throw e;
            }
            return e;
        }
    }

    private void refuse(int number, KernelException failure) {
        refused.add(number);
        reason = failure;
        if (refused.size() == IN_VAIN) {
            requireSome();
        }
    }

    /**
     * Makes sure that something was attached, if anything was tried.
     *
     * @throws KernelException why the last place was refused, if all were
     */
    void requireSome() {
        if (!isAttached && reason != null) {
            throw reason;
        }
    }

    /** {@return the numbers of the probes that were left out} */
    List<Integer> numbers() {
        return List.copyOf(refused);
    }
}
