package dev.purebpf.cli.syscalls;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads text that the tracer wrote, strictly. */
final class TraceLines {
    private static final Pattern LINE =
            Pattern.compile(
                    "\\d\\d:\\d\\d:\\d\\d\\.\\d{6} (\\d+)/(\\d+) (32-bit )?(\\w+)\\((.*)\\) = "
                            + "(\\?|-?\\d+|0x[0-9a-f]+)( E\\w+ \\(.*\\))?"
                            + "( <(\\?|\\d+\\.\\d{9})>)?");
    private static final Pattern LOST =
            Pattern.compile("purebpf: (\\d+) calls? (was|were) lost: .*");

    private TraceLines() {}

    /** One line taken apart. */
    record Line(int pid, int tid, String call, String arguments, String result) {}

    static List<Line> parse(List<String> lines) {
        return lines.stream().map(TraceLines::parse).toList();
    }

    static Line parse(String line) {
        Matcher matcher = LINE.matcher(line);
        assertTrue(matcher.matches(), "no line of a trace: " + line);
        return new Line(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                matcher.group(4),
                matcher.group(5),
                matcher.group(6) + (matcher.group(7) == null ? "" : matcher.group(7)));
    }

    static TreeMap<String, Integer> count(List<Line> lines) {
        TreeMap<String, Integer> counts = new TreeMap<>();
        for (Line line : lines) {
            counts.merge(line.call(), 1, Integer::sum);
        }
        return counts;
    }

    /** {@return the calls that were lost, as the last words say; 0 if they do not} */
    static long lost(String err) {
        return err.lines()
                .map(LOST::matcher)
                .filter(Matcher::matches)
                .mapToLong(matcher -> Long.parseLong(matcher.group(1)))
                .sum();
    }
}
