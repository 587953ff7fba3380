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

    /** What the objects take that it is made of, and one without messages. */
    private static final int OVERHEAD = 1024;

    private final Peer peer;
    private final Consumer<Exchange> exchanges;
    private final ArrayDeque<HttpMessage> pending = new ArrayDeque<>();
    private final Direction received;
    private final Direction sent;

    /** Bytes of memory that the requests take that wait. */
    private int pendingKept;

    /** Whether more than one request waited for its answer at a time. */
    private boolean pipelines;

    /** Whether messages have gone by unseen. */
    private boolean doubtful;

    private boolean nextIsDoubtful;

    /** The first request after messages that were not seen. */
    private HttpMessage afterUnseen;

    HttpConnection(Peer peer, Consumer<Exchange> exchanges, SpareBuffers spare) {
        this.peer = peer;
        this.exchanges = exchanges;
        received = new Direction(false, spare);
        sent = new Direction(true, spare);
    }

    /** {@return about as many bytes of memory as it takes} */
    int kept() {
        return OVERHEAD + pendingKept + received.kept() + sent.kept();
    }

    /** {@return whether it waits between two exchanges, so that nothing of any is known} */
    boolean isIdle() {
        return kept() == OVERHEAD;
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
     * Bytes that were received or sent before the next ones were lost on their way to us, and have
     * been counted: an exchange whose answer may be among them is not told.
     *
     * @param wasSent in which direction
     * @param count how many bytes
     */
    void lost(boolean wasSent, long count) {
        if (hidesMessages(wasSent, count) && answers(wasSent)) {
            pending.clear();
            pendingKept = 0;
        }
    }

    /**
     * Bytes that were received or sent before the next ones were not seen: an exchange whose answer
     * may be among them is told without.
     *
     * @param wasSent in which direction
     * @param count how many bytes
     */
    void missed(boolean wasSent, long count) {
        if (hidesMessages(wasSent, count) && answers(wasSent)) {
            abandonAll();
        }
    }

    /**
     * Passes over bytes that were not seen. Returns whether there may have been messages among
     * them. Where a client waits for each answer before it asks again, the next request is then
     * answered by the next response; but it may not be such a client.
     */
    private boolean hidesMessages(boolean wasSent, long count) {
        Direction direction = wasSent ? sent : received;
        boolean pipelinesSoFar = pipelines;
        int waiting = pending.size() + (direction.answered == null ? 0 : 1);
        if (!direction.stream.miss(count)) {
            return false;
        }
        doubtful = true;
        nextIsDoubtful |= !answers(wasSent) || waiting > 1;
        // Of two, the first may be one whose answer ended unseen.
        pipelines = pipelinesSoFar || waiting > 2;
        return true;
    }

    /** Returns whether responses go that way, as far as is known. */
    private boolean answers(boolean wasSent) {
        return (wasSent ? received : sent).asks;
    }

    private void abandonAll() {
        while (!pending.isEmpty()) {
            abandon(nextPending());
        }
    }

    /** Takes the request that has waited longest; {@code null} if none does. */
    private HttpMessage nextPending() {
        HttpMessage request = pending.poll();
        pendingKept -= request == null ? 0 : request.kept();
        return request;
    }

    private void abandon(HttpMessage request) {
        exchanges.accept(new Exchange(peer, sent.asks, request, null, true));
    }

    /** One direction. */
    private final class Direction implements MessageStream.Listener {
        private final boolean outgoing;
        private final MessageStream stream;

        /** Whether requests go this way. */
        private boolean asks;

        /** What the response that is coming in answers. */
        private HttpMessage answered;

        Direction(boolean outgoing, SpareBuffers spare) {
            this.outgoing = outgoing;
            stream = new MessageStream(this, spare);
        }

        int kept() {
            return stream.kept() + (answered == null ? 0 : answered.kept());
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
                    if (nextIsDoubtful) {
                        nextIsDoubtful = false;
                        afterUnseen = message;
                    }
                    if (pending.size() == MOST_PENDING) {
                        abandon(nextPending());
                    }
                    pending.add(message);
                    pendingKept += message.kept();
                }
                case StartLine.Response response -> {
                    asks = false;
                    if (!response.isInterim()) {
                        if (pending.isEmpty()) {
                            // It answers a request of which no more will be seen.
                            (outgoing ? received : sent).stream.endHead();
                        }
                        pipelines |= pending.size() > 1;
                        answered = nextPending();
                    }
                }
            }
        }

        @Override
        public void onEnd(HttpMessage message) {
            if (!(message.start() instanceof StartLine.Response response) || response.isInterim()) {
                return;
            }
            boolean certain = !doubtful || !pipelines && answered != afterUnseen;
            exchanges.accept(new Exchange(peer, !outgoing, answered, message, certain));
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
