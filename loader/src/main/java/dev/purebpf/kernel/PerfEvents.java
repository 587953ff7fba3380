package dev.purebpf.kernel;

import static dev.purebpf.kernel.AttributeScratch.setInt;
import static dev.purebpf.kernel.AttributeScratch.setLong;
import static dev.purebpf.kernel.AttributeScratch.zeroed;

import dev.purebpf.error.KernelException;

import java.lang.foreign.MemorySegment;

/** {@code perf_event_open(2)} and the requests on what it opens. */
public final class PerfEvents {
    /** {@code PERF_FLAG_FD_CLOEXEC}. */
    private static final long CLOSE_ON_EXEC = 1 << 3;

    /**
     * {@code PERF_ATTR_SIZE_VER5}: Linux 4.1. Kernels older than a size take it if its rest is
     * zero.
     */
    private static final int SIZE = 112;

    private static final long ENABLE = 0x2400;
    private static final long DISABLE = 0x2401;
    private static final long SET_BPF = 0x40042408;
    private static final long FREQUENCY = 1 << 10;

    private PerfEvents() {}

    /**
     * {@return a new perf event, close-on-exec; a {@link PerfEventAttributes#tracepoint} or {@code
     * probe} is enabled by {@link #enable}}
     *
     * @param kernel the kernel
     * @param event what to count or sample
     * @param pid a thread, 0 for the caller, −1 for all
     * @param cpu a CPU, −1 for all
     * @param operation what is attempted, for messages, such as {@code attaching to tracepoint a:b}
     * @throws KernelException if the kernel refuses
     */
    public static OwnedFd open(
            Kernel kernel, PerfEventAttributes event, int pid, int cpu, String operation) {
        return OwnedFd.of(kernel, open(kernel, event, pid, cpu), operation);
    }

    /**
     * {@return a new perf event's descriptor, or minus the error number}
     *
     * @param kernel the kernel
     * @param event what to count or sample
     * @param pid a thread, 0 for the caller, −1 for all
     * @param cpu a CPU, −1 for all
     */
    public static long open(Kernel kernel, PerfEventAttributes event, int pid, int cpu) {
        MemorySegment attributes = zeroed(SIZE);
        setInt(attributes, 0, event.type());
        setInt(attributes, 4, SIZE);
        setLong(attributes, 8, event.config());
        setLong(attributes, 16, event.samplePeriod());
        setLong(attributes, 24, event.sampleType());
        setLong(attributes, 40, event.frequency() ? FREQUENCY : 0);
        setInt(attributes, 48, event.wakeupEvents());
        setLong(attributes, 56, event.config1());
        setLong(attributes, 64, event.config2());
        return kernel.perfEventOpen(attributes, pid, cpu, -1, CLOSE_ON_EXEC);
    }

    /**
     * Lets an event happen.
     *
     * @param kernel the kernel
     * @param event the event's descriptor
     * @throws KernelException if the kernel refuses
     */
    public static void enable(Kernel kernel, int event) {
        kernel.check(kernel.ioctl(event, ENABLE, 0), "enabling a perf event");
    }

    /**
     * Stops an event.
     *
     * @param kernel the kernel
     * @param event the event's descriptor
     * @throws KernelException if the kernel refuses
     */
    public static void disable(Kernel kernel, int event) {
        kernel.check(kernel.ioctl(event, DISABLE, 0), "disabling a perf event");
    }

    /**
     * Attaches a program to an event until the event is closed: the way before {@link
     * Feature#PERF_LINK}.
     *
     * @param kernel the kernel
     * @param event the event's descriptor
     * @param program the program's descriptor
     * @throws KernelException if the kernel refuses; EEXIST if the event has a program
     */
    public static void setProgram(Kernel kernel, int event, int program) {
        kernel.check(kernel.ioctl(event, SET_BPF, program), "attaching to a perf event");
    }
}
