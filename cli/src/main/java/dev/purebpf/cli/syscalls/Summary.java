package dev.purebpf.cli.syscalls;

import dev.purebpf.cli.session.ByteText;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Counts, times and errors of each system call, and the table of them. Not thread-safe. */
final class Summary {
    private static final int NUMBER_WIDTH = 14;

    private final Map<Syscall, Row> rows = new IdentityHashMap<>();
    private Row last = new Row(null);

    /** What is known of one call. */
    static final class Row {
        final Syscall call;
        long count;
        long errors;
        long timed;
        long total;
        long longest;

        Row(Syscall call) {
            this.call = call;
        }

        /** The mean of those calls whose duration is known, in nanoseconds. */
        long average() {
            return timed == 0 ? 0 : total / timed;
        }

        private String name() {
            return call.compat() ? call.name() + " (32-bit)" : call.name();
        }
    }

    /** Adds one call. */
    void add(SyscallEvent event, Syscall call) {
        Row row = last;
        if (row.call != call) {
            row = rows.get(call);
            if (row == null) {
                row = new Row(call);
                rows.put(call, row);
            }
            last = row;
        }
        row.count++;
        if (event.failed()) {
            row.errors++;
        }
        if (event.hasDuration()) {
            row.timed++;
            row.total += event.duration();
            row.longest = Math.max(row.longest, event.duration());
        }
    }

    /**
     * Appends the table, the call that took the most time first:
     *
     * <pre>
     *         calls        errors       total s     average s         max s  call
     *             3             1   0.000120000   0.000040000   0.000100000  openat
     * </pre>
     */
    void appendTable(ByteText to) {
        to.append("         calls        errors       total s     average s         max s  call\n");
        Row sum = new Row(null);
        for (Row row : rows()) {
            line(row, row.name(), to);
            sum.count += row.count;
            sum.errors += row.errors;
            sum.timed += row.timed;
            sum.total += row.total;
            sum.longest = Math.max(sum.longest, row.longest);
        }
        line(sum, "total", to);
    }

    /** {@return a row for each call that was seen, the one that took the most time first} */
    List<Row> rows() {
        List<Row> sorted = new ArrayList<>(rows.values());
        sorted.sort(
                new Comparator<>() {
                    @Override
                    public int compare(Row a, Row b) {
                        int order = Long.compare(b.total, a.total);
                        if (order == 0) {
                            order = Long.compare(b.count, a.count);
                        }
                        return order != 0 ? order : a.name().compareTo(b.name());
                    }
                });
        return sorted;
    }

    private static void line(Row row, String name, ByteText to) {
        int start = to.length();
        right(to.unsigned(row.count), start);
        start = to.length();
        right(to.unsigned(row.errors), start);
        start = to.length();
        right(to.seconds(row.total), start);
        start = to.length();
        right(to.seconds(row.average()), start);
        start = to.length();
        right(to.seconds(row.longest), start);
        to.append("  ").append(name).append('\n');
    }

    /** Moves what was appended since {@code start} to the right edge of its column. */
    private static void right(ByteText to, int start) {
        to.indent(start, NUMBER_WIDTH - (to.length() - start));
    }
}
