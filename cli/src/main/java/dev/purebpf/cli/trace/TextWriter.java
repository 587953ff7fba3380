package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.TextTrace;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.cli.trace.RecordLayout.Form;
import dev.purebpf.cli.trace.RecordLayout.ShownField;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.symbol.StackFrame;

import java.util.List;

/**
 * Hits for people to read:
 *
 * <pre>
 * 12:34:56.789012 ls 1234/1234 tracepoint:sched:sched_process_exec filename="/bin/ls" pid=1234 old_pid=1234
 * </pre>
 *
 * <p>Addresses and bits are hexadecimal. What was not kept of a field is shown as {@code ...}. A
 * stack follows, one frame a line, first in the kernel, then in the process:
 *
 * <pre>
 *     ksys_read+0x6d
 *     hook+0x5 [nf_conntrack]
 *     read+0x10 [/usr/lib/libc.so.6]
 *     0x55d0c8a01234 [/usr/bin/ls+0x1234]
 * </pre>
 */
final class TextWriter implements HitWriter {
    private final TextTrace trace;
    private final ByteText text;
    private final HitStacks stacks;
    private final byte[] bytes = new byte[FIELD_SIZE];

    TextWriter(CommandOutput output, WallClock clock, HitStacks stacks) {
        this.stacks = stacks;
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
        for (int i = stacks.kernelBegin(event); i < event.kernelFrames(); i++) {
            frame(text, stacks.kernel(event, i));
        }
        for (int i = 0; i < event.userFrames(); i++) {
            frame(text, stacks.user(event, i));
        }
        trace.end();
    }

    /** Appends the end of a line and a frame. */
    static void frame(ByteText text, StackFrame frame) {
        text.append("\n    ");
        if (frame.function().isEmpty()) {
            text.hex(frame.address());
        } else {
            text.oneLine(frame.function()).append('+').hex(frame.functionOffset());
        }
        if (!frame.file().isEmpty()) {
            text.append(" [").oneLine(frame.file());
            if (frame.function().isEmpty()) {
                text.append('+').hex(frame.fileOffset());
            }
            text.append(']');
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
        CountTable.append(text, counts, true);
    }

    /** People are told on standard error. */
    @Override
    public void writeLosses(long lost, long notFollowed) {}

    @Override
    public void writeRefused(List<String> names) {}

    @Override
    public void flush() {
        trace.flush();
    }
}
