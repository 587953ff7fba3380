package dev.purebpf.vm;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * One table of test classes and kernels, why tests were skipped, and what went wrong:
 *
 * <pre>
 * passed/failed/skipped seconds    5.10.0-46         6.12.117+deb13
 * BpfMapTest                       14/0/2 3.1 s      16/0/0 2.9 s
 * </pre>
 */
public final class Report {
    private static final int TAIL = 40;

    private final List<KernelRun> runs;
    private final PrintStream out;

    private Report(List<KernelRun> runs, PrintStream out) {
        this.runs = runs;
        this.out = out;
    }

    /**
     * Prints the report of the kernels whose folders are given. The exit code is 0 when all tests
     * of all kernels passed or were skipped, and else 1.
     *
     * @param arguments the file in which to remember how long test classes took, or nothing, and
     *     one folder for each kernel
     * @throws IOException when a folder holds what is no report
     */
    public static void main(String[] arguments) throws IOException {
        List<KernelRun> runs = new ArrayList<>();
        for (int i = 1; i < arguments.length; i++) {
            runs.add(KernelRun.read(Path.of(arguments[i])));
        }
        if (!arguments[0].isEmpty()) {
            Path file = Path.of(arguments[0]);
            Durations durations = Durations.read(file);
            runs.forEach(durations::learn);
            durations.write(file);
        }
        System.exit(print(runs, System.out) ? 0 : 1);
    }

    /** {@return whether all is well, after printing the report} */
    static boolean print(List<KernelRun> runs, PrintStream out) {
        var report = new Report(runs, out);
        report.table();
        report.skipped();
        for (KernelRun run : runs) {
            run.machines().forEach(report::failures);
        }
        return !runs.isEmpty() && runs.stream().allMatch(KernelRun::isGood);
    }

    private void table() {
        var classes = new TreeSet<String>();
        runs.forEach(run -> run.tests().forEach(test -> classes.add(test.simpleClassName())));
        List<List<String>> rows = new ArrayList<>();
        rows.add(row("passed/failed/skipped seconds", KernelRun::release));
        for (String name : classes) {
            rows.add(
                    row(
                            name,
                            run ->
                                    cell(
                                            run.tests().stream()
                                                    .filter(t -> t.simpleClassName().equals(name))
                                                    .toList())));
        }
        rows.add(row("all", run -> cell(run.tests())));
        rows.add(row("machines", KernelRun::ends));
        rows.add(row("verdict", run -> run.isGood() ? "good" : "FAILED"));

        int columns = runs.size() + 1;
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        out.println();
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
            }
            out.println(line.toString().stripTrailing());
        }
        out.println();
    }

    private List<String> row(String name, Function<KernelRun, String> value) {
        List<String> row = new ArrayList<>(List.of(name));
        runs.forEach(run -> row.add(value.apply(run)));
        return row;
    }

    private static String cell(List<TestResult> tests) {
        if (tests.isEmpty()) {
            return "-";
        }
        long failed = tests.stream().filter(MachineRun::isFailed).count();
        long skipped = tests.stream().filter(MachineRun::isSkipped).count();
        double seconds = tests.stream().mapToDouble(TestResult::seconds).sum();
        return String.format(
                Locale.ROOT,
                "%d/%d/%d %.1f s",
                tests.size() - failed - skipped,
                failed,
                skipped,
                seconds);
    }

    private void skipped() {
        Map<String, Map<String, Integer>> byReason = new TreeMap<>();
        for (KernelRun run : runs) {
            for (TestResult test : run.tests()) {
                if (test.outcome() instanceof TestResult.Skipped(String reason)) {
                    byReason.computeIfAbsent(reason, r -> new LinkedHashMap<>())
                            .merge(run.release(), 1, Integer::sum);
                }
            }
        }
        if (byReason.isEmpty()) {
            return;
        }
        out.println("Skipped:");
        byReason.forEach(
                (reason, kernels) -> {
                    out.println("  " + reason);
                    kernels.forEach((kernel, count) -> out.println("    " + kernel + ": " + count));
                });
        out.println();
    }

    private void failures(MachineRun run) {
        for (TestResult test : run.tests()) {
            if (test.outcome() instanceof TestResult.Failed(String stack)) {
                out.println(run.release() + ": " + test.className() + " " + test.name());
                own(stack).forEach(line -> out.println("    " + line));
                out.println();
            }
        }
        if (!run.splats().isEmpty()) {
            out.println(run.release() + ": the kernel complains about itself:");
            run.splats().forEach(line -> out.println("    " + line));
            out.println();
        }
        if (run.isGood()) {
            return;
        }
        if (run.tests().isEmpty()) {
            out.println(run.release() + ": " + run.end() + ", without a report");
            tail(run.release() + ": the end of what the tests printed", run.output());
        }
        tail(run.release() + ": the end of the kernel's console", run.console());
    }

    /** A stack trace without the frames of those who called the test. */
    private static List<String> own(String stack) {
        List<String> kept = new ArrayList<>();
        boolean callers = false;
        for (String line : stack.lines().toList()) {
            boolean frame = line.startsWith("\tat ") || line.startsWith("\t... ");
            callers = frame && (callers || line.contains("reflect.Method.invoke("));
            if (!callers) {
                kept.add(line);
            }
        }
        return kept;
    }

    private void tail(String title, List<String> lines) {
        out.println(title + ":");
        lines.subList(Math.max(0, lines.size() - TAIL), lines.size())
                .forEach(line -> out.println("    " + line));
        out.println();
    }
}
