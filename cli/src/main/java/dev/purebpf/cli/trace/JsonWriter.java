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
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Hits for programs to read, one object a line. Addresses are strings: {@code "0x7f00"}. */
final class JsonWriter implements HitWriter {
    private final JsonGenerator json;
    private final WallClock clock;
    private final ByteText ascii = new ByteText(40);
    private final byte[] bytes = new byte[FIELD_SIZE];
    private final ByteBuffer encoded = ByteBuffer.wrap(bytes);
    private final CharBuffer decoded = CharBuffer.allocate(FIELD_SIZE);
    private final CharsetDecoder utf8 =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);

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
            json.writeStartObject();
            ascii.clear();
            clock.append(event.time(), ascii);
            json.writeFieldName("time");
            writeAscii();
            json.writeNumberField("pid", Integer.toUnsignedLong(event.pid()));
            json.writeNumberField("tid", Integer.toUnsignedLong(event.tid()));
            json.writeFieldName("command");
            writeText(event.command(bytes));
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
            writeText(event.text(field, bytes));
        } else if (shown.string() >= 0 && event.textLength(shown.string()) > 0) {
            writeText(event.string(shown.string(), bytes));
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
            ascii.clear();
            ascii.hex(value);
            writeAscii();
        } else if (shown.form() == Form.SIGNED || value >= 0) {
            json.writeNumber(value);
        } else {
            ascii.clear();
            ascii.unsigned(value);
            for (int i = 0; i < ascii.length(); i++) {
                decoded.put(i, (char) ascii.bytes()[i]);
            }
            json.writeNumber(decoded.array(), 0, ascii.length());
        }
    }

    private void writeAscii() throws IOException {
        json.writeUTF8String(ascii.bytes(), 0, ascii.length());
    }

    /** Writes the first of {@link #bytes}, which may be anything. */
    private void writeText(int count) throws IOException {
        encoded.clear().limit(count);
        decoded.clear();
        utf8.reset().decode(encoded, decoded, true);
        utf8.flush(decoded);
        json.writeString(decoded.array(), 0, decoded.position());
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
