package dev.purebpf.cli.http;

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

    private static final byte[] NONE = {};

    private final SpareBuffers spare;
    private byte[] bytes = NONE;
    private int length;
    private int lineBegin;
    private boolean methodSeen;

    /** The first line, once it is there, and where the next one begins. */
    private StartLine start;

    private int firstField;

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

    HeadBuffer(SpareBuffers spare) {
        this.spare = spare;
    }

    /** {@return the bytes of memory that it takes} */
    int kept() {
        return bytes.length;
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
        if (bytes == NONE) {
            bytes = spare.take();
        } else if (length == bytes.length) {
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
        if (lineBegin == 0) {
            start = StartLine.parse(bytes, 0, endOfFirstLine());
            if (start == null) {
                return Progress.REFUSED;
            }
            firstField = length;
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
        // A last line without its end may lack anything, and is left out.
        HttpMessage message =
                start == null
                        ? null
                        : new HttpMessage(
                                start, Arrays.copyOfRange(bytes, firstField, lineBegin), began);
        clear();
        return message;
    }

    void clear() {
        length = 0;
        lineBegin = 0;
        firstField = 0;
        methodSeen = false;
        start = null;
        if (bytes != NONE) {
            spare.giveBack(bytes);
            bytes = NONE;
        }
    }

    private int endOfFirstLine() {
        int last = length;
        while (last > 0 && (bytes[last - 1] == '\n' || bytes[last - 1] == '\r')) {
            last--;
        }
        return last;
    }
}
