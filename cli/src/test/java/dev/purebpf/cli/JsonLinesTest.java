package dev.purebpf.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

class JsonLinesTest {
    private static String line(Consumer<JsonLines> content) {
        var out = new ByteArrayOutputStream();
        JsonLines json = JsonLines.to(new CommandOutput(out));
        json.writeStartObject();
        content.accept(json);
        json.endLine();
        json.flush();
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Object read(Consumer<JsonLines> value) {
        Consumer<JsonLines> name = json -> json.writeFieldName("x");
        return Json.object(line(name.andThen(value))).get("x");
    }

    @Example
    void eachObjectHasItsLine() {
        var out = new ByteArrayOutputStream();
        JsonLines json = JsonLines.to(new CommandOutput(out));
        for (long i = 1; i <= 2; i++) {
            json.writeStartObject();
            json.writeObjectFieldStart("inner");
            json.writeNumberField("number", i);
            json.writeEndObject();
            json.writeArrayFieldStart("array");
            json.writeNumber(1.5f);
            json.writeNumber(2.5);
            json.writeEndArray();
            json.endLine();
        }
        json.flush();
        assertEquals(
                """
                {"inner":{"number":1},"array":[1.5,2.5]}
                {"inner":{"number":2},"array":[1.5,2.5]}
                """,
                out.toString(StandardCharsets.UTF_8));
    }

    @Example
    void whatIsNotKnownIsNull() {
        assertEquals(
                """
                {"a":null,"b":null,"c":null,"d":0,"source":null}
                """,
                line(
                        json -> {
                            json.writeStringField("a", null);
                            json.writeNullField("b");
                            json.writeKnownField("c", -1);
                            json.writeKnownField("d", 0);
                            json.writeSource(Optional.empty());
                        }));
    }

    @Property
    void bytesAreReadAsUtf8(@ForAll byte[] before, @ForAll byte[] bytes) {
        var out = new ByteArrayOutputStream();
        JsonLines json = JsonLines.to(new CommandOutput(out));
        json.writeStartObject();
        json.writeFieldName("before");
        json.writeText(before, before.length);
        json.writeFieldName("x");
        json.writeText(bytes, bytes.length);
        json.endLine();
        json.flush();
        Map<String, Object> read = Json.object(out.toString(StandardCharsets.UTF_8));
        assertEquals(new String(before, StandardCharsets.UTF_8), read.get("before"));
        assertEquals(new String(bytes, StandardCharsets.UTF_8), read.get("x"));
    }

    @Example
    void longTextIsWhole() {
        byte[] bytes = new byte[100_000];
        Arrays.fill(bytes, (byte) 'a');
        assertEquals("a".repeat(bytes.length), read(json -> json.writeText(bytes, bytes.length)));
        Arrays.fill(bytes, (byte) 0xff);
        assertEquals(
                "\ufffd".repeat(bytes.length), read(json -> json.writeText(bytes, bytes.length)));
    }

    @Property
    void numbersReadAsJavaWritesThem(@ForAll long value) {
        assertEquals("0x" + Long.toHexString(value), read(json -> json.writeHex(value)));
        Consumer<JsonLines> name = json -> json.writeFieldName("x");
        assertEquals(
                "{\"x\":" + Long.toUnsignedString(value) + "}\n",
                line(name.andThen(json -> json.writeUnsigned(value))));
    }
}
