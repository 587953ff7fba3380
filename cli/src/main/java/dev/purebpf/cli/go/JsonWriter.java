package dev.purebpf.cli.go;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.cli.session.EventFields;
import dev.purebpf.cli.session.JsonTrace;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoCall;
import dev.purebpf.go.GoSignature.Parameter;

import java.util.List;

/** Calls for programs to read, one object a line. */
final class JsonWriter implements CallWriter {
    private final JsonTrace trace;
    private final JsonLines json;
    private final JsonSink sink;
    private final ShownValues values;
    private final GoAbi abi;
    private final boolean returns;
    private final byte[] command = new byte[EventFields.COMMAND_SIZE];

    JsonWriter(
            CommandOutput output, WallClock clock, ShownValues values, GoAbi abi, boolean returns) {
        this.values = values;
        this.abi = abi;
        this.returns = returns;
        trace = new JsonTrace(output, clock);
        json = trace.json();
        sink = new JsonSink(json);
    }

    @Override
    public void write(Call call) {
        GoEvent first = call.first();
        trace.begin(first.time());
        json.writeNumberField("pid", Integer.toUnsignedLong(first.pid()));
        json.writeNumberField("tid", Integer.toUnsignedLong(first.tid()));
        json.writeFieldName("command");
        json.writeText(command, first.command(command));
        json.writeNumberField("goroutine", first.goroutine());
        GoFunction function = call.function();
        json.writeStringField("function", function.name());
        json.writeFieldName("arguments");
        if (call.begun() == null || call.begun().capture() == null) {
            json.writeNull();
        } else {
            values(
                    function.signature().parameters(),
                    function.call().parameters(),
                    call.begun(),
                    call.beginning(),
                    call.bias());
        }
        if (returns) {
            result(call);
        }
        if (function.problem() != null) {
            json.writeStringField("problem", function.problem());
        }
        json.endLine();
    }

    private void result(Call call) {
        json.writeBooleanField("returned", call.ended() != null);
        json.writeFieldName("results");
        if (call.ended() == null || call.ended().capture() == null) {
            json.writeNull();
        } else {
            values(
                    call.function().signature().results(),
                    call.function().call().results(),
                    call.ended(),
                    call.end(),
                    call.bias());
        }
        if (call.begun() != null && call.ended() != null) {
            json.writeNumberField("duration_ns", call.end().time() - call.beginning().time());
        }
    }

    private void values(
            List<Parameter> named,
            List<List<GoCall.Part>> places,
            Place place,
            GoEvent event,
            long bias) {
        json.writeStartArray();
        for (int i = 0; i < named.size(); i++) {
            json.writeStartObject();
            json.writeStringField("name", named.get(i).name());
            json.writeStringField("type", named.get(i).type().name());
            json.writeArrayFieldStart("places");
            for (GoCall.Part part : places.get(i)) {
                if (part.size() > 0) {
                    json.writeString(
                            part.place() == GoCall.Place.STACK
                                    ? "stack+" + part.number()
                                    : abi.register(part));
                }
            }
            json.writeEndArray();
            json.writeFieldName("value");
            values.write(place.capture().values().get(i), event, bias, sink);
            if (sink.wasCut()) {
                json.writeBooleanField("cut", true);
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    @Override
    public void writeLosses(long lost, long notFollowed) {
        trace.writeLosses(lost, notFollowed);
    }

    @Override
    public void flush() {
        json.flush();
    }
}
