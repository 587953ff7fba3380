package dev.purebpf.cli.http;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * A connection that HTTP/1.x is spoken on: pairs the requests of one direction with the responses
 * of the other, in their order, as pipelining demands (RFC 9112, section 9.3.2).
 */
final class HttpConnection {

    /** Requests without an answer that are kept; what pipelines more is no usual client. */
    static final int MOST_PENDING = 256;

    private final Peer peer;
    private final Consumer<Exchange> exchanges;
    private final ArrayDeque<HttpMessage> pending = new ArrayDeque<>();
    private final Direction received = new Direction(false);
    private final Direction sent = new Direction(true);

    HttpConnection(Peer peer, Consumer<Exchange> exchanges) {
        this.peer = peer;
        this.exchanges = exchanges;
    }

    /** {@return the bytes that our end reads} */
    MessageStream received() {
        return received.stream;
    }

    /** {@return the bytes that our end writes} */
    MessageStream sent() {
        return sent.stream;
    }

    /**
     * Nothing goes over it any more: what waits for an answer gets none.
     *
     * @param time in nanoseconds
     */
    void close(long time) {
        received.stream.end(time);
        sent.stream.end(time);
        abandonAll();
    }

    /**
     * Something that was received or sent was lost on its way to us, and has been counted: its
     * exchange is not told as one without an answer.
     */
    void lost(boolean wasSent, long time) {
        Direction direction = wasSent ? sent : received;
        if (!direction.asks) {
            pending.clear();
        }
        direction.stream.gap(time);
    }

    private void abandonAll() {
        while (!pending.isEmpty()) {
            abandon(pending.poll());
        }
    }

    private void abandon(HttpMessage request) {
        exchanges.accept(new Exchange(peer, sent.asks, request, null));
    }

    /** One direction. */
    private final class Direction implements MessageStream.Listener {
        private final boolean outgoing;
        private final MessageStream stream = new MessageStream(this);

        /** Whether requests go this way. */
        private boolean asks;

        /** What the response that is coming in answers. */
        private HttpMessage answered;

        Direction(boolean outgoing) {
            this.outgoing = outgoing;
        }

        @Override
        public String answered() {
            HttpMessage request = pending.peek();
            return request == null ? null : ((StartLine.Request) request.start()).method();
        }

        @Override
        public void onHead(HttpMessage message) {
            switch (message.start()) {
                case StartLine.Request _ -> {
                    asks = true;
                    if (pending.size() == MOST_PENDING) {
                        abandon(pending.poll());
                    }
                    pending.add(message);
                }
                case StartLine.Response response -> {
                    asks = false;
                    if (!response.isInterim()) {
                        answered = pending.poll();
                    }
                }
            }
        }

        @Override
        public void onEnd(HttpMessage message) {
            if (!(message.start() instanceof StartLine.Response response) || response.isInterim()) {
                return;
            }
            exchanges.accept(new Exchange(peer, !outgoing, answered, message));
            boolean connected =
                    answered != null
                            && answered.start() instanceof StartLine.Request(var method, _, _)
                            && method.equals("CONNECT")
                            && response.status() / 100 == 2;
            answered = null;
            if (response.status() == 101 || connected) {
                received.stream.tunnel();
                sent.stream.tunnel();
            }
        }

        @Override
        public void onLost() {
            // An answer that cannot be read is still the end of waiting for it.
            if (!asks) {
                abandonAll();
            }
        }
    }
}
