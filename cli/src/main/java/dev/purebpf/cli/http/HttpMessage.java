package dev.purebpf.cli.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A request or a response as far as it has been seen: RFC 9112, section 2.1. Filled by the {@link
 * MessageStream} that it comes from, and complete when that says so.
 */
final class HttpMessage {

    /**
     * A field of the head.
     *
     * @param name as it was sent
     * @param value without the space around it
     */
    record Header(String name, String value) {}

    private final StartLine start;
    private final List<Header> headers = new ArrayList<>();
    private final long began;
    private long ended;
    private long headBytes;
    private long bodyBytes;
    private boolean cut;
    private boolean whole;

    HttpMessage(StartLine start, long began) {
        this.start = start;
        this.began = began;
        this.ended = began;
    }

    StartLine start() {
        return start;
    }

    /** {@return the fields of the head, in the order in which they were sent} */
    List<Header> headers() {
        return Collections.unmodifiableList(headers);
    }

    /** {@return the value of the first field of that name; {@code null} if there is none} */
    String header(String name) {
        for (Header header : headers) {
            if (header.name().equalsIgnoreCase(name)) {
                return header.value();
            }
        }
        return null;
    }

    /** {@return when its first byte was seen, in nanoseconds of the stream's clock} */
    long began() {
        return began;
    }

    /** {@return when its last byte was seen} */
    long ended() {
        return ended;
    }

    /** {@return the bytes of start line, fields and the blank line, as far as they are known} */
    long headBytes() {
        return headBytes;
    }

    /** {@return the bytes after the head, with what frames chunks} */
    long bodyBytes() {
        return bodyBytes;
    }

    /** {@return whether something of it was not seen, so that sizes and fields may be missing} */
    boolean isCut() {
        return cut || !whole;
    }

    void add(Header header) {
        headers.add(header);
    }

    /** Continues the last field on a further line, as old senders do: RFC 9112, section 5.2. */
    void fold(String more) {
        if (!headers.isEmpty()) {
            Header last = headers.removeLast();
            headers.add(new Header(last.name(), (last.value() + " " + more).strip()));
        }
    }

    void grow(long head, long body, long time) {
        headBytes += head;
        bodyBytes += body;
        ended = time;
    }

    /** Something of it was not seen. */
    void cut() {
        cut = true;
    }

    /** Nothing of it follows. */
    void end() {
        whole = true;
    }
}
