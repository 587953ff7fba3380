package dev.purebpf.cli.session;

import dev.purebpf.cli.JsonLines;

import java.util.List;

/**
 * A field of the head of a message.
 *
 * @param name its name, as it was sent
 * @param value its value, without the space around it
 */
public record HeaderField(String name, String value) {

    /**
     * Appends fields for people to read, each in a line of its own before which a line ends.
     *
     * @param fields the fields
     * @param mark what stands before each
     * @param text what to append to
     */
    public static void append(List<HeaderField> fields, char mark, ByteText text) {
        for (HeaderField field : fields) {
            text.append("\n    ").append(mark).append(' ');
            text.oneLine(field.name()).append(": ").oneLine(field.value());
        }
    }

    /**
     * Writes fields for programs to read, as an array of objects: a name may be there more than
     * once.
     *
     * @param name of the array
     * @param fields the fields
     * @param json where to
     */
    public static void write(String name, List<HeaderField> fields, JsonLines json) {
        json.writeArrayFieldStart(name);
        for (HeaderField field : fields) {
            json.writeStartObject();
            json.writeStringField("name", field.name());
            json.writeStringField("value", field.value());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
