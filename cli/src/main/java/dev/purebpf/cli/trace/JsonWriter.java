package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.cli.session.JsonTrace;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.cli.trace.RecordLayout.Form;
import dev.purebpf.cli.trace.RecordLayout.ShownField;
import dev.purebpf.probe.TracepointFormat.Field;

import java.util.List;

/** Hits for programs to read, one object a line. Addresses are strings: {@code "0x7f00"}. */
final class JsonWriter implements HitWriter {
    private final JsonTrace trace;
    private final JsonLines json;
    private final byte[] bytes = new byte[FIELD_SIZE];

    JsonWriter(CommandOutput output, WallClock clock) {
        trace = new JsonTrace(output, clock);
        json = trace.json();
    }

    @Override
    public void write(HitEvent event, RecordLayout layout) {
        trace.begin(event.time());
        json.writeNumberField("pid", Integer.toUnsignedLong(event.pid()));
        json.writeNumberField("tid", Integer.toUnsignedLong(event.tid()));
        json.writeFieldName("command");
        json.writeText(bytes, event.command(bytes));
        json.writeStringField("probe", layout.name());
        json.writeObjectFieldStart("fields");
        for (ShownField field : layout.fields()) {
            json.writeFieldName(field.field().name());
            value(event, field);
        }
        json.writeEndObject();
        json.endLine();
    }

    private void value(HitEvent event, ShownField shown) {
        Field field = shown.field();
        if (shown.form() == Form.TEXT) {
            json.writeText(bytes, event.text(field, bytes));
        } else if (shown.string() >= 0 && event.textLength(shown.string()) > 0) {
            json.writeText(bytes, event.string(shown.string(), bytes));
        } else if (field.array()) {
            json.writeStartArray();
            int count = event.count(shown);
            for (int i = 0; i < count; i++) {
                number(event, shown, i);
            }
            json.writeEndArray();
        } else if (event.count(shown) > 0) {
            number(event, shown, 0);
        } else {
            json.writeNull();
        }
    }

    private void number(HitEvent event, ShownField shown, int index) {
        long value = event.number(shown, index);
        switch (shown.form()) {
            case ADDRESS -> json.writeHex(value);
            case SIGNED -> json.writeNumber(value);
            case TEXT, BITS, UNSIGNED -> json.writeUnsigned(value);
        }
    }

    @Override
    public void write(List<HitCount> counts) {
        for (HitCount count : counts) {
            json.writeStartObject();
            json.writeStringField("probe", count.probe());
            json.writeNumberField("pid", count.pid());
            json.writeStringField("command", count.command());
            json.writeNumberField("hits", count.count());
            json.endLine();
        }
    }

    @Override
    public void writeLosses(long lost, long notFollowed) {
        trace.writeLosses(lost, notFollowed);
    }

    @Override
    public void flush() {
        json.flush();
    }
}
