package dev.purebpf.cli.go;

import dev.purebpf.cli.OneLine;
import dev.purebpf.cli.session.ByteText;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Values for people, much as Go's source has them. What is left out is shown as {@code ...}. */
final class TextSink implements ValueSink {
    private static final String OMITTED = "...";

    private final ByteText text;
    private final Map<String, byte[]> names = new HashMap<>();

    TextSink(ByteText text) {
        this.text = text;
    }

    /** Writes the name of something; each is encoded once. */
    void name(String name) {
        text.append(
                names.computeIfAbsent(
                        name, one -> OneLine.of(one).getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void signed(long value) {
        text.decimal(value);
    }

    @Override
    public void unsigned(long value) {
        text.unsigned(value);
    }

    @Override
    public void bool(boolean value) {
        text.append(value ? "true" : "false");
    }

    @Override
    public void floating(double value, boolean isShort) {
        if (isShort) {
            text.floating((float) value);
        } else {
            text.floating(value);
        }
    }

    @Override
    public void beginComplex() {
        text.append('(');
    }

    @Override
    public void imaginary() {
        text.append(" + ");
    }

    @Override
    public void endComplex() {
        text.append("i)");
    }

    @Override
    public void text(byte[] bytes, int count, long length) {
        text.quoted(bytes, count);
        if (length != count) {
            text.append(OMITTED);
        }
    }

    @Override
    public void bytes(byte[] bytes, int count, long length) {
        text(bytes, count, length);
    }

    @Override
    public void nil() {
        text.append("nil");
    }

    @Override
    public void address(long value) {
        text.hex(value);
    }

    @Override
    public void beginPointer(long value) {
        text.append('&');
    }

    @Override
    public void endPointer() {}

    @Override
    public void beginElements() {
        text.append('[');
    }

    @Override
    public void element(int index) {
        if (index > 0) {
            text.append(", ");
        }
    }

    @Override
    public void endElements(long length, long given) {
        if (length != given) {
            text.append(given > 0 ? ", " : "").append(OMITTED);
        }
        text.append(']');
    }

    @Override
    public void beginStruct() {
        text.append('{');
    }

    @Override
    public void field(String name, int index) {
        element(index);
        name(name);
        text.append(": ");
    }

    @Override
    public void endStruct() {
        text.append('}');
    }

    @Override
    public void beginInterface(String type) {
        name(type);
        text.append('(');
    }

    @Override
    public void endInterface() {
        text.append(')');
    }

    @Override
    public void unreadable(String register) {
        text.append('<').append(register).append('>');
    }

    @Override
    public void omitted() {
        text.append(OMITTED);
    }
}
