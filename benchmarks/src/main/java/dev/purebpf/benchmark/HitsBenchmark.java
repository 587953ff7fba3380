package dev.purebpf.benchmark;

import dev.purebpf.BpfObject;
import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.error.BpfException;
import dev.purebpf.kernel.PerfEventAttributes;
import dev.purebpf.probe.BpfIterator;
import dev.purebpf.probe.Kprobe;
import dev.purebpf.probe.KprobeMulti;
import dev.purebpf.probe.PerfEvent;
import dev.purebpf.probe.Probe;
import dev.purebpf.probe.Uprobe;
import dev.purebpf.probe.UprobeMulti;
import dev.purebpf.probe.Usdt;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What one hit of each kind of probe costs, attached by PureBPF and by libbpf: {@code HitsBenchmark
 * OBJECT TARGET COUNT ROUNDS}, as {@code benchmarks/hits} calls it. TARGET is {@code
 * benchmarks/peer/hits.c}, compiled.
 *
 * <p>The program attached does nothing. The cost is the time with it, less the time without; the
 * three are measured in turn, so that what else the machine does befalls all of them.
 */
public final class HitsBenchmark {
    private static final String FUNCTION = "place";
    private static final String KERNEL_FUNCTION = "__task_pid_nr_ns";

    /** {@code PERF_COUNT_SW_PAGE_FAULTS}. */
    private static final long PAGE_FAULTS = 2;

    private final BpfObject object;
    private final String objectFile;
    private final String target;
    private final String count;
    private final int rounds;

    /** What the raw tracepoint adds, in nanoseconds. */
    private double rawTracepoint = Double.NaN;

    /** The kinds by the names of their programs in {@code hits.bpf.c}. */
    private enum Kind {
        /** First, as the others are compared with it. */
        RAW_TRACEPOINT,
        RAW_TRACEPOINT_WRITABLE,
        TYPED_TRACEPOINT,
        TRACEPOINT,
        KPROBE,
        KPROBE_TRACEFS,
        KRETPROBE,
        KRETPROBE_TRACEFS,
        KPROBE_MULTI,
        KRETPROBE_MULTI,
        KPROBE_SESSION,
        KSYSCALL,
        KRETSYSCALL,
        FENTRY,
        FEXIT,
        FMOD_RET,
        LSM,
        UPROBE,
        UPROBE_TRACEFS,
        URETPROBE,
        URETPROBE_TRACEFS,
        UPROBE_MULTI,
        URETPROBE_MULTI,
        UPROBE_SESSION,
        USDT,
        /** A page fault each; the kernel takes only so many samples a second. */
        PERF_EVENT,
        /** Opened by its pin and read: a map with one entry. */
        ITERATOR;

        String program() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private HitsBenchmark(String object, String target, String count, int rounds)
            throws IOException {
        this.object = BpfObject.open(Path.of(object));
        this.objectFile = object;
        this.target = target;
        this.count = count;
        this.rounds = rounds;
    }

    /**
     * Measures and prints.
     *
     * @param arguments OBJECT TARGET COUNT ROUNDS
     * @throws IOException if the target cannot be run
     */
    public static void main(String[] arguments) throws IOException {
        var benchmark =
                new HitsBenchmark(
                        arguments[0], arguments[1], arguments[2], Integer.parseInt(arguments[3]));
        System.out.printf(
                "  %-24s %10s %12s %12s %18s %8s%n",
                "", "bare", "+ purebpf", "+ libbpf", "ratio", "x raw tp");
        for (Kind kind : Kind.values()) {
            benchmark.measure(kind);
        }
    }

    private void measure(Kind kind) throws IOException {
        double[] bare = new double[rounds];
        double[] ours = new double[rounds];
        double[] theirs = new double[rounds];
        try {
            for (int round = 0; round < rounds; round++) {
                bare[round] = run(kind, null);
                // Each is first in turn.
                if (round % 2 == 0) {
                    ours[round] = runOurs(kind) - bare[round];
                    theirs[round] = runLibbpf(kind).orElse(Double.NaN) - bare[round];
                } else {
                    theirs[round] = runLibbpf(kind).orElse(Double.NaN) - bare[round];
                    ours[round] = runOurs(kind) - bare[round];
                }
            }
        } catch (BpfException e) {
            String whose = runLibbpf(kind).isPresent() ? "only by libbpf" : "not on this kernel";
            System.out.printf("  %-24s %s: %s%n", kind.program(), whose, oneLine(e));
            return;
        }
        double added = median(ours);
        if (kind == Kind.RAW_TRACEPOINT) {
            rawTracepoint = added;
        }
        System.out.printf(
                "  %-24s %7.0f ns %9.0f ns %12s %18s %8.2f%n",
                kind.program(),
                median(bare),
                added,
                anyMissing(theirs) ? "cannot" : "%9.0f ns".formatted(median(theirs)),
                anyMissing(theirs) ? "" : ratios(ours, theirs),
                added / rawTracepoint);
    }

    private static boolean anyMissing(double[] times) {
        return Arrays.stream(times).anyMatch(Double::isNaN);
    }

    /** {@return how many times the other's each of ours is: the median, the least and the most} */
    private static String ratios(double[] ours, double[] theirs) {
        double[] ratios = new double[ours.length];
        Arrays.setAll(ratios, round -> ours[round] / theirs[round]);
        Arrays.sort(ratios);
        return "%.2f (%.2f-%.2f)".formatted(median(ratios), ratios[0], ratios[ratios.length - 1]);
    }

    private static String oneLine(BpfException e) {
        return e.getMessage().lines().findFirst().orElse("");
    }

    private LoadedObject load(Kind kind) {
        object.programs()
                .forEach(program -> program.autoload(program.name().equals(kind.program())));
        return object.load();
    }

    private double runOurs(Kind kind) throws IOException {
        // Loaded each time, as libbpf does it: before 5.13 fentry and its like attach only once.
        try (LoadedObject loaded = load(kind)) {
            return run(kind, loaded);
        }
    }

    /**
     * {@return the nanoseconds of one time, with the program attached}
     *
     * @param loaded has the program; null for the place alone
     */
    private double run(Kind kind, LoadedObject loaded) throws IOException {
        Process process = start("-", kind);
        try (BufferedReader out = process.inputReader()) {
            if (out.readLine() == null) {
                throw new IOException(target + " did not start");
            }
            try (Link _ = loaded == null ? null : attach(kind, loaded, process)) {
                process.getOutputStream().write('\n');
                process.getOutputStream().flush();
                return Double.parseDouble(out.readLine());
            }
        } finally {
            end(process);
        }
    }

    private OptionalDouble runLibbpf(Kind kind) throws IOException {
        Process process = start(objectFile, kind);
        try (BufferedReader out = process.inputReader()) {
            String line = out.readLine();
            // It still has to detach: killed, it would leave what tracefs has of it.
            process.onExit().join();
            return line == null
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(Double.parseDouble(line));
        } finally {
            end(process);
        }
    }

    private static void end(Process process) throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(pin(process));
    }

    /** {@return where the target looks for an iterator} */
    private static Path pin(Process process) {
        return Path.of("/sys/fs/bpf/purebpf-hits-" + process.pid());
    }

    private Process start(String attached, Kind kind) throws IOException {
        return new ProcessBuilder(target, attached, kind.program(), count)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private Link attach(Kind kind, LoadedObject loaded, Process running) {
        Program program = loaded.program(kind.program());
        int process = Math.toIntExact(running.pid());
        Kprobe kprobe = Kprobe.of(KERNEL_FUNCTION);
        KprobeMulti kprobes = KprobeMulti.of(KERNEL_FUNCTION);
        Uprobe uprobe = Uprobe.of(target, FUNCTION).inProcess(process);
        UprobeMulti uprobes = UprobeMulti.of(target, FUNCTION).inProcess(process);
        return switch (kind) {
            case KPROBE -> kprobe.attach(program);
            case KPROBE_TRACEFS -> kprobe.withWay(Kprobe.Way.TRACEFS).attach(program);
            case KRETPROBE -> kprobe.returning().attach(program);
            case KRETPROBE_TRACEFS ->
                    kprobe.returning().withWay(Kprobe.Way.TRACEFS).attach(program);
            case KPROBE_MULTI, KPROBE_SESSION -> kprobes.attach(program);
            case KRETPROBE_MULTI -> kprobes.returning().attach(program);
            case UPROBE -> uprobe.attach(program);
            case UPROBE_TRACEFS -> uprobe.withWay(Kprobe.Way.TRACEFS).attach(program);
            case URETPROBE -> uprobe.returning().attach(program);
            case URETPROBE_TRACEFS ->
                    uprobe.returning().withWay(Kprobe.Way.TRACEFS).attach(program);
            case UPROBE_MULTI, UPROBE_SESSION -> uprobes.attach(program);
            case URETPROBE_MULTI -> uprobes.returning().attach(program);
            case USDT -> Usdt.of(target, "hits", "marked").inProcess(process).attach(program);
            case PERF_EVENT ->
                    PerfEvent.of(PerfEventAttributes.SOFTWARE, PAGE_FAULTS)
                            .every(1)
                            .inThread(process)
                            .attach(program);
            case ITERATOR -> pinned(BpfIterator.ofMap(loaded.map("one")).attach(program), running);
            case TRACEPOINT,
                    RAW_TRACEPOINT,
                    RAW_TRACEPOINT_WRITABLE,
                    TYPED_TRACEPOINT,
                    KSYSCALL,
                    KRETSYSCALL,
                    FENTRY,
                    FEXIT,
                    FMOD_RET,
                    LSM ->
                    Probe.attach(program);
        };
    }

    private static Link pinned(Link link, Process running) {
        try {
            link.pin(pin(running));
            return link;
        } catch (BpfException e) {
            link.close();
            throw e;
        }
    }

    private static double median(double[] times) {
        double[] sorted = times.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
