package dev.purebpf.vm;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Divides test classes among machines, so that all processors have something to do until the end.
 *
 * <p>Each kernel has to run all classes. A machine for each kernel would do, but then the last one
 * runs alone: kernels may also be divided among as many machines as run at a time. That costs the
 * start of a machine each time, so only as many are divided as let everything end earliest. The
 * longest machine starts first. What a machine of several then runs is decided when it asks, as its
 * processor may be slower than another's.
 */
public final class Shares {
    /**
     * What a machine takes beside its tests: from its start to that of the first, to find the tests
     * of each class, and from the last to its end.
     */
    static final double START_SECONDS = 12;

    private Shares() {}

    /**
     * Prints a line {@code RELEASE/NUMBER CLASS…} for each machine, in the order in which they
     * should start. The classes come on standard input, one a line.
     *
     * @param arguments the file of {@link Durations}, the number of machines at a time, and kernels
     * @throws IOException when the file or the classes cannot be read
     */
    public static void main(String[] arguments) throws IOException {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        divide(
                        Arrays.asList(arguments).subList(2, arguments.length),
                        input.lines().toList(),
                        Integer.parseInt(arguments[1]),
                        Durations.read(Path.of(arguments[0])))
                .forEach(System.out::println);
    }

    /**
     * {@return what the machines do, in the order of their start}
     *
     * @param releases the kernels
     * @param classes what has to run on each of them
     * @param jobs how many machines run at a time
     * @param durations how long that took before
     */
    static List<Share> divide(
            List<String> releases, List<String> classes, int jobs, Durations durations) {
        List<List<Share>> whole = new ArrayList<>();
        for (String release : releases) {
            whole.add(divide(release, classes, 1, durations));
        }
        whole.sort(Comparator.comparingDouble(shares -> -shares.getFirst().seconds()));
        List<Share> best = List.of();
        // The shortest are divided first: they run last.
        for (int divided = 0; divided <= whole.size(); divided++) {
            List<Share> shares = new ArrayList<>();
            for (int i = 0; i < whole.size(); i++) {
                List<Share> one = whole.get(i);
                shares.addAll(
                        i < whole.size() - divided
                                ? one
                                : divide(one.getFirst().release(), classes, jobs, durations));
            }
            shares.sort(Comparator.comparingDouble(share -> -share.seconds()));
            if (best.isEmpty() || end(shares, jobs) < end(best, jobs)) {
                best = shares;
            }
        }
        return best;
    }

    /** The classes of one kernel: each, the longest first, goes where there is least to do. */
    private static List<Share> divide(
            String release, List<String> classes, int machines, Durations durations) {
        List<List<String>> parts = new ArrayList<>();
        for (int i = 0; i < Math.min(machines, classes.size()); i++) {
            parts.add(new ArrayList<>());
        }
        double[] seconds = new double[parts.size()];
        Arrays.fill(seconds, START_SECONDS);
        List<String> longestFirst = new ArrayList<>(classes);
        longestFirst.sort(Comparator.comparingDouble(name -> -durations.of(release, name)));
        for (String name : longestFirst) {
            int least = 0;
            for (int i = 1; i < seconds.length; i++) {
                least = seconds[i] < seconds[least] ? i : least;
            }
            parts.get(least).add(name);
            seconds[least] += durations.of(release, name);
        }
        List<Share> shares = new ArrayList<>();
        for (int i = 0; i < seconds.length; i++) {
            // Classes that took no time at all may all be in one place.
            if (!parts.get(i).isEmpty()) {
                shares.add(new Share(release, i + 1, parts.get(i), seconds[i]));
            }
        }
        return shares;
    }

    /** {@return after how many seconds the last machine ends when they start in this order} */
    static double end(List<Share> shares, int jobs) {
        var ends = new PriorityQueue<Double>();
        double last = 0;
        for (Share share : shares) {
            double start = ends.size() < jobs ? 0 : ends.remove();
            ends.add(start + share.seconds());
            last = Math.max(last, start + share.seconds());
        }
        return last;
    }
}
