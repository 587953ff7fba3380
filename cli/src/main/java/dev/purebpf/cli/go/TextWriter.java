package dev.purebpf.cli.go;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.EventFields;
import dev.purebpf.cli.session.TextTrace;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.go.GoSignature.Parameter;

import java.util.List;

/**
 * Calls for people to read:
 *
 * <pre>
 * 12:34:56.789012 traced 1234/1240 g18 main.add(a=1, b=2) = 3 &lt;0.000012345&gt;
 * </pre>
 */
final class TextWriter implements CallWriter {
    /** What compilers call results that have no name. */
    private static final String UNNAMED = "~";

    private final TextTrace trace;
    private final ByteText text;
    private final ShownValues values;
    private final TextSink sink;
    private final boolean returns;
    private final byte[] command = new byte[EventFields.COMMAND_SIZE];

    TextWriter(CommandOutput output, WallClock clock, ShownValues values, boolean returns) {
        trace = new TextTrace(output, clock);
        text = trace.text();
        sink = new TextSink(text);
        this.values = values;
        this.returns = returns;
    }

    @Override
    public void write(Call call) {
        GoEvent first = call.first();
        trace.begin(first.time());
        text.word(command, first.command(command)).append(' ').task(first.pid(), first.tid());
        text.append(" g").unsigned(first.goroutine()).append(' ');
        GoFunction function = call.function();
        sink.name(function.name());
        text.append('(');
        if (call.begun() == null || call.begun().capture() == null) {
            text.append('?');
        } else {
            values(function.signature().parameters(), call.begun(), call.beginning(), call.bias());
        }
        text.append(')');
        if (returns) {
            result(call);
        }
        trace.end();
    }

    private void result(Call call) {
        text.append(" = ");
        if (call.ended() == null || call.ended().capture() == null) {
            text.append('?');
        } else {
            List<Parameter> results = call.function().signature().results();
            boolean single = results.size() == 1 && results.getFirst().name().startsWith(UNNAMED);
            text.append(single ? "" : "(");
            values(results, call.ended(), call.end(), call.bias());
            text.append(single ? "" : ")");
        }
        if (call.begun() != null && call.ended() != null) {
            text.append(' ').duration(call.end().time() - call.beginning().time());
        }
    }

    private void values(List<Parameter> named, Place place, GoEvent event, long bias) {
        int shown = 0;
        for (int i = 0; i < named.size(); i++) {
            if (named.get(i).isAdded()) {
                continue;
            }
            sink.element(shown++);
            if (!named.get(i).name().startsWith(UNNAMED)) {
                sink.name(named.get(i).name());
                text.append('=');
            }
            values.write(place.capture().values().get(i), event, bias, sink);
        }
    }

    /** People are told on standard error. */
    @Override
    public void writeLosses(long lost, long notFollowed) {}

    @Override
    public void flush() {
        trace.flush();
    }
}
