package dev.purebpf.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

class SharesTest {
    private static final List<String> CLASSES = List.of("a.A", "a.B", "a.C", "a.D");

    @TempDir Path folder;

    @Test
    void oneKernelIsDividedByWhatItsClassesTook() throws IOException {
        List<Share> shares =
                Shares.divide(
                        List.of("6.12"),
                        CLASSES,
                        2,
                        durations("6.12 a.A 3.0", "6.12 a.B 9.0", "6.12 a.C 20.0", "6.12 a.D 8.0"));
        assertEquals(
                List.of("6.12/1 a.C", "6.12/2 a.B a.D a.A"),
                shares.stream().map(Share::toString).toList());
        assertEquals(
                List.of(32.0, 32.0),
                shares.stream().map(Share::seconds).toList(),
                "with the start");
    }

    @Test
    void whatAnotherKernelTookIsTheBestGuess() throws IOException {
        Durations durations = durations("5.10 a.A 10.0", "6.1 a.A 20.0", "6.1 a.B 1.5");
        assertEquals(20, durations.of("6.1", "a.A"));
        assertEquals(15, durations.of("7.3", "a.A"));
        assertEquals(1.5, durations.of("7.3", "a.B"));
        assertEquals(Durations.UNKNOWN, durations.of("7.3", "a.C"));
    }

    @Test
    void theLongestKernelBeginsAndTheShortestFillTheEnd() throws IOException {
        // Three of 100 seconds and one of 80, with their starts, on two processors.
        Durations durations =
                durations(
                        "5.10 a.A 34.0",
                        "5.10 a.B 34.0",
                        "6.1 a.A 44.0",
                        "6.1 a.B 44.0",
                        "6.12 a.A 45.0",
                        "6.12 a.B 44.0",
                        "7.3 a.A 46.0",
                        "7.3 a.B 44.0");
        List<Share> shares =
                Shares.divide(
                        List.of("5.10", "6.1", "6.12", "7.3"), List.of("a.A", "a.B"), 2, durations);
        assertEquals("7.3/1 a.A a.B", shares.getFirst().toString());
        assertTrue(Shares.end(shares, 2) <= 202, "ends after " + Shares.end(shares, 2));
    }

    @Test
    void threeKernelsOnTwoProcessorsLeaveNoneIdle() throws IOException {
        List<Share> shares = Shares.divide(List.of("5.10", "6.1", "6.12"), CLASSES, 2, durations());
        assertEquals(4, shares.size());
        // 32 + (12 + 10) on both.
        assertEquals(54, Shares.end(shares, 2));
    }

    @Test
    void aSingleClassNeedsOneMachine() throws IOException {
        assertEquals(1, Shares.divide(List.of("6.1"), List.of("a.A"), 2, durations()).size());
    }

    @Test
    void noMachineStartsForNothing() throws IOException {
        Durations durations = durations("6.1 a.A 0.0", "6.1 a.B 0.0");
        List<Share> shares = Shares.divide(List.of("6.1"), List.of("a.A", "a.B"), 2, durations);
        assertEquals(List.of("6.1/1 a.A a.B"), shares.stream().map(Share::toString).toList());
    }

    @Test
    void whatRanIsRememberedWithItsNestedClasses() throws IOException {
        Path file = folder.resolve("cache/durations");
        Durations durations = durations("6.12 a.A 3.0", "6.12 a.B 4.0");
        durations.learn(
                new KernelRun(
                        "6.12",
                        List.of(
                                new MachineRun(
                                        "6.12",
                                        "finished 0",
                                        30,
                                        List.of(passed("a.A", 1.25), passed("a.A$Live", 0.5)),
                                        List.of(),
                                        List.of(),
                                        List.of()))));
        durations.write(file);
        assertEquals("6.12 a.A 1.750\n6.12 a.B 4.000\n", Files.readString(file));
        assertEquals(1.75, Durations.read(file).of("6.12", "a.A"));
        try (var files = Files.list(file.getParent())) {
            assertEquals(1, files.count(), "nothing lies beside it");
        }
    }

    @Test
    void aDamagedFileIsAsIfThereWereNone() throws IOException {
        Durations durations = durations("6.12 a.A", "6.12 a.A x", "", "6.12 a.A 1e99", "\u0000");
        assertEquals(Durations.UNKNOWN, durations.of("6.12", "a.A"));
    }

    @Property
    void everyClassRunsOnceOnEachKernelAndNoneIsIdleForLong(
            @ForAll @Size(min = 1, max = 30) List<@IntRange(max = 60) Integer> seconds,
            @ForAll @IntRange(min = 1, max = 5) int kernels,
            @ForAll @IntRange(min = 1, max = 4) int jobs) {
        List<String> releases = IntStream.range(0, kernels).mapToObj(i -> "7." + i).toList();
        List<String> classes = IntStream.range(0, seconds.size()).mapToObj(i -> "a.T" + i).toList();
        var durations = new Durations();
        for (String release : releases) {
            durations.learn(
                    new KernelRun(
                            release,
                            List.of(
                                    new MachineRun(
                                            release,
                                            "finished 0",
                                            0,
                                            IntStream.range(0, seconds.size())
                                                    .mapToObj(
                                                            i ->
                                                                    passed(
                                                                            classes.get(i),
                                                                            seconds.get(i)))
                                                    .toList(),
                                            List.of(),
                                            List.of(),
                                            List.of()))));
        }
        List<Share> shares = Shares.divide(releases, classes, jobs, durations);
        for (String release : releases) {
            List<String> there = new ArrayList<>();
            shares.stream()
                    .filter(share -> share.release().equals(release))
                    .forEach(share -> there.addAll(share.classes()));
            assertEquals(classes.stream().sorted().toList(), there.stream().sorted().toList());
        }
        assertFalse(shares.stream().anyMatch(share -> share.classes().isEmpty()));
        double all = shares.stream().mapToDouble(Share::seconds).sum();
        double longest = shares.stream().mapToDouble(Share::seconds).max().orElseThrow();
        assertTrue(Shares.end(shares, jobs) <= all / jobs + longest);
    }

    private static TestResult passed(String name, double seconds) {
        return new TestResult(name, "works()", seconds, new TestResult.Passed());
    }

    private Durations durations(String... lines) throws IOException {
        return Durations.read(Files.write(folder.resolve("durations"), List.of(lines)));
    }
}
