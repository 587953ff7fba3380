package dev.purebpf.cli.trace;

import dev.purebpf.cli.session.ByteText;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** The table that {@code --count} prints, the most hits first. */
final class CountTable {
    private CountTable() {}

    /**
     * Writes it.
     *
     * @param stacks whether each line is followed by what led to its hits
     */
    static void append(ByteText text, List<HitCount> counts, boolean stacks) {
        text.append("          hits         pid  command          probe\n");
        for (HitCount count : counts) {
            int start = text.length();
            text.unsigned(count.count()).indent(start, 14 - (text.length() - start));
            start = text.length();
            text.unsigned(count.pid()).indent(start, 12 - (text.length() - start));
            byte[] command = count.command().getBytes(StandardCharsets.UTF_8);
            start = text.length();
            text.append("  ").append(command, command.length);
            while (text.length() - start < 19) {
                text.append(' ');
            }
            text.oneLine(count.probe());
            if (stacks) {
                count.stack().kernel().forEach(frame -> TextWriter.frame(text, frame));
                count.stack().user().forEach(frame -> TextWriter.frame(text, frame));
            }
            text.append('\n');
        }
    }
}
