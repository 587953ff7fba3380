package dev.purebpf.cli.http;

import dev.purebpf.cli.session.HeaderField;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A request or a response as far as it has been seen: RFC 9112, section 2.1. Filled by the {@link
 * MessageStream} that it comes from, and complete when that says so.
 */
final class HttpMessage {

    /** What the objects take that it is made of. */
    private static final int OVERHEAD = 160;

    private final StartLine start;
    private final byte[] fields;
    private final long began;
    private List<HeaderField> headers;
    private long ended;
    private long headBytes;
    private long bodyBytes;
    private boolean cut;
    private boolean whole;

    /**
     * Begins one.
     *
     * @param start its first line
     * @param fields the lines of its fields, each with its end
     * @param began when its first byte was seen
     */
    HttpMessage(StartLine start, byte[] fields, long began) {
        this.start = start;
        this.fields = fields;
        this.began = began;
        this.ended = began;
    }

    /** {@return about as many bytes of memory as it takes} */
    int kept() {
        return OVERHEAD + start.length() + fields.length;
    }

    StartLine start() {
        return start;
    }

    /** {@return the fields of the head, in the order in which they were sent} */
    List<HeaderField> headers() {
        if (headers == null) {
            headers = Collections.unmodifiableList(parse());
        }
        return headers;
    }

    /** {@return the value of the first field of that name; {@code null} if there is none} */
    String header(String name) {
        for (int begin = 0; begin < fields.length; begin = endOfLine(begin) + 1) {
            int colon = colonOf(name, begin);
            if (colon < 0) {
                continue;
            }
            int end = endOfLine(begin);
            if (end + 1 < fields.length && continues(end + 1)) {
                // Rare enough to look at all of them.
                return parse().stream()
                        .filter(header -> header.name().equalsIgnoreCase(name))
                        .findFirst()
                        .orElseThrow()
                        .value();
            }
            return text(colon + 1, end);
        }
        return null;
    }

    /** {@return how many fields of a name there are} */
    int count(String name) {
        int count = 0;
        for (int begin = 0; begin < fields.length; begin = endOfLine(begin) + 1) {
            if (colonOf(name, begin) >= 0) {
                count++;
            }
        }
        return count;
    }

    private List<HeaderField> parse() {
        List<HeaderField> all = new ArrayList<>();
        for (int begin = 0; begin < fields.length; begin = endOfLine(begin) + 1) {
            int end = endOfLine(begin);
            if (continues(begin)) {
                // As old senders do: RFC 9112, section 5.2.
                if (!all.isEmpty()) {
                    HeaderField last = all.removeLast();
                    String value = (last.value() + " " + text(begin, end)).strip();
                    all.add(new HeaderField(last.name(), value));
                }
                continue;
            }
            int colon = begin;
            while (colon < end && fields[colon] != ':') {
                colon++;
            }
            if (colon > begin && colon < end) {
                all.add(new HeaderField(text(begin, colon), text(colon + 1, end)));
            }
        }
        return all;
    }

    private int endOfLine(int at) {
        int end = at;
        while (fields[end] != '\n') {
            end++;
        }
        return end;
    }

    private boolean continues(int line) {
        return fields[line] == ' ' || fields[line] == '\t';
    }

    /** Returns where the colon is after a name that a line begins with; -1 if it does not. */
    private int colonOf(String name, int line) {
        int at = line;
        for (int i = 0; i < name.length(); i++, at++) {
            if (at == fields.length
                    || Character.toLowerCase(fields[at]) != Character.toLowerCase(name.charAt(i))) {
                return -1;
            }
        }
        while (at < fields.length && continues(at)) {
            at++;
        }
        return at < fields.length && fields[at] == ':' ? at : -1;
    }

    private String text(int begin, int end) {
        // Bytes beyond ASCII have no meaning of their own in a head; this loses none.
        return new String(fields, begin, end - begin, StandardCharsets.ISO_8859_1).strip();
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
