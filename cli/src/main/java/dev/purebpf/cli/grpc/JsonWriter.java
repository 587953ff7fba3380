package dev.purebpf.cli.grpc;

import com.fasterxml.jackson.core.JsonGenerator;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.WallClock;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Calls for programs to read, one object a line; durations are in nanoseconds. */
final class JsonWriter implements CallWriter {
    private final JsonGenerator json;
    private final WallClock clock;
    private final ByteText time = new ByteText(40);

    JsonWriter(CommandOutput output, WallClock clock) {
        this.clock = clock;
        try {
            json = JsonLines.to(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void write(Call call) {
        try {
            time.clear();
            clock.append(call.began(), time);
            json.writeStartObject();
            json.writeStringField("time", time.toString());
            json.writeNumberField("pid", call.pid());
            json.writeStringField("command", call.command());
            json.writeStringField("side", call.client() ? "client" : "server");
            json.writeStringField("peer", call.peer() == null ? null : call.peer().address());
            number("peer_port", call.peer() == null ? -1 : call.peer().port());
            json.writeNumberField("connection", call.connection());
            json.writeNumberField("stream", Integer.toUnsignedLong(call.stream()));
            json.writeStringField("path", call.path());
            json.writeStringField("status", call.status());
            number("status_code", call.statusCode());
            json.writeStringField("message", call.message());
            number("latency", call.latency());
            json.writeBooleanField("reset", call.isReset());
            number("reset_code", call.reset());
            json.writeBooleanField("cut", call.isCut());
            block("request", call.request(), call);
            block("headers", call.headers(), call);
            block("trailers", call.trailers(), call);
            JsonLines.end(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void number(String name, long value) throws IOException {
        json.writeFieldName(name);
        if (value < 0) {
            json.writeNull();
        } else {
            json.writeNumber(value);
        }
    }

    private void block(String name, HeaderBlock block, Call call) throws IOException {
        json.writeFieldName(name);
        if (block == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeNumberField("after", block.time() - call.began());
        json.writeBooleanField("cut", block.isCut());
        json.writeArrayFieldStart("fields");
        for (Field field : block.fields()) {
            json.writeStartObject();
            json.writeStringField("name", field.name());
            json.writeStringField("value", field.value());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    @Override
    public void write(Loss loss) {
        if (loss.isNothing()) {
            return;
        }
        try {
            json.writeStartObject();
            json.writeNumberField("lost", loss.events());
            json.writeNumberField("lost_requests", loss.requests());
            json.writeNumberField("lost_calls", loss.calls());
            json.writeNumberField("not_followed", loss.notFollowed());
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
