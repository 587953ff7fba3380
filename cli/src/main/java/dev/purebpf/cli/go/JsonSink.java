package dev.purebpf.cli.go;

import com.fasterxml.jackson.core.JsonGenerator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Values for programs: numbers, strings, arrays for slices and objects for structs. Addresses are
 * strings, {@code "0x7f00"}; so are floating point numbers that JSON has not, {@code "NaN"}. A
 * pointer is {@code {"address":…,"value":…}} if what it points to is known, the value in an
 * interface {@code {"type":…,"value":…}}, a complex number {@code {"real":…,"imaginary":…}}.
 */
final class JsonSink implements ValueSink {
    private static final String VALUE = "value";

    private final JsonGenerator json;
    private boolean isCut;

    JsonSink(JsonGenerator json) {
        this.json = json;
    }

    /** {@return whether something was left out since this was last asked} */
    boolean wasCut() {
        boolean was = isCut;
        isCut = false;
        return was;
    }

    /** A piece of JSON. */
    @FunctionalInterface
    private interface Piece {
        void write() throws IOException;
    }

    private static void write(Piece piece) {
        try {
            piece.write();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void signed(long value) {
        write(() -> json.writeNumber(value));
    }

    @Override
    public void unsigned(long value) {
        write(
                () -> {
                    if (value >= 0) {
                        json.writeNumber(value);
                    } else {
                        json.writeNumber(Long.toUnsignedString(value));
                    }
                });
    }

    @Override
    public void bool(boolean value) {
        write(() -> json.writeBoolean(value));
    }

    @Override
    public void floating(double value, boolean isShort) {
        write(
                () -> {
                    if (!Double.isFinite(value)) {
                        json.writeString(Double.toString(value));
                    } else if (isShort) {
                        json.writeNumber((float) value);
                    } else {
                        json.writeNumber(value);
                    }
                });
    }

    @Override
    public void beginComplex() {
        write(
                () -> {
                    json.writeStartObject();
                    json.writeFieldName("real");
                });
    }

    @Override
    public void imaginary() {
        write(() -> json.writeFieldName("imaginary"));
    }

    @Override
    public void endComplex() {
        write(json::writeEndObject);
    }

    @Override
    public void text(byte[] bytes, int count, long length) {
        isCut |= length != count;
        write(() -> json.writeString(new String(bytes, 0, count, StandardCharsets.UTF_8)));
    }

    @Override
    public void bytes(byte[] bytes, int count, long length) {
        isCut |= length != count;
        write(
                () -> {
                    json.writeStartArray();
                    for (int i = 0; i < count; i++) {
                        json.writeNumber(bytes[i] & 0xff);
                    }
                    json.writeEndArray();
                });
    }

    @Override
    public void nil() {
        write(json::writeNull);
    }

    @Override
    public void address(long value) {
        write(() -> json.writeString("0x" + Long.toHexString(value)));
    }

    @Override
    public void beginPointer(long value) {
        write(
                () -> {
                    json.writeStartObject();
                    json.writeStringField("address", "0x" + Long.toHexString(value));
                    json.writeFieldName(VALUE);
                });
    }

    @Override
    public void endPointer() {
        write(json::writeEndObject);
    }

    @Override
    public void beginElements() {
        write(json::writeStartArray);
    }

    @Override
    public void element(int index) {}

    @Override
    public void endElements(long length, long given) {
        isCut |= length != given;
        write(json::writeEndArray);
    }

    @Override
    public void beginStruct() {
        write(json::writeStartObject);
    }

    @Override
    public void field(String name, int index) {
        write(() -> json.writeFieldName(name));
    }

    @Override
    public void endStruct() {
        write(json::writeEndObject);
    }

    @Override
    public void beginInterface(String type) {
        write(
                () -> {
                    json.writeStartObject();
                    json.writeStringField("type", type);
                    json.writeFieldName(VALUE);
                });
    }

    @Override
    public void endInterface() {
        write(json::writeEndObject);
    }

    @Override
    public void unreadable(String register) {
        isCut = true;
        write(json::writeNull);
    }

    @Override
    public void omitted() {
        isCut = true;
        write(json::writeNull);
    }
}
