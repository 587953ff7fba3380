package dev.purebpf.cli.http;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.OneLine;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.WallClock;

import java.nio.charset.StandardCharsets;

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
    public void write(Exchange exchange) {
        clock.append(exchange.began(), text);
        Peer peer = exchange.peer();
        text.append(' ');
        append(peer.command());
        text.append('/').decimal(peer.pid()).append(exchange.client() ? " > " : " < ");
        address(peer);
        HttpMessage request = exchange.request();
        HttpMessage response = exchange.response();
        if (request != null && request.start() instanceof StartLine.Request line) {
            String host = request.header("Host");
            word(line.method());
            word(host == null || host.isEmpty() ? "-" : host);
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
        if (exchange.latency() < 0) {
            text.append(" <?>");
        } else {
            text.append(" <").seconds(exchange.latency()).append('>');
        }
        text.append(exchange.isCut() ? " (cut)\n" : "\n");
        if (headers) {
            fields("    > ", request);
            fields("    < ", response);
        }
        if (text.length() >= FULL) {
            flush();
        }
    }

    /** Address and port as a URI has them. */
    private void address(Peer peer) {
        if (peer.port() == 0) {
            append(peer.address());
            return;
        }
        boolean six = peer.address().indexOf(':') >= 0;
        text.append(six ? "[" : "");
        append(peer.address());
        text.append(six ? "]:" : ":").decimal(peer.port());
    }

    private void size(HttpMessage message) {
        if (message == null) {
            text.append(" -");
        } else {
            text.append(' ').decimal(message.headBytes() + message.bodyBytes());
        }
    }

    private void fields(String mark, HttpMessage message) {
        if (message == null) {
            return;
        }
        for (HttpMessage.Header header : message.headers()) {
            text.append(mark);
            append(header.name());
            text.append(": ");
            append(header.value());
            text.append('\n');
        }
    }

    private void word(String any) {
        text.append(' ');
        append(any);
    }

    private void append(String any) {
        for (int i = 0; i < any.length(); i++) {
            char c = any.charAt(i);
            if (c < ' ' || c > '~') {
                text.append(OneLine.of(any).getBytes(StandardCharsets.UTF_8));
                return;
            }
        }
        text.append(any);
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
