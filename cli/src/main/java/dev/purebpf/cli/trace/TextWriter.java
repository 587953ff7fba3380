package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.cli.trace.RecordLayout.Form;
import dev.purebpf.cli.trace.RecordLayout.ShownField;
import dev.purebpf.probe.TracepointFormat.Field;

import java.util.List;

/**
 * Hits for people to read:
 *
 * <pre>
 * 12:34:56.789012 ls 1234/1234 tracepoint:sched:sched_process_exec filename="/bin/ls" pid=1234 old_pid=1234
 * </pre>
 *
 * <p>Addresses and bits are hexadecimal. What was not kept of a field is shown as {@code ...}.
 */
final class TextWriter implements HitWriter {
    private static final int FULL = 1 << 16;

    private final CommandOutput output;
    private final WallClock clock;
    private final ByteText text = new ByteText(FULL + 4096);
    private final byte[] bytes = new byte[FIELD_SIZE];

    TextWriter(CommandOutput output, WallClock clock) {
        this.output = output;
        this.clock = clock;
    }

    @Override
    public void write(HitEvent event, RecordLayout layout) {
        clock.append(event.time(), text);
        text.append(' ');
        int count = event.command(bytes);
        for (int i = 0; i < count; i++) {
            // A task may name itself as it likes; the columns and the terminal shall survive it.
            text.append(bytes[i] > ' ' && bytes[i] < 0x7f ? (char) bytes[i] : '?');
        }
        text.append(' ').unsigned(Integer.toUnsignedLong(event.pid()));
        text.append('/').unsigned(Integer.toUnsignedLong(event.tid()));
        text.append(' ').append(layout.label(), layout.label().length - 1);
        for (ShownField field : layout.fields()) {
            text.append(field.label());
            value(event, field);
        }
        text.append('\n');
        if (text.length() >= FULL) {
            flush();
        }
    }

    private void value(HitEvent event, ShownField shown) {
        Field field = shown.field();
        if (shown.form() == Form.TEXT) {
            text.quoted(bytes, event.text(field, bytes));
        } else if (shown.string() >= 0 && event.textLength(shown.string()) > 0) {
            text.quoted(bytes, event.string(shown.string(), bytes));
            if (event.textLength(shown.string()) >= HitEvent.STRING_SIZE) {
                text.append("...");
            }
        } else if (field.array()) {
            text.append('[');
            int count = event.count(shown);
            for (int i = 0; i < count; i++) {
                if (i > 0) {
                    text.append(',');
                }
                number(event, shown, i);
            }
            text.append(']');
        } else if (event.count(shown) > 0) {
            number(event, shown, 0);
        }
        if (event.isCut(field)) {
            text.append("...");
        }
    }

    private void number(HitEvent event, ShownField shown, int index) {
        long value = event.number(shown, index);
        switch (shown.form()) {
            case ADDRESS, BITS -> text.hex(value);
            case SIGNED -> text.decimal(value);
            case TEXT, UNSIGNED -> text.unsigned(value);
        }
    }

    @Override
    public void write(List<HitCount> counts) {
        CountTable.append(text, counts);
    }

    /** People are told on standard error. */
    @Override
    public void writeLosses(long lost, long notFollowed) {}

    @Override
    public void flush() {
        if (text.length() > 0) {
            output.write(text.bytes(), 0, text.length());
            text.clear();
        }
    }
}
