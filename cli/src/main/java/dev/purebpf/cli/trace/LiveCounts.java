package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.ByteText;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** The table of counts on a terminal while it grows; each takes the place of the last. */
final class LiveCounts {
    /** What fits on the smallest usual terminal, of 24 lines and 80 columns. */
    private static final int ROWS = 20;

    private static final int COLUMNS = 79;

    private final CommandOutput output;
    private final ByteText table = new ByteText(4096);
    private int lines;

    LiveCounts(CommandOutput output) {
        this.output = output;
    }

    /** Shows the first of the counts in place of those that it showed before. */
    void show(List<HitCount> counts) {
        table.clear();
        CountTable.append(table, counts.subList(0, Math.min(ROWS, counts.size())), false);
        if (counts.size() > ROWS) {
            table.append("(").unsigned(counts.size() - ROWS).append(" more)\n");
        }
        StringBuilder screen = new StringBuilder(erasure());
        // A line that is wrapped would be two to go back over.
        table.toString()
                .lines()
                .forEach(
                        line ->
                                screen.append(line, 0, Math.min(COLUMNS, line.length()))
                                        .append('\n'));
        lines = (int) table.toString().lines().count();
        write(screen.toString());
    }

    /** Takes it off the terminal. */
    void erase() {
        write(erasure());
        lines = 0;
    }

    /** {@return what moves up to the first line and clears from there (ECMA-48: CUU and ED)} */
    private String erasure() {
        return lines == 0 ? "" : "\033[" + lines + "A\033[J";
    }

    private void write(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        output.write(bytes, 0, bytes.length);
    }
}
