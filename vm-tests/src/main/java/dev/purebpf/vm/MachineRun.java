package dev.purebpf.vm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What one machine left behind.
 *
 * @param release its kernel
 * @param end {@code finished CODE}, {@code late} or {@code died}, as {@code vm-tests/boot} says
 * @param seconds how long the machine ran, from start to end
 * @param tests the tests that it reported
 * @param splats lines of the console in which the kernel complains about itself
 * @param console what the kernel printed
 * @param output what the tests printed
 */
record MachineRun(
        String release,
        String end,
        long seconds,
        List<TestResult> tests,
        List<String> splats,
        List<String> console,
        List<String> output) {

    /**
     * {@return what a machine left in its folder}
     *
     * @param release its kernel
     * @param folder what {@code vm-tests/boot} filled
     * @throws IOException when a file cannot be read or is no report
     */
    static MachineRun read(String release, Path folder) throws IOException {
        List<TestResult> tests = new ArrayList<>();
        try (var files = Files.walk(folder.resolve("results"))) {
            for (Path file : files.sorted().toList()) {
                if (file.getFileName().toString().matches("TEST-.*\\.xml")) {
                    tests.addAll(JunitXml.read(file));
                }
            }
        }
        List<String> console = lines(folder.resolve("console.log"));
        return new MachineRun(
                release,
                String.join(" ", lines(folder.resolve("end"))),
                Long.parseLong(String.join("", lines(folder.resolve("seconds")))),
                tests,
                Splats.in(console),
                console,
                lines(folder.resolve("output.log")));
    }

    /** {@return whether the tests ran to their end, nothing failed and the kernel is content} */
    boolean isGood() {
        return end.equals("finished 0")
                && splats.isEmpty()
                && tests.stream().noneMatch(MachineRun::isFailed);
    }

    static boolean isFailed(TestResult test) {
        return test.outcome() instanceof TestResult.Failed;
    }

    static boolean isSkipped(TestResult test) {
        return test.outcome() instanceof TestResult.Skipped;
    }

    /** A machine that did not start has no files at all. */
    private static List<String> lines(Path file) throws IOException {
        return Files.exists(file) ? Splats.lines(file) : List.of();
    }
}
