package dev.purebpf.cli.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The head of a message while it comes in, up to {@link #LIMIT} bytes of it. Tells after each byte
 * whether this can still be the head of a message, and whether it is whole.
 */
final class HeadBuffer {

    /** More than servers accept: nginx takes 32 KiB, others 8 to 64. */
    static final int LIMIT = 64 << 10;

    /** The longest method that is registered has 17 characters. */
    private static final int LONGEST_METHOD = 24;

    private byte[] bytes = new byte[512];
    private int length;
    private int lineBegin;
    private boolean methodSeen;

    /** What a byte does to the head. */
    enum Progress {
        /** More is to come. */
        GOES_ON,
        /** That was the end of the blank line. */
        WHOLE,
        /** There is no room for more. */
        FULL,
        /** No message begins like this. */
        REFUSED
    }

    boolean isEmpty() {
        return length == 0;
    }

    int length() {
        return length;
    }

    Progress add(byte value) {
        if (length == LIMIT) {
            return Progress.FULL;
        }
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * bytes.length);
        }
        bytes[length++] = value;
        if (!methodSeen) {
            if (value == ' ') {
                methodSeen = length > 1;
            } else if (length > LONGEST_METHOD || !StartLine.isToken(value) && value != '/') {
                return Progress.REFUSED;
            }
            return methodSeen || value != ' ' ? Progress.GOES_ON : Progress.REFUSED;
        }
        if (value != '\n') {
            return Progress.GOES_ON;
        }
        int line = length - 1 - lineBegin;
        boolean blank = line == 0 || line == 1 && bytes[lineBegin] == '\r';
        if (lineBegin == 0 && StartLine.parse(text(0, length)) == null) {
            return Progress.REFUSED;
        }
        lineBegin = length;
        return blank ? Progress.WHOLE : Progress.GOES_ON;
    }

    /**
     * Makes a message of what is there, and begins anew.
     *
     * @param began when the first byte came
     * @return the message; {@code null} if not even its first line is there
     */
    HttpMessage take(long began) {
        HttpMessage message = null;
        // A last line without its end may lack anything, and is left out.
        int begin = 0;
        while (begin < lineBegin) {
            int end = begin;
            while (bytes[end] != '\n') {
                end++;
            }
            if (begin == 0) {
                message = new HttpMessage(StartLine.parse(text(0, end + 1)), began);
            } else {
                addField(message, begin, end);
            }
            begin = end + 1;
        }
        clear();
        return message;
    }

    void clear() {
        length = 0;
        lineBegin = 0;
        methodSeen = false;
        // A long head is rare, and connections are many.
        if (bytes.length > 4096) {
            bytes = new byte[512];
        }
    }

    private void addField(HttpMessage message, int begin, int end) {
        String line = text(begin, end + 1);
        if (bytes[begin] == ' ' || bytes[begin] == '\t') {
            message.fold(line.strip());
            return;
        }
        int colon = line.indexOf(':');
        if (colon > 0) {
            message.add(
                    new HttpMessage.Header(
                            line.substring(0, colon).strip(), line.substring(colon + 1).strip()));
        }
    }

    /** {@return a line without what ends it} */
    private String text(int begin, int end) {
        int last = end;
        while (last > begin && (bytes[last - 1] == '\n' || bytes[last - 1] == '\r')) {
            last--;
        }
        // Bytes beyond ASCII have no meaning of their own in a head; this loses none.
        return new String(bytes, begin, last - begin, StandardCharsets.ISO_8859_1);
    }
}
