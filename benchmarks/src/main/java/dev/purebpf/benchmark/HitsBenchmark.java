package dev.purebpf.benchmark;

import dev.purebpf.BpfObject;
import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.error.BpfException;
import dev.purebpf.probe.Kprobe;
import dev.purebpf.probe.KprobeMulti;
import dev.purebpf.probe.Probe;
import dev.purebpf.probe.Uprobe;
import dev.purebpf.probe.UprobeMulti;
import dev.purebpf.probe.Usdt;

import java.io.BufferedReader;
import java.io.IOException;
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
        TYPED_TRACEPOINT,
        TRACEPOINT,
        KPROBE,
        KRETPROBE,
        KPROBE_MULTI,
        KRETPROBE_MULTI,
        KSYSCALL,
        FENTRY,
        FEXIT,
        UPROBE,
        URETPROBE,
        UPROBE_MULTI,
        URETPROBE_MULTI,
        USDT;

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
                "  %-18s %10s %12s %12s %8s %8s%n",
                "", "bare", "+ purebpf", "+ libbpf", "ratio", "x raw tp");
        for (Kind kind : Kind.values()) {
            benchmark.measure(kind);
        }
    }

    private void measure(Kind kind) throws IOException {
        double[] bare = new double[rounds];
        double[] ours = new double[rounds];
        double[] theirs = new double[rounds];
        boolean libbpfCan = true;
        try (LoadedObject loaded = load(kind)) {
            for (int round = 0; round < rounds; round++) {
                bare[round] = run(kind, null);
                ours[round] = run(kind, loaded.program(kind.program()));
                OptionalDouble libbpf = libbpfCan ? runLibbpf(kind) : OptionalDouble.empty();
                libbpfCan = libbpf.isPresent();
                theirs[round] = libbpf.orElse(Double.NaN);
            }
        } catch (BpfException e) {
            System.out.printf("  %-18s %s%n", kind.program(), firstLine(e));
            return;
        }
        double without = median(bare);
        double here = median(ours) - without;
        double there = median(theirs) - without;
        if (kind == Kind.RAW_TRACEPOINT) {
            rawTracepoint = here;
        }
        System.out.printf(
                libbpfCan
                        ? "  %-18s %7.0f ns %9.0f ns %9.0f ns %8.2f %8.2f%n"
                        : "  %-18s %7.0f ns %9.0f ns %12s %8s %8.2f%n",
                kind.program(),
                without,
                here,
                libbpfCan ? (Object) there : "cannot",
                libbpfCan ? (Object) (here / there) : "",
                here / rawTracepoint);
    }

    private static String firstLine(BpfException e) {
        return e.getMessage().lines().findFirst().orElse("");
    }

    private LoadedObject load(Kind kind) {
        object.programs()
                .forEach(program -> program.autoload(program.name().equals(kind.program())));
        return object.load();
    }

    /** {@return the nanoseconds of one time, with the program attached unless it is null} */
    private double run(Kind kind, Program program) throws IOException {
        Process process = start("-", kind);
        try (BufferedReader out = process.inputReader()) {
            out.readLine();
            try (Link _ = program == null ? null : attach(kind, program, process.pid())) {
                process.getOutputStream().write('\n');
                process.getOutputStream().flush();
                return Double.parseDouble(out.readLine());
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private OptionalDouble runLibbpf(Kind kind) throws IOException {
        Process process = start(objectFile, kind);
        try (BufferedReader out = process.inputReader()) {
            String line = out.readLine();
            return line == null
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(Double.parseDouble(line));
        } finally {
            process.destroyForcibly();
        }
    }

    private Process start(String attached, Kind kind) throws IOException {
        return new ProcessBuilder(target, attached, kind.program(), count)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private Link attach(Kind kind, Program program, long pid) {
        int process = Math.toIntExact(pid);
        return switch (kind) {
            case KPROBE -> Kprobe.of(KERNEL_FUNCTION).attach(program);
            case KRETPROBE -> Kprobe.of(KERNEL_FUNCTION).returning().attach(program);
            case KPROBE_MULTI -> KprobeMulti.of(KERNEL_FUNCTION).attach(program);
            case KRETPROBE_MULTI -> KprobeMulti.of(KERNEL_FUNCTION).returning().attach(program);
            case UPROBE -> Uprobe.of(target, FUNCTION).inProcess(process).attach(program);
            case URETPROBE ->
                    Uprobe.of(target, FUNCTION).inProcess(process).returning().attach(program);
            case UPROBE_MULTI ->
                    UprobeMulti.of(target, FUNCTION).inProcess(process).attach(program);
            case URETPROBE_MULTI ->
                    UprobeMulti.of(target, FUNCTION).inProcess(process).returning().attach(program);
            case USDT -> Usdt.of(target, "hits", "marked").inProcess(process).attach(program);
            case TRACEPOINT, RAW_TRACEPOINT, TYPED_TRACEPOINT, KSYSCALL, FENTRY, FEXIT ->
                    Probe.attach(program);
        };
    }

    private static double median(double[] times) {
        double[] sorted = times.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
