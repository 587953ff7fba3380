package dev.purebpf.cli.go;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.ByteText;
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
    private static final int FULL = 1 << 16;
    private static final int COMMAND_SIZE = 16;

    /** What compilers call results that have no name. */
    private static final String UNNAMED = "~";

    private final CommandOutput output;
    private final WallClock clock;
    private final ShownValues values;
    private final ByteText text = new ByteText(FULL + 8192);
    private final TextSink sink = new TextSink(text);
    private final boolean returns;
    private final byte[] command = new byte[COMMAND_SIZE];

    TextWriter(CommandOutput output, WallClock clock, ShownValues values, boolean returns) {
        this.output = output;
        this.clock = clock;
        this.values = values;
        this.returns = returns;
    }

    @Override
    public void write(Call call) {
        GoEvent first = call.first();
        clock.append(first.time(), text);
        text.append(' ');
        int count = first.command(command);
        for (int i = 0; i < count; i++) {
            // A task may name itself as it likes; the columns and the terminal shall survive it.
            text.append(command[i] > ' ' && command[i] < 0x7f ? (char) command[i] : '?');
        }
        text.append(' ').unsigned(Integer.toUnsignedLong(first.pid()));
        text.append('/').unsigned(Integer.toUnsignedLong(first.tid()));
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
        text.append('\n');
        if (text.length() >= FULL) {
            flush();
        }
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
            text.append(" <").seconds(call.end().time() - call.beginning().time()).append('>');
        }
    }

    private void values(List<Parameter> named, Place place, GoEvent event, long bias) {
        for (int i = 0; i < named.size(); i++) {
            sink.element(i);
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
        if (text.length() > 0) {
            output.write(text.bytes(), 0, text.length());
            text.clear();
        }
    }
}
