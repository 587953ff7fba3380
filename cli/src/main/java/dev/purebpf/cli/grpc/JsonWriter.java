package dev.purebpf.cli.grpc;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.cli.session.HeaderField;
import dev.purebpf.cli.session.JsonTrace;
import dev.purebpf.cli.session.PeerAddress;
import dev.purebpf.cli.session.WallClock;

/** Calls for programs to read, one object a line; durations are in nanoseconds. */
final class JsonWriter implements CallWriter {
    private final JsonTrace trace;
    private final JsonLines json;

    JsonWriter(CommandOutput output, WallClock clock) {
        trace = new JsonTrace(output, clock);
        json = trace.json();
    }

    @Override
    public void write(Call call) {
        trace.begin(call.began());
        json.writeNumberField("pid", call.pid());
        json.writeStringField("command", call.command());
        json.writeStringField("side", call.client() ? "client" : "server");
        PeerAddress.write(call.peer(), json);
        json.writeNumberField("connection", call.connection());
        json.writeNumberField("stream", Integer.toUnsignedLong(call.stream()));
        json.writeStringField("path", call.path());
        json.writeStringField("status", call.status());
        json.writeKnownField("status_code", call.statusCode());
        json.writeStringField("message", call.message());
        json.writeKnownField("latency", call.latency());
        json.writeBooleanField("reset", call.isReset());
        json.writeKnownField("reset_code", call.reset());
        json.writeBooleanField("open", call.isOpen());
        json.writeBooleanField("cut", call.isCut());
        block("request", call.request(), call);
        block("headers", call.headers(), call);
        block("trailers", call.trailers(), call);
        json.endLine();
    }

    private void block(String name, HeaderBlock block, Call call) {
        json.writeFieldName(name);
        if (block == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeNumberField("after", block.time() - call.began());
        json.writeBooleanField("cut", block.isCut());
        HeaderField.write("fields", block.fields(), json);
        json.writeEndObject();
    }

    @Override
    public void write(Loss loss) {
        if (loss.isNothing()) {
            return;
        }
        json.writeStartObject();
        json.writeNumberField("lost", loss.events());
        json.writeNumberField("lost_requests", loss.requests());
        json.writeNumberField("lost_calls", loss.calls());
        json.writeNumberField("not_followed", loss.notFollowed());
        json.writeNumberField("by_net_http", loss.handled());
        json.endLine();
    }

    @Override
    public void flush() {
        json.flush();
    }
}
