package dev.purebpf.probe;

import dev.purebpf.Program;
import dev.purebpf.error.BpfException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PerfEventAttributes;
import dev.purebpf.kernel.PerfEvents;
import dev.purebpf.link.ProgramType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * One instruction of the kernel or of a file, or the return of a function, as the kernel is asked
 * to probe it: by a perf event of a kind of its own, or by an entry in tracefs.
 *
 * @param kind what is probed
 * @param onReturn whether the return of the function is probed
 * @param way how to ask
 * @param name the function, or the file; empty for an address
 * @param offset the offset in the function or in the file, or the address
 * @param referenceCounter where in the file a number counts who listens; 0 for none
 * @param pid the process in which it happens, −1 for all
 * @param cookie what {@code bpf_get_attach_cookie} gives the program; 0 for none
 * @param label what the name of an entry in tracefs tells about the place
 * @param place the place as tracefs wants it; asked only if that is the way
 * @param target the place for people
 * @param refusal why the kernel may have refused it, by the error number
 */
record SingleProbe(
        TracefsProbe.Kind kind,
        boolean onReturn,
        Kprobe.Way way,
        String name,
        long offset,
        long referenceCounter,
        int pid,
        long cookie,
        String label,
        Supplier<String> place,
        String target,
        IntFunction<BpfException> refusal) {

    /** Where in {@code config} a perf event has the reference counter. */
    private static final int COUNTER_SHIFT = 32;

    /**
     * Checks that a program is one for single places.
     *
     * @param kind {@code kprobe} or {@code uprobe}
     * @param section the section that it should be of
     */
    static void requireKind(Program program, String kind, String section) {
        if (program.type() != ProgramType.KPROBE || program.attachType().isPresent()) {
            throw new IllegalArgumentException(
                    "program "
                            + program.name()
                            + " is of section "
                            + program.section()
                            + ": a "
                            + kind
                            + " takes SEC(\""
                            + section
                            + "\")");
        }
    }

    /**
     * Attaches a program whose kind is known to be right.
     *
     * @throws UnsupportedFeatureException if the kernel has no such probes, or not in this way
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    PerfEventLink attach(Program program, Tracefs tracefs) {
        Kernel kernel = program.kernel();
        Optional<ProbePmu> pmu = ProbePmu.find(kernel, kind.probe());
        if (way == Kprobe.Way.PERF_EVENT && pmu.isEmpty()) {
            throw new UnsupportedFeatureException("perf events for " + kind.probe() + "s", "4.17");
        }
        if (way != Kprobe.Way.TRACEFS && pmu.isPresent()) {
            TracefsProbe.removeAbandonedOnce(kernel, tracefs);
            return PerfEventLink.attach(program, target, open(kernel, pmu.get()), cookie, null);
        }
        return PerfEventLink.attach(
                program, target, TracefsProbe.create(kernel, tracefs, this), pid, cookie);
    }

    String operation() {
        return "attaching to " + target;
    }

    private OwnedFd open(Kernel kernel, ProbePmu pmu) {
        long config = referenceCounter << COUNTER_SHIFT | (onReturn ? pmu.returnBit() : 0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = name.isEmpty() ? MemorySegment.NULL : arena.allocateFrom(name);
            var event = PerfEventAttributes.probe(pmu.type(), config, text.address(), offset);
            long result = PerfEvents.open(kernel, event, pid, pid < 0 ? 0 : -1);
            if (result < 0) {
                throw refusal.apply((int) -result);
            }
            return OwnedFd.of(kernel, result, operation());
        }
    }
}
