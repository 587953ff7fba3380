package dev.purebpf.cli.trace;

import com.fasterxml.jackson.core.JsonGenerator;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.cli.trace.RecordLayout.Form;
import dev.purebpf.cli.trace.RecordLayout.ShownField;
import dev.purebpf.probe.TracepointFormat.Field;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Hits for programs to read, one object a line. Addresses are strings: {@code "0x7f00"}. */
final class JsonWriter implements HitWriter {
    private final JsonGenerator json;
    private final WallClock clock;
    private final ByteText time = new ByteText(40);
    private final byte[] bytes = new byte[FIELD_SIZE];

    JsonWriter(CommandOutput output, WallClock clock) {
        this.clock = clock;
        try {
            json = JsonLines.to(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void write(HitEvent event, RecordLayout layout) {
        try {
            time.clear();
            clock.append(event.time(), time);
            json.writeStartObject();
            json.writeStringField("time", time.toString());
            json.writeNumberField("pid", Integer.toUnsignedLong(event.pid()));
            json.writeNumberField("tid", Integer.toUnsignedLong(event.tid()));
            json.writeStringField("command", string(event.command(bytes)));
            json.writeStringField("probe", layout.name());
            json.writeObjectFieldStart("fields");
            for (ShownField field : layout.fields()) {
                json.writeFieldName(field.field().name());
                value(event, field);
            }
            json.writeEndObject();
            JsonLines.end(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void value(HitEvent event, ShownField shown) throws IOException {
        Field field = shown.field();
        if (shown.form() == Form.TEXT) {
            json.writeString(string(event.text(field, bytes)));
        } else if (shown.string() >= 0 && event.textLength(shown.string()) > 0) {
            json.writeString(string(event.string(shown.string(), bytes)));
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

    private void number(HitEvent event, ShownField shown, int index) throws IOException {
        long value = event.number(shown, index);
        if (shown.form() == Form.ADDRESS) {
            json.writeString("0x" + Long.toHexString(value));
        } else if (shown.form() == Form.SIGNED || value >= 0) {
            json.writeNumber(value);
        } else {
            json.writeNumber(Long.toUnsignedString(value));
        }
    }

    private String string(int count) {
        return new String(bytes, 0, count, StandardCharsets.UTF_8);
    }

    @Override
    public void write(List<HitCount> counts) {
        try {
            for (HitCount count : counts) {
                json.writeStartObject();
                json.writeStringField("probe", count.probe());
                json.writeNumberField("pid", count.pid());
                json.writeStringField("command", count.command());
                json.writeNumberField("hits", count.count());
                JsonLines.end(json);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void writeLosses(long lost, long notFollowed) {
        if (lost == 0 && notFollowed == 0) {
            return;
        }
        try {
            json.writeStartObject();
            json.writeNumberField("lost", lost);
            json.writeNumberField("not_followed", notFollowed);
            JsonLines.end(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void flush() {
        try {
            json.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
