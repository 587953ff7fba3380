package dev.purebpf.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;

import dev.purebpf.btf.BtfExt;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.Utf8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * JSON with one object a line, for programs to read: Jackson's generator with what it lacks, and
 * without its exceptions. A {@link CommandOutput} keeps for itself that it cannot be written, so
 * that none is left to happen. Text and whole numbers make no objects. Not thread-safe.
 */
public final class JsonLines {
    private final JsonGenerator json;
    private final ByteText ascii = new ByteText(20);
    private final CharsetDecoder utf8 =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private CharBuffer decoded = CharBuffer.allocate(1024);

    /** Room for the longest floating point number, {@code -2.2250738585072014E-308}. */
    private final char[] number = new char[32];

    private byte[] encoded = {};
    private ByteBuffer bytes = ByteBuffer.wrap(encoded);

    private JsonLines(JsonGenerator json) {
        this.json = json;
    }

    /**
     * {@return JSON in which {@link #endLine} ends each object of the outermost level}
     *
     * @param output where it goes, when it is flushed or a lot
     */
    public static JsonLines to(CommandOutput output) {
        try {
            JsonGenerator json = new JsonFactory().createGenerator(output);
            json.setRootValueSeparator(null);
            return new JsonLines(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins an object. */
    public void writeStartObject() {
        try {
            json.writeStartObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends an object within another or within an array. */
    public void writeEndObject() {
        try {
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends an object of the outermost level, and the line. */
    public void endLine() {
        try {
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins an array. */
    public void writeStartArray() {
        try {
            json.writeStartArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends an array. */
    public void writeEndArray() {
        try {
            json.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Begins a field; its value is next.
     *
     * @param name its name
     */
    public void writeFieldName(String name) {
        try {
            json.writeFieldName(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Begins a field; its value is next.
     *
     * @param name its name, encoded once for all
     */
    public void writeFieldName(SerializableString name) {
        try {
            json.writeFieldName(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a string.
     *
     * @param value the string; {@code null} writes {@code null}
     */
    public void writeString(String value) {
        try {
            json.writeString(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a string that needs no escaping.
     *
     * @param text printable ASCII without quotation mark and backslash
     * @param count how many of its bytes
     */
    public void writeAscii(byte[] text, int count) {
        try {
            json.writeRawUTF8String(text, 0, count);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a number as a string, {@code "0x7f00"}: many readers of JSON are not exact beyond 2⁵³.
     *
     * @param value the number
     */
    public void writeHex(long value) {
        ascii.clear();
        ascii.hex(value);
        writeAscii(ascii.bytes(), ascii.length());
    }

    /**
     * Writes bytes of any origin as a string. What is no UTF-8 becomes U+FFFD: JSON has no way to
     * say it.
     *
     * @param text the bytes
     * @param count how many of them
     */
    public void writeText(byte[] text, int count) {
        try {
            if (Utf8.isValid(text, count)) {
                json.writeUTF8String(text, 0, count);
                return;
            }
            if (encoded != text) {
                encoded = text;
                bytes = ByteBuffer.wrap(text);
            }
            if (decoded.capacity() < count) {
                decoded = CharBuffer.allocate(count);
            }
            decoded.clear();
            utf8.reset().decode(bytes.clear().limit(count), decoded, true);
            utf8.flush(decoded);
            json.writeString(decoded.array(), 0, decoded.position());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a number.
     *
     * @param value the number
     */
    public void writeNumber(long value) {
        try {
            json.writeNumber(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a number of single precision.
     *
     * @param value the number, finite
     */
    public void writeNumber(float value) {
        ascii.clear();
        ascii.floating(value);
        writeAsIs();
    }

    /**
     * Writes a number of double precision.
     *
     * @param value the number, finite
     */
    public void writeNumber(double value) {
        ascii.clear();
        ascii.floating(value);
        writeAsIs();
    }

    private void writeAsIs() {
        int count = ascii.length();
        for (int i = 0; i < count; i++) {
            number[i] = (char) ascii.bytes()[i];
        }
        try {
            json.writeRawValue(number, 0, count);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a number without a sign.
     *
     * @param value the number
     */
    public void writeUnsigned(long value) {
        if (value >= 0) {
            writeNumber(value);
            return;
        }
        ascii.clear();
        ascii.unsigned(value);
        decoded.clear();
        for (int i = 0; i < ascii.length(); i++) {
            decoded.put((char) ascii.bytes()[i]);
        }
        try {
            json.writeNumber(decoded.array(), 0, decoded.position());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes {@code true} or {@code false}.
     *
     * @param value which of them
     */
    public void writeBoolean(boolean value) {
        try {
            json.writeBoolean(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes that there is nothing. */
    public void writeNull() {
        try {
            json.writeNull();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a field with a string.
     *
     * @param name its name
     * @param value the string; {@code null} writes {@code null}
     */
    public void writeStringField(String name, String value) {
        writeFieldName(name);
        writeString(value);
    }

    /**
     * Writes a field with a number.
     *
     * @param name its name
     * @param value the number
     */
    public void writeNumberField(String name, long value) {
        writeFieldName(name);
        writeNumber(value);
    }

    /**
     * Writes a field with a number that may be unknown.
     *
     * @param name its name
     * @param value the number; a negative one writes {@code null}
     */
    public void writeKnownField(String name, long value) {
        writeFieldName(name);
        if (value < 0) {
            writeNull();
        } else {
            writeNumber(value);
        }
    }

    /**
     * Writes a field that is {@code true} or {@code false}.
     *
     * @param name its name
     * @param value which of them
     */
    public void writeBooleanField(String name, boolean value) {
        writeFieldName(name);
        writeBoolean(value);
    }

    /**
     * Writes a field of which there is nothing.
     *
     * @param name its name
     */
    public void writeNullField(String name) {
        writeFieldName(name);
        writeNull();
    }

    /**
     * Begins a field with an object.
     *
     * @param name its name
     */
    public void writeObjectFieldStart(String name) {
        writeFieldName(name);
        writeStartObject();
    }

    /**
     * Begins a field with an array.
     *
     * @param name its name
     */
    public void writeArrayFieldStart(String name) {
        writeFieldName(name);
        writeStartArray();
    }

    /**
     * Writes where in the C source something comes from: {@code "source":{"file":"a.c","line":7,
     * "text":"x = y;"}}, or {@code null} when nobody knows.
     *
     * @param line the line
     */
    public void writeSource(Optional<BtfExt.LineInfo> line) {
        if (line.isEmpty()) {
            writeNullField("source");
            return;
        }
        writeObjectFieldStart("source");
        writeStringField("file", line.get().file());
        writeNumberField("line", line.get().line());
        writeStringField("text", line.get().text().strip());
        writeEndObject();
    }

    /** Hands on what was written. */
    public void flush() {
        try {
            json.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
