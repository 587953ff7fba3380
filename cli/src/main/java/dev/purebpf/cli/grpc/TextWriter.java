package dev.purebpf.cli.grpc;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.OneLine;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.WallClock;

import java.nio.charset.StandardCharsets;

/**
 * Calls for people to read; below each, if wanted, its headers and trailers:
 *
 * <pre>
 * 12:34:56.789012 greeter/1234 &lt; 127.0.0.1:40312 /hello.Greeter/SayHello OK &lt;0.000123456&gt;
 *     &gt; :path: /hello.Greeter/SayHello
 *     &lt; :status: 200
 *     &lt; grpc-status: 0
 * </pre>
 */
final class TextWriter implements CallWriter {
    private static final int FULL = 1 << 16;

    private final CommandOutput output;
    private final WallClock clock;
    private final boolean headers;
    private final ByteText text = new ByteText(FULL + 4096);

    TextWriter(CommandOutput output, WallClock clock, boolean headers) {
        this.output = output;
        this.clock = clock;
        this.headers = headers;
    }

    @Override
    public void write(Call call) {
        clock.append(call.began(), text);
        append(" " + call.command() + "/" + call.pid());
        append((call.client() ? " > " : " < ") + (call.peer() == null ? "-" : call.peer().text()));
        append(" " + known(call.path()) + " " + known(call.status()));
        if (call.latency() < 0) {
            append(" <?>");
        } else {
            text.append(" <").seconds(call.latency()).append('>');
        }
        append(call.isReset() ? " (reset)" : "");
        text.append(call.isCut() ? " (cut)\n" : "\n");
        if (headers) {
            fields("    > ", call.request());
            fields("    < ", call.headers());
            fields("    < ", call.trailers());
        }
        if (text.length() >= FULL) {
            flush();
        }
    }

    private static String known(String word) {
        return word == null || word.isEmpty() ? "-" : word;
    }

    private void fields(String mark, HeaderBlock block) {
        if (block == null) {
            return;
        }
        for (Field field : block.fields()) {
            append(mark + field.name() + ": " + field.value());
            text.append('\n');
        }
    }

    private void append(String any) {
        text.append(OneLine.of(any).getBytes(StandardCharsets.UTF_8));
    }

    /** People are told on standard error. */
    @Override
    public void write(Loss loss) {}

    @Override
    public void flush() {
        if (text.length() > 0) {
            output.write(text.bytes(), 0, text.length());
            text.clear();
        }
    }
}
