package dev.purebpf.cli.go;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.cli.session.EventFields;
import dev.purebpf.cli.session.JsonTrace;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoCall;
import dev.purebpf.go.GoSignature.Parameter;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Calls for programs to read, one object a line. */
final class JsonWriter implements CallWriter {
    private final JsonTrace trace;
    private final JsonLines json;
    private final JsonSink sink;
    private final ShownValues values;
    private final Map<GoCall.Part, String> placeNames = new HashMap<>();
    private final boolean returns;
    private final byte[] command = new byte[EventFields.COMMAND_SIZE];

    JsonWriter(CommandOutput output, WallClock clock, ShownValues values, boolean returns) {
        this.values = values;
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
            if (named.get(i).isAdded()) {
                continue;
            }
            json.writeStartObject();
            json.writeStringField("name", named.get(i).name());
            json.writeStringField("type", named.get(i).type().name());
            json.writeArrayFieldStart("places");
            for (int p = 0; p < places.get(i).size(); p++) {
                GoCall.Part part = places.get(i).get(p);
                if (part.size() > 0) {
                    json.writeString(place(part, place.function().abi()));
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

    private String place(GoCall.Part part, GoAbi abi) {
        String name = placeNames.get(part);
        if (name == null) {
            name =
                    part.place() == GoCall.Place.STACK
                            ? "stack+" + part.number()
                            : abi.register(part);
            placeNames.put(part, name);
        }
        return name;
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
