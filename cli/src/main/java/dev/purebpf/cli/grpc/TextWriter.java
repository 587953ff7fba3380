package dev.purebpf.cli.grpc;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.HeaderField;
import dev.purebpf.cli.session.PeerAddress;
import dev.purebpf.cli.session.TextTrace;
import dev.purebpf.cli.session.WallClock;

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
    private final TextTrace trace;
    private final ByteText text;
    private final boolean headers;

    TextWriter(CommandOutput output, WallClock clock, boolean headers) {
        trace = new TextTrace(output, clock);
        text = trace.text();
        this.headers = headers;
    }

    @Override
    public void write(Call call) {
        trace.begin(call.began());
        text.oneLine(call.command()).append('/').decimal(call.pid());
        text.append(call.client() ? " > " : " < ");
        PeerAddress.append(call.peer(), text);
        word(call.path());
        word(call.status());
        text.append(' ').duration(call.latency());
        text.append(call.isReset() ? " (reset)" : "").append(call.isOpen() ? " (open)" : "");
        text.append(call.isCut() ? " (cut)" : "");
        if (headers) {
            fields('>', call.request());
            fields('<', call.headers());
            fields('<', call.trailers());
        }
        trace.end();
    }

    private void word(String word) {
        text.append(' ').oneLine(word == null || word.isEmpty() ? "-" : word);
    }

    private void fields(char mark, HeaderBlock block) {
        if (block != null) {
            HeaderField.append(block.fields(), mark, text);
        }
    }

    /** People are told on standard error. */
    @Override
    public void write(Loss loss) {}

    @Override
    public void flush() {
        trace.flush();
    }
}
