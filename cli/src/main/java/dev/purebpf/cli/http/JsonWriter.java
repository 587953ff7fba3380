package dev.purebpf.cli.http;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.cli.session.HeaderField;
import dev.purebpf.cli.session.JsonTrace;
import dev.purebpf.cli.session.PeerAddress;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.symbol.ProcessIdentity;

import java.util.Optional;

/** Exchanges for programs to read, one object a line; durations are in nanoseconds. */
final class JsonWriter implements ExchangeWriter {
    private final JsonTrace trace;
    private final JsonLines json;

    JsonWriter(CommandOutput output, WallClock clock) {
        trace = new JsonTrace(output, clock);
        json = trace.json();
    }

    @Override
    public void write(Exchange exchange) {
        trace.begin(exchange.began());
        json.writeNumberField("pid", exchange.peer().pid());
        json.writeStringField("command", exchange.peer().command());
        Optional<ProcessIdentity> identity = exchange.peer().identity();
        json.writeStringField("cgroup", identity.map(ProcessIdentity::cgroup).orElse(null));
        json.writeStringField(
                "container", identity.flatMap(ProcessIdentity::container).orElse(null));
        json.writeNumberField("descriptor", exchange.peer().descriptor());
        json.writeStringField("side", exchange.client() ? "client" : "server");
        PeerAddress.write(exchange.peer().other(), json);
        json.writeNumberField("local_port", exchange.peer().localPort());
        json.writeKnownField("latency", exchange.latency());
        json.writeBooleanField("cut", exchange.isCut());
        message("request", exchange.request());
        message("response", exchange.response());
        json.endLine();
    }

    private void message(String name, HttpMessage message) {
        json.writeFieldName(name);
        if (message == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        switch (message.start()) {
            case StartLine.Request line -> {
                json.writeStringField("method", line.method());
                json.writeStringField("host", message.header("Host"));
                json.writeStringField("path", line.target());
            }
            case StartLine.Response line -> {
                json.writeNumberField("status", line.status());
                json.writeStringField("reason", line.reason());
            }
        }
        json.writeStringField("version", message.start().version());
        json.writeNumberField("head_bytes", message.headBytes());
        json.writeNumberField("body_bytes", message.bodyBytes());
        json.writeNumberField("duration", message.ended() - message.began());
        json.writeBooleanField("cut", message.isCut());
        HeaderField.write("headers", message.headers(), json);
        json.writeEndObject();
    }

    @Override
    public void write(Loss loss) {
        if (loss.isNothing()) {
            return;
        }
        json.writeStartObject();
        json.writeNumberField("lost", loss.pieces());
        json.writeNumberField("lost_requests", loss.requests());
        json.writeNumberField("lost_responses", loss.responses());
        json.writeNumberField("not_followed", loss.notFollowed());
        json.writeNumberField("skipped", loss.skipped());
        json.writeNumberField("unseen", loss.unseen());
        json.writeNumberField("given_up", loss.givenUp());
        json.endLine();
    }

    @Override
    public void flush() {
        json.flush();
    }
}
