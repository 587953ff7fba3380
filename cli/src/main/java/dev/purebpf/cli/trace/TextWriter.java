package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.TextTrace;
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
    private final TextTrace trace;
    private final ByteText text;
    private final byte[] bytes = new byte[FIELD_SIZE];

    TextWriter(CommandOutput output, WallClock clock) {
        trace = new TextTrace(output, clock);
        text = trace.text();
    }

    @Override
    public void write(HitEvent event, RecordLayout layout) {
        trace.begin(event.time());
        text.word(bytes, event.command(bytes)).append(' ').task(event.pid(), event.tid());
        text.append(' ').append(layout.label(), layout.label().length - 1);
        for (ShownField field : layout.fields()) {
            text.append(field.label());
            value(event, field);
        }
        trace.end();
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
        trace.flush();
    }
}
