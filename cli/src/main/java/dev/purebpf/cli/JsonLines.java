package dev.purebpf.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import dev.purebpf.btf.BtfExt;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/** JSON with one object a line, for programs to read. */
public final class JsonLines {
    private JsonLines() {}

    /**
     * {@return a generator that puts nothing between objects; {@link #end} ends each with its line}
     *
     * @param output where it goes
     * @throws IOException never, while nothing is written
     */
    public static JsonGenerator to(OutputStream output) throws IOException {
        JsonGenerator json = new JsonFactory().createGenerator(output);
        json.setRootValueSeparator(null);
        return json;
    }

    /**
     * Ends an object, and the line.
     *
     * @param json the generator
     * @throws IOException if that cannot be written
     */
    public static void end(JsonGenerator json) throws IOException {
        json.writeEndObject();
        json.writeRaw('\n');
    }

    /**
     * Writes where in the C source something comes from: {@code "source":{"file":"a.c","line":7,
     * "text":"x = y;"}}, or {@code null} when nobody knows.
     *
     * @param json the generator
     * @param line the line
     * @throws IOException if that cannot be written
     */
    public static void source(JsonGenerator json, Optional<BtfExt.LineInfo> line)
            throws IOException {
        if (line.isEmpty()) {
            json.writeNullField("source");
            return;
        }
        json.writeObjectFieldStart("source");
        json.writeStringField("file", line.get().file());
        json.writeNumberField("line", line.get().line());
        json.writeStringField("text", line.get().text().strip());
        json.writeEndObject();
    }
}
