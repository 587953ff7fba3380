package dev.purebpf.probe;

import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PerfEventAttributes;
import dev.purebpf.kernel.PerfEvents;

/**
 * A program at a perf event: by a BPF link since Linux 5.15, by the event alone before
 * (libbpf-like).
 */
final class PerfEventLink extends ProbeLink {
    private final OwnedFd event;

    /** {@code null} where the kernel knows no links of perf events. */
    private final OwnedFd link;

    /** {@code null} where the event does not depend on an entry in tracefs. */
    private final TracefsProbe entry;

    private PerfEventLink(
            Program program, String target, OwnedFd event, OwnedFd link, TracefsProbe entry) {
        super(program, target);
        this.event = event;
        this.link = link;
        this.entry = entry;
    }

    /**
     * Attaches a program to an event and lets the event happen. The event and its entry belong to
     * the link from now on, and are closed when anything fails.
     *
     * @param cookie what {@code bpf_get_attach_cookie} gives the program; 0 for none
     * @param entry the entry in tracefs that the event comes from; {@code null} for none
     */
    static PerfEventLink attach(
            Program program, String target, OwnedFd event, long cookie, TracefsProbe entry) {
        Kernel kernel = program.kernel();
        OwnedFd link = null;
        try {
            if (kernel.features().has(Feature.PERF_LINK)) {
                link =
                        LinkCommands.createForPerfEvent(
                                kernel, program.fd(), event.number(), cookie);
            } else {
                if (cookie != 0) {
                    kernel.features().require(Feature.COOKIE);
                }
                PerfEvents.setProgram(kernel, event.number(), program.fd());
            }
            PerfEvents.enable(kernel, event.number());
            return new PerfEventLink(program, target, event, link, entry);
        } catch (RuntimeException e) {
            event.close();
            if (link != null) {
                link.close();
            }
            if (entry != null) {
                entry.close();
            }
            throw e instanceof KernelException refused ? explained(refused, target) : e;
        }
    }

    private static KernelException explained(KernelException e, String target) {
        if (!Errno.EEXIST.is(e)) {
            return e;
        }
        return Errno.EEXIST.failure(
                "attaching to " + target,
                "this program is attached there already, and one tracepoint runs a program once:"
                        + " load it a second time, or close the other link first");
    }

    /**
     * Attaches a program to what an entry in tracefs describes. The entry belongs to the link from
     * now on, and is closed when anything fails.
     *
     * @param pid the process in which it happens, −1 for all
     */
    static PerfEventLink attach(
            Program program, String target, TracefsProbe entry, int pid, long cookie) {
        Kernel kernel = program.kernel();
        var event = PerfEventAttributes.tracepoint(entry.id());
        long result = PerfEvents.open(kernel, event, pid, pid < 0 ? 0 : -1);
        if (result < 0) {
            entry.close();
            throw entry.refusal((int) -result);
        }
        OwnedFd fd;
        try {
            fd = OwnedFd.of(kernel, result, "attaching to " + target);
        } catch (RuntimeException e) {
            entry.close();
            throw e;
        }
        return attach(program, target, fd, cookie, entry);
    }

    @Override
    OwnedFd pinnable() {
        if (link == null) {
            program().kernel().features().require(Feature.PERF_LINK);
        }
        return link;
    }

    @Override
    void release(boolean pinned) {
        if (!pinned) {
            try {
                PerfEvents.disable(program().kernel(), event.number());
            } catch (KernelException e) {
                // Closing ends it as well.
            }
        }
        event.close();
        if (link != null) {
            link.close();
        }
        // A pinned link still uses the entry; it goes when the next one is added after our end.
        if (entry != null && !pinned) {
            entry.close();
        }
    }
}
