package dev.purebpf.cli.http;

import dev.purebpf.cli.session.HeaderField;

import java.util.Locale;

/** Where the body of a message ends: RFC 9112, section 6.3. */
enum BodyFraming {
    /** There is none. */
    NONE,
    /** After as many bytes as the head says. */
    LENGTH,
    /** After a chunk of no bytes. */
    CHUNKED,
    /** With the connection. */
    UNTIL_CLOSE,
    /** What follows is another protocol. */
    TUNNEL,
    /** The head contradicts itself. */
    UNKNOWN;

    /**
     * {@return how the body of a message ends}
     *
     * @param message with its whole head
     * @param answered the method of the request that it answers; {@code null} if it is not known
     */
    static BodyFraming of(HttpMessage message, String answered) {
        boolean response = false;
        if (message.start() instanceof StartLine.Response line) {
            int status = line.status();
            if (status == 101 || "CONNECT".equals(answered) && status / 100 == 2) {
                return TUNNEL;
            }
            if (status < 200 || status == 204 || status == 304 || "HEAD".equals(answered)) {
                return NONE;
            }
            response = true;
        }
        // Several fields are one list.
        String encoding = message.lastHeader("Transfer-Encoding");
        if (encoding != null) {
            String last = encoding.substring(encoding.lastIndexOf(',') + 1).strip();
            if (last.toLowerCase(Locale.ROOT).equals("chunked")) {
                return CHUNKED;
            }
            return response ? UNTIL_CLOSE : UNKNOWN;
        }
        if (message.count("Content-Length") == 0) {
            return response ? UNTIL_CLOSE : NONE;
        }
        return length(message) < 0 ? UNKNOWN : LENGTH;
    }

    /** {@return what Content-Length says; -1 if that is no number, or more than one} */
    static long length(HttpMessage message) {
        long length = message.number("Content-Length");
        if (length >= 0) {
            return length;
        }
        for (HeaderField header : message.headers()) {
            if (!header.name().equalsIgnoreCase("Content-Length")) {
                continue;
            }
            for (String word : header.value().split(",", -1)) {
                long value = number(word.strip());
                if (value < 0 || length >= 0 && value != length) {
                    return -1;
                }
                length = value;
            }
        }
        return length;
    }

    private static long number(String digits) {
        if (digits.isEmpty() || digits.length() > 18) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = 10 * value + digit;
        }
        return value;
    }
}
