package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Cpus;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PerfEventAttributes;
import dev.purebpf.kernel.PerfEvents;
import dev.purebpf.link.ProgramType;

import java.util.ArrayList;
import java.util.List;

/**
 * Samples: the program runs each time that something has been counted so often, wherever the CPU is
 * then; a profiler's way to look.
 *
 * <p>Linux 4.9. The types and numbers of events are those of {@code perf_event_open(2)}.
 *
 * @param type {@link PerfEventAttributes#SOFTWARE}, {@link PerfEventAttributes#HARDWARE} or another
 * @param event the number of the event among those of its type
 * @param amount how many events are one sample, or how many samples a second are wanted
 * @param isFrequency whether the amount is a frequency, in Hz
 * @param tid the thread that is sampled, −1 for all
 * @param cpu the CPU that is sampled, −1 for all
 * @param cookie what {@code bpf_get_attach_cookie} gives the program (5.15); 0 for none
 */
public record PerfEvent(
        int type, long event, long amount, boolean isFrequency, int tid, int cpu, long cookie) {
    /** {@code PERF_COUNT_SW_CPU_CLOCK}, in nanoseconds. */
    private static final long CPU_CLOCK = 0;

    /** {@code PERF_COUNT_HW_CPU_CYCLES}. */
    private static final long CYCLES = 0;

    /** What perf records by default: not in step with what happens each hundredth of a second. */
    private static final int USUAL_FREQUENCY = 99;

    /** Checks that the amount is one. */
    public PerfEvent {
        if (amount <= 0) {
            throw new IllegalArgumentException("one sample each " + amount + " events");
        }
        if (tid < -1 || tid == 0 || cpu < -1) {
            throw new IllegalArgumentException("no thread " + tid + " or CPU " + cpu);
        }
    }

    /** {@return 99 samples a second by the kernel's clock, which each machine has} */
    public static PerfEvent cpuClock() {
        return of(PerfEventAttributes.SOFTWARE, CPU_CLOCK);
    }

    /** {@return 99 samples a second by the cycles of the CPU, which few virtual machines count} */
    public static PerfEvent cycles() {
        return of(PerfEventAttributes.HARDWARE, CYCLES);
    }

    /**
     * {@return 99 samples a second of any event}
     *
     * @param type {@link PerfEventAttributes#SOFTWARE}, {@link PerfEventAttributes#HARDWARE} or
     *     another
     * @param event the number of the event among those of its type
     */
    public static PerfEvent of(int type, long event) {
        return new PerfEvent(type, event, USUAL_FREQUENCY, true, -1, -1, 0);
    }

    /**
     * {@return the same with a sample each so many events}
     *
     * @param events how many; for {@link #cpuClock} nanoseconds
     */
    public PerfEvent every(long events) {
        return new PerfEvent(type, event, events, false, tid, cpu, cookie);
    }

    /**
     * {@return the same with so many samples a second}
     *
     * @param hertz how many
     */
    public PerfEvent withFrequency(long hertz) {
        return new PerfEvent(type, event, hertz, true, tid, cpu, cookie);
    }

    /**
     * {@return the same of one thread}
     *
     * @param thread its id
     */
    public PerfEvent inThread(int thread) {
        return new PerfEvent(type, event, amount, isFrequency, thread, cpu, cookie);
    }

    /**
     * {@return the same on one CPU}
     *
     * @param number its number
     */
    public PerfEvent onCpu(int number) {
        return new PerfEvent(type, event, amount, isFrequency, tid, number, cookie);
    }

    /**
     * {@return the same with a cookie}
     *
     * @param value what {@code bpf_get_attach_cookie} is to give the program; kernels before 5.15
     *     refuse any but 0
     */
    public PerfEvent withCookie(long value) {
        return new PerfEvent(type, event, amount, isFrequency, tid, cpu, value);
    }

    /**
     * Attaches a program: to one event, or for all threads on all CPUs to one for each CPU that is
     * online.
     *
     * @param program a program of {@code SEC("perf_event")}
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if the program is of another type
     * @throws KernelException if the machine counts no such event, if there is no such thread or
     *     CPU, or if the kernel refuses
     */
    public Link attach(Program program) {
        if (program.type() != ProgramType.PERF_EVENT) {
            throw new IllegalArgumentException(
                    "program "
                            + program.name()
                            + " is of section "
                            + program.section()
                            + ": samples take SEC(\"perf_event\")");
        }
        if (tid >= 0 || cpu >= 0) {
            return attach(program, cpu);
        }
        List<PerfEventLink> links = new ArrayList<>();
        try {
            for (int each : Cpus.online(program.kernel())) {
                links.add(attach(program, each));
            }
        } catch (RuntimeException e) {
            links.forEach(Link::close);
            throw e;
        }
        return new PerCpuLink(program, target(-1), links);
    }

    private PerfEventLink attach(Program program, int onCpu) {
        Kernel kernel = program.kernel();
        String target = target(onCpu);
        String operation = "attaching to " + target;
        var attributes = new PerfEventAttributes(type, event, amount, 0, 0, 0, 0, isFrequency);
        long result = PerfEvents.open(kernel, attributes, tid, onCpu);
        if (result < 0) {
            throw refusal(kernel, operation, (int) -result);
        }
        return PerfEventLink.attach(
                program, target, OwnedFd.of(kernel, result, operation), cookie, null);
    }

    private KernelException refusal(Kernel kernel, String operation, int errno) {
        KernelException failure = kernel.failure(-errno, operation);
        return Errno.of(errno).map(this::reason).map(failure::because).orElse(failure);
    }

    /** {@return what an error says of the event; {@code null} if it says nothing} */
    private String reason(Errno errno) {
        return switch (errno) {
            case ENOENT, EOPNOTSUPP, ENODEV ->
                    "this machine counts no such event"
                            + (type == PerfEventAttributes.HARDWARE
                                    ? ": virtual machines often do not; PerfEvent.cpuClock works"
                                            + " everywhere"
                                    : ", or has no such CPU");
            case ESRCH -> "there is no thread " + tid;
            case EINVAL ->
                    "this machine has no such CPU, or takes fewer samples a second (sysctl"
                            + " kernel.perf_event_max_sample_rate)";
            default -> null;
        };
    }

    private String target(int onCpu) {
        return "perf_event "
                + type
                + ":"
                + event
                + (isFrequency ? " at " + amount + " Hz" : " each " + amount)
                + (tid < 0 ? "" : " of thread " + tid)
                + (onCpu < 0 ? "" : " on CPU " + onCpu);
    }
}
