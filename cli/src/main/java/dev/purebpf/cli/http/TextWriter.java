package dev.purebpf.cli.http;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.HeaderField;
import dev.purebpf.cli.session.PeerAddress;
import dev.purebpf.cli.session.TextTrace;
import dev.purebpf.cli.session.WallClock;

/**
 * Exchanges for people to read; below each, if wanted, its header fields:
 *
 * <pre>
 * 12:34:56.789012 nginx/1234 &lt; 127.0.0.1:40312 GET example.org /index.html 200 78 850 &lt;0.000123456&gt;
 *     &gt; Host: example.org
 *     &lt; Server: nginx
 * </pre>
 */
final class TextWriter implements ExchangeWriter {
    private final TextTrace trace;
    private final ByteText text;
    private final boolean headers;

    TextWriter(CommandOutput output, WallClock clock, boolean headers) {
        trace = new TextTrace(output, clock);
        text = trace.text();
        this.headers = headers;
    }

    @Override
    public void write(Exchange exchange) {
        trace.begin(exchange.began());
        Peer peer = exchange.peer();
        text.oneLine(peer.command())
                .append('/')
                .decimal(peer.pid())
                .append(exchange.client() ? " > " : " < ");
        PeerAddress.append(peer.other(), text);
        HttpMessage request = exchange.request();
        HttpMessage response = exchange.response();
        if (request != null && request.start() instanceof StartLine.Request line) {
            String host = request.header("Host");
            word(line.method());
            word(host == null ? "" : host);
            word(line.target());
        } else {
            text.append(" - - -");
        }
        if (response != null && response.start() instanceof StartLine.Response line) {
            text.append(' ').decimal(line.status());
        } else {
            text.append(" -");
        }
        size(request);
        size(response);
        text.append(' ').duration(exchange.latency());
        text.append(exchange.isCut() ? " (cut)" : "");
        if (headers) {
            fields('>', request);
            fields('<', response);
        }
        trace.end();
    }

    private void size(HttpMessage message) {
        if (message == null) {
            text.append(" -");
        } else {
            text.append(' ').decimal(message.headBytes() + message.bodyBytes());
        }
    }

    private void fields(char mark, HttpMessage message) {
        if (message != null) {
            HeaderField.append(message.headers(), mark, text);
        }
    }

    /** What is no word of its own would move all that follows to other columns. */
    private void word(String any) {
        String word = any.isEmpty() ? "-" : any;
        text.append(' ').oneLine(word.indexOf(' ') < 0 ? word : word.replace(" ", "\\x20"));
    }

    /** People are told on standard error. */
    @Override
    public void write(Loss loss) {}

    @Override
    public void flush() {
        trace.flush();
    }
}
