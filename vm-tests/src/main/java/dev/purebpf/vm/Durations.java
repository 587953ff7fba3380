package dev.purebpf.vm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How long each test class took on each kernel when it last ran there. Kept in a file with lines
 * {@code RELEASE CLASS SECONDS}, by which the next run divides the work.
 */
final class Durations {
    /** What is assumed of a class that ran nowhere yet. */
    static final double UNKNOWN = 5;

    private final Map<String, SortedMap<String, Double>> secondsByRelease = new TreeMap<>();

    /**
     * {@return what a file says} Nothing if there is none. A line of another form is left out: the
     * file only makes things quicker.
     *
     * @throws IOException when the file cannot be read
     */
    static Durations read(Path file) throws IOException {
        var durations = new Durations();
        try {
            for (String line : Files.readString(file, UTF_8).lines().toList()) {
                String[] words = line.split(" ");
                if (words.length == 3 && words[2].matches("\\d{1,6}\\.\\d{1,3}")) {
                    durations.put(words[0], words[1], Double.parseDouble(words[2]));
                }
            }
        } catch (NoSuchFileException _) {
            return durations;
        }
        return durations;
    }

    /**
     * Writes all of it, so that nobody ever sees half a file.
     *
     * @throws IOException when the file cannot be written
     */
    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        secondsByRelease.forEach(
                (release, classes) ->
                        classes.forEach(
                                (name, seconds) ->
                                        lines.add(
                                                String.format(
                                                        Locale.ROOT,
                                                        "%s %s %.3f",
                                                        release,
                                                        name,
                                                        seconds))));
        Path parent = file.toAbsolutePath().getParent();
        Files.createDirectories(parent);
        Path complete = Files.createTempFile(parent, "durations", ".new");
        try {
            Files.write(complete, lines, UTF_8);
            Files.move(complete, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(complete);
        }
    }

    /** Replaces what is known of the classes that ran; nested ones belong to theirs. */
    void learn(KernelRun run) {
        Map<String, Double> sums = new TreeMap<>();
        for (TestResult test : run.tests()) {
            sums.merge(test.className().replaceFirst("\\$.*", ""), test.seconds(), Double::sum);
        }
        sums.forEach((name, seconds) -> put(run.release(), name, seconds));
    }

    private void put(String release, String name, double seconds) {
        secondsByRelease.computeIfAbsent(release, _ -> new TreeMap<>()).put(name, seconds);
    }

    /** {@return how long a class took on a kernel, else on the average of others, else a guess} */
    double of(String release, String name) {
        Double there = secondsByRelease.getOrDefault(release, new TreeMap<>()).get(name);
        if (there != null) {
            return there;
        }
        return secondsByRelease.values().stream()
                .map(classes -> classes.get(name))
                .filter(seconds -> seconds != null)
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(UNKNOWN);
    }
}
