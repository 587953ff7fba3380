package dev.purebpf.cli.http;

import dev.purebpf.cli.session.HeaderField;

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
            if (colon >= 0) {
                return value(colon + 1, endOfField(begin));
            }
        }
        return null;
    }

    /** {@return the value of the last field of that name; {@code null} if there is none} */
    String lastHeader(String name) {
        String value = null;
        for (int begin = 0; begin < fields.length; begin = endOfLine(begin) + 1) {
            int colon = colonOf(name, begin);
            if (colon >= 0) {
                value = value(colon + 1, endOfField(begin));
            }
        }
        return value;
    }

    /**
     * {@return the number that the only field of a name is, of up to 18 digits; -1 if it is
     * something else, or not the only one}
     */
    long number(String name) {
        long number = -1;
        for (int begin = 0; begin < fields.length; begin = endOfLine(begin) + 1) {
            int at = colonOf(name, begin) + 1;
            if (at == 0) {
                continue;
            }
            int end = endOfLine(begin);
            if (number >= 0 || end + 1 < fields.length && continues(end + 1)) {
                return -1;
            }
            while (continues(at)) {
                at++;
            }
            int first = at;
            for (number = 0; fields[at] >= '0' && fields[at] <= '9'; at++) {
                number = 10 * number + fields[at] - '0';
            }
            if (at == first || at > first + 18) {
                return -1;
            }
            while (fields[at] == '\r' || continues(at)) {
                at++;
            }
            if (at != end) {
                return -1;
            }
        }
        return number;
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
        int end;
        for (int begin = 0; begin < fields.length; begin = end + 1) {
            end = endOfField(begin);
            int colon = begin;
            while (fields[colon] != ':' && fields[colon] != '\n') {
                colon++;
            }
            if (colon > begin && fields[colon] == ':' && !continues(begin)) {
                all.add(new HeaderField(Latin1.text(fields, begin, colon), value(colon + 1, end)));
            }
        }
        return all;
    }

    /**
     * Where the last line of a field ends; old senders go on in the next: RFC 9112, section 5.2.
     */
    private int endOfField(int line) {
        int end = endOfLine(line);
        while (end + 1 < fields.length && continues(end + 1)) {
            end = endOfLine(end + 1);
        }
        return end;
    }

    private String value(int begin, int end) {
        int line = endOfLine(begin);
        if (line == end) {
            return Latin1.text(fields, begin, end);
        }
        StringBuilder value = new StringBuilder(end - begin);
        for (int at = begin; at < end; at = line + 1) {
            line = endOfLine(at);
            String part = Latin1.text(fields, at, line);
            value.append(value.isEmpty() || part.isEmpty() ? "" : " ").append(part);
        }
        return value.toString();
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
