package dev.purebpf.kernel;

/**
 * What {@code perf_event_open(2)} is told: the fields of {@code struct perf_event_attr} that
 * attaching and reading need, see {@code include/uapi/linux/perf_event.h}.
 *
 * @param type {@code PERF_TYPE_…}, or the number of a PMU below /sys/bus/event_source/devices
 * @param config what to count; its meaning depends on the type
 * @param samplePeriod one sample every so many events; 0 for counting only
 * @param sampleType {@code PERF_SAMPLE_…}
 * @param wakeupEvents wake the reader after so many samples
 * @param config1 further configuration: the name or path of a probe, as an address
 * @param config2 further configuration: the offset of a probe
 * @param frequency whether {@code samplePeriod} is a frequency in Hz
 */
public record PerfEventAttributes(
        int type,
        long config,
        long samplePeriod,
        long sampleType,
        int wakeupEvents,
        long config1,
        long config2,
        boolean frequency) {
    /** {@code PERF_TYPE_HARDWARE}: events that the CPU counts. */
    public static final int HARDWARE = 0;

    /** {@code PERF_TYPE_SOFTWARE}: events that the kernel counts. */
    public static final int SOFTWARE = 1;

    /** {@code PERF_TYPE_TRACEPOINT}: a tracepoint, by the id that tracefs gives. */
    public static final int TRACEPOINT = 2;

    /** {@code PERF_COUNT_SW_BPF_OUTPUT}: what BPF programs write to a perf event array. */
    public static final long BPF_OUTPUT = 10;

    /** {@code PERF_SAMPLE_RAW}: a sample holds raw bytes. */
    public static final long SAMPLE_RAW = 1 << 10;

    /**
     * {@return the attributes of a tracepoint, for a program to be attached to}
     *
     * @param id what {@code events/CATEGORY/NAME/id} of tracefs says
     */
    public static PerfEventAttributes tracepoint(long id) {
        return new PerfEventAttributes(TRACEPOINT, id, 0, 0, 0, 0, 0, false);
    }

    /**
     * {@return the attributes of a kprobe or uprobe of the PMU of that name}
     *
     * @param pmu the number in {@code /sys/bus/event_source/devices/{kprobe,uprobe}/type}
     * @param config the bit for return probes, and the semaphore's offset in the upper half
     * @param target the address of the name of the function, or of the path of the file
     * @param offset the offset in the function or file
     */
    public static PerfEventAttributes probe(int pmu, long config, long target, long offset) {
        return new PerfEventAttributes(pmu, config, 0, 0, 0, target, offset, false);
    }

    /** {@return the attributes of a ring that takes what BPF programs write} */
    public static PerfEventAttributes bpfOutput() {
        return new PerfEventAttributes(SOFTWARE, BPF_OUTPUT, 1, SAMPLE_RAW, 1, 0, 0, false);
    }
}
