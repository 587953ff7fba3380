package dev.purebpf.cli.go;

import dev.purebpf.cli.JsonLines;

/**
 * Values for programs: numbers, strings, arrays for slices and objects for structs. Addresses are
 * strings, {@code "0x7f00"}; so are floating point numbers that JSON has not, {@code "NaN"}. A
 * pointer is {@code {"address":…,"value":…}} if what it points to is known, the value in an
 * interface {@code {"type":…,"value":…}}, a complex number {@code {"real":…,"imaginary":…}}.
 */
final class JsonSink implements ValueSink {
    private static final String VALUE = "value";

    private final JsonLines json;
    private boolean isCut;

    JsonSink(JsonLines json) {
        this.json = json;
    }

    /** {@return whether something was left out since this was last asked} */
    boolean wasCut() {
        boolean was = isCut;
        isCut = false;
        return was;
    }

    @Override
    public void signed(long value) {
        json.writeNumber(value);
    }

    @Override
    public void unsigned(long value) {
        json.writeUnsigned(value);
    }

    @Override
    public void bool(boolean value) {
        json.writeBoolean(value);
    }

    @Override
    public void floating(double value, boolean isShort) {
        if (!Double.isFinite(value)) {
            json.writeString(Double.toString(value));
        } else if (isShort) {
            json.writeNumber((float) value);
        } else {
            json.writeNumber(value);
        }
    }

    @Override
    public void beginComplex() {
        json.writeStartObject();
        json.writeFieldName("real");
    }

    @Override
    public void imaginary() {
        json.writeFieldName("imaginary");
    }

    @Override
    public void endComplex() {
        json.writeEndObject();
    }

    @Override
    public void text(byte[] bytes, int count, long length) {
        isCut |= length != count;
        json.writeText(bytes, count);
    }

    @Override
    public void bytes(byte[] bytes, int count, long length) {
        isCut |= length != count;
        json.writeStartArray();
        for (int i = 0; i < count; i++) {
            json.writeNumber(bytes[i] & 0xff);
        }
        json.writeEndArray();
    }

    @Override
    public void nil() {
        json.writeNull();
    }

    @Override
    public void address(long value) {
        json.writeHex(value);
    }

    @Override
    public void beginPointer(long value) {
        json.writeStartObject();
        json.writeFieldName("address");
        json.writeHex(value);
        json.writeFieldName(VALUE);
    }

    @Override
    public void endPointer() {
        json.writeEndObject();
    }

    @Override
    public void beginElements() {
        json.writeStartArray();
    }

    @Override
    public void element(int index) {}

    @Override
    public void endElements(long length, long given) {
        isCut |= length != given;
        json.writeEndArray();
    }

    @Override
    public void beginStruct() {
        json.writeStartObject();
    }

    @Override
    public void field(String name, int index) {
        json.writeFieldName(name);
    }

    @Override
    public void endStruct() {
        json.writeEndObject();
    }

    @Override
    public void beginInterface(String type) {
        json.writeStartObject();
        json.writeStringField("type", type);
        json.writeFieldName(VALUE);
    }

    @Override
    public void endInterface() {
        json.writeEndObject();
    }

    @Override
    public void unreadable(String register) {
        isCut = true;
        json.writeNull();
    }

    @Override
    public void omitted() {
        isCut = true;
        json.writeNull();
    }
}
