package dev.purebpf.cli.http;

/**
 * Makes messages of the bytes that go one way on a connection. Takes them in pieces of any size,
 * also pieces of which only the size is known; keeps the head of one message and nothing of bodies,
 * so that no stream takes more than {@link HeadBuffer#LIMIT} bytes.
 *
 * <p>Where it no longer knows what a byte belongs to, it goes on with the next piece that begins
 * like a message: nearly all senders begin each message with a call of its own. Where it only no
 * longer knows the chunks of a body, it goes on with what their end looks like.
 */
final class MessageStream {

    /** Takes the messages. */
    interface Listener {

        /** {@return the method that the next response answers; {@code null} if not known} */
        String answered();

        /** A head is complete, or as complete as it gets. */
        void onHead(HttpMessage message);

        /** A message is complete, or as complete as it gets; its head was told before. */
        void onEnd(HttpMessage message);

        /** Something that is no message, or the rest of one that has ended, is passed over. */
        void onLost();
    }

    private enum State {
        HEAD,
        LENGTH,
        CHUNK_SIZE,
        CHUNK_EXTENSION,
        CHUNK_DATA,
        TRAILER,
        AMONG_CHUNKS,
        UNTIL_CLOSE,
        TUNNEL,
        LOST
    }

    private final Listener listener;
    private final HeadBuffer head;
    private State state = State.HEAD;
    private HttpMessage message;
    private long began;

    /** When the last bytes passed. */
    private long last;

    /** Bytes of the body or the chunk that are still to come, with the line end after a chunk. */
    private long remaining;

    private final ChunksEnd chunksEnd = new ChunksEnd();
    private int digits;
    private int trailerLine;

    MessageStream(Listener listener, SpareBuffers spare) {
        this.listener = listener;
        head = new HeadBuffer(spare);
    }

    /** {@return the bytes of memory that its message takes} */
    int kept() {
        return head.kept() + (message == null ? 0 : message.kept());
    }

    /**
     * Takes a piece, or the beginning of one.
     *
     * @param data where it is
     * @param from its first byte
     * @param to the byte after its last
     * @param time of its passing, in nanoseconds
     */
    void feed(byte[] data, int from, int to, long time) {
        if (state == State.LOST && MessageStart.at(data, from, to)) {
            state = State.HEAD;
        } else if (state == State.AMONG_CHUNKS && MessageStart.wholeLineAt(data, from, to)) {
            endEarly(0, 0);
        }
        feedRest(data, from, to, time);
    }

    /**
     * Takes more of the piece that has begun.
     *
     * @param data where it is
     * @param from its first byte
     * @param to the byte after its last
     * @param time of its passing, in nanoseconds
     */
    void feedRest(byte[] data, int from, int to, long time) {
        if (from < to) {
            last = time;
        }
        int at = from;
        while (at < to) {
            switch (state) {
                case HEAD -> at = feedHead(data, at, to, time);
                case LENGTH, CHUNK_DATA -> {
                    int taken = (int) Math.min(remaining, to - at);
                    pass(taken, time);
                    at += taken;
                }
                case CHUNK_SIZE -> chunkSize(data[at++], time);
                case CHUNK_EXTENSION -> {
                    message.grow(0, 1, time);
                    if (data[at++] == '\n') {
                        beginChunk();
                    }
                }
                case TRAILER -> trailer(data[at++], time);
                case AMONG_CHUNKS -> at = amongChunks(data, at, to, time);
                case UNTIL_CLOSE -> {
                    message.grow(0, to - at, time);
                    at = to;
                }
                case TUNNEL, LOST -> at = to;
            }
        }
    }

    /**
     * Takes bytes of which only the number is known.
     *
     * @param count how many
     * @param time of their passing, in nanoseconds
     */
    void skip(long count, long time) {
        if (count == 0) {
            return;
        }
        last = time;
        switch (state) {
            case LENGTH, CHUNK_DATA -> {
                if (count <= remaining) {
                    pass(count, time);
                } else if (state == State.LENGTH) {
                    pass(remaining, time);
                    lose();
                } else {
                    loseChunks(count, time);
                }
            }
            case UNTIL_CLOSE -> message.grow(0, count, time);
            case HEAD -> cut(count, 0);
            case CHUNK_SIZE, CHUNK_EXTENSION, TRAILER, AMONG_CHUNKS -> loseChunks(count, time);
            case TUNNEL, LOST -> {}
        }
    }

    /**
     * Bytes passed that nobody saw, some time since the last ones.
     *
     * @param count how many
     * @return whether there may have been whole messages among them, or the beginning of one
     */
    boolean miss(long count) {
        switch (state) {
            case TUNNEL -> {
                return false;
            }
            case UNTIL_CLOSE -> {
                message.cut();
                message.grow(0, count, last);
                return false;
            }
            case LENGTH, CHUNK_DATA -> {
                boolean within = count <= remaining;
                if (within || state == State.LENGTH) {
                    message.cut();
                    pass(Math.min(count, remaining), last);
                }
                if (within) {
                    return false;
                }
            }
            default -> {}
        }
        endEarly(0, 0);
        state = State.LOST;
        return true;
    }

    /**
     * Nothing follows.
     *
     * @param time of the end, in nanoseconds
     */
    void end(long time) {
        if (state == State.UNTIL_CLOSE) {
            message.grow(0, 0, time);
            finish();
        } else {
            endEarly(0, 0);
        }
    }

    /** Of a head that has begun, nothing follows. */
    void endHead() {
        if (!head.isEmpty() && endEarly(0, 0)) {
            state = State.LOST;
        }
    }

    /** From here on this is another protocol. */
    void tunnel() {
        if (message == null) {
            head.clear();
            state = State.TUNNEL;
        }
    }

    private int feedHead(byte[] data, int from, int to, long time) {
        for (int at = from; at < to; at++) {
            byte value = data[at];
            if (head.isEmpty()) {
                if (value == '\r' || value == '\n') {
                    // Some senders end a body with a line of its own: RFC 9112, section 2.2.
                    continue;
                }
                began = time;
            }
            switch (head.add(value)) {
                case GOES_ON -> {}
                case WHOLE -> {
                    wholeHead(time);
                    return at + 1;
                }
                case FULL -> {
                    cut(to - at, 0);
                    return to;
                }
                case REFUSED -> {
                    head.clear();
                    lose();
                    return to;
                }
            }
        }
        return to;
    }

    private void wholeHead(long time) {
        int length = head.length();
        message = head.take(began);
        message.grow(length, 0, time);
        BodyFraming framing =
                BodyFraming.of(
                        message,
                        message.start() instanceof StartLine.Response ? listener.answered() : null);
        listener.onHead(message);
        switch (framing) {
            case NONE -> finish();
            case LENGTH -> {
                state = State.LENGTH;
                remaining = BodyFraming.length(message);
                if (remaining == 0) {
                    finish();
                }
            }
            case CHUNKED -> awaitChunk();
            case UNTIL_CLOSE -> state = State.UNTIL_CLOSE;
            case TUNNEL -> {
                finish();
                state = State.TUNNEL;
            }
            case UNKNOWN -> cut(0, 0);
        }
    }

    private void pass(long count, long time) {
        remaining -= count;
        message.grow(0, count, time);
        if (remaining > 0) {
            return;
        }
        if (state == State.LENGTH) {
            finish();
        } else {
            awaitChunk();
        }
    }

    private void awaitChunk() {
        state = State.CHUNK_SIZE;
        remaining = 0;
        digits = 0;
    }

    private void chunkSize(byte value, long time) {
        int digit = Character.digit(value, 16);
        if (digit >= 0 && digits < 15) {
            message.grow(0, 1, time);
            remaining = 16 * remaining + digit;
            digits++;
        } else if (digits > 0 && (value == ';' || value == '\r' || value == ' ')) {
            message.grow(0, 1, time);
            state = State.CHUNK_EXTENSION;
        } else if (digits > 0 && value == '\n') {
            message.grow(0, 1, time);
            beginChunk();
        } else {
            cut(0, 1);
        }
    }

    private void beginChunk() {
        if (remaining == 0) {
            state = State.TRAILER;
            trailerLine = 0;
        } else {
            state = State.CHUNK_DATA;
            remaining += 2;
        }
    }

    private void trailer(byte value, long time) {
        message.grow(0, 1, time);
        if (value == '\n') {
            if (trailerLine == 0) {
                finish();
            }
            trailerLine = 0;
        } else if (value != '\r') {
            trailerLine = 1;
        }
    }

    /** Passes over bytes between which chunks may end and begin. */
    private void loseChunks(long count, long time) {
        message.grow(0, count, time);
        state = State.AMONG_CHUNKS;
        chunksEnd.begin();
    }

    private int amongChunks(byte[] data, int from, int to, long time) {
        for (int at = from; at < to; at++) {
            if (chunksEnd.isAfter(data[at])
                    && (at + 1 == to || MessageStart.wholeLineAt(data, at + 1, to))) {
                message.grow(0, at + 1L - from, time);
                finish();
                return at + 1;
            }
        }
        message.grow(0, to - from, time);
        return to;
    }

    private void finish() {
        HttpMessage ended = message;
        ended.end();
        message = null;
        state = State.HEAD;
        listener.onEnd(ended);
    }

    /** Ends what is there before its time, and then knows no more what the bytes belong to. */
    private void cut(long headBytes, long bodyBytes) {
        if (endEarly(headBytes, bodyBytes)) {
            state = State.LOST;
        } else {
            lose();
        }
    }

    /** Ends what is there before its time. Returns whether there was something. */
    private boolean endEarly(long headBytes, long bodyBytes) {
        if (message == null && !head.isEmpty()) {
            int length = head.length();
            message = head.take(began);
            if (message != null) {
                message.grow(length, 0, last);
                message.cut();
                listener.onHead(message);
            }
        }
        if (message == null) {
            return false;
        }
        message.cut();
        message.grow(headBytes, bodyBytes, last);
        finish();
        return true;
    }

    private void lose() {
        state = State.LOST;
        listener.onLost();
    }
}
