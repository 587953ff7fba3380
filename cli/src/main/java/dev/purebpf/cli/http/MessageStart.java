package dev.purebpf.cli.http;

/** What the first bytes of a message look like. */
final class MessageStart {

    /** Bytes that are looked at: more than most methods have. */
    private static final int LOOK = 12;

    private MessageStart() {}

    /** {@return whether the first line of a message is there, with its end} */
    static boolean wholeLineAt(byte[] data, int from, int to) {
        if (!at(data, from, to)) {
            return false;
        }
        int end = from;
        while (end < to && data[end] != '\n') {
            end++;
        }
        if (end == to) {
            return false;
        }
        return StartLine.parse(data, from, data[end - 1] == '\r' ? end - 1 : end) != null;
    }

    /** {@return whether a message may begin there: capital letters, then a space, or HTTP/1} */
    static boolean at(byte[] data, int from, int to) {
        int end = Math.min(to, from + LOOK);
        int at = from;
        while (at < end && data[at] >= 'A' && data[at] <= 'Z') {
            at++;
        }
        if (at - from < 3) {
            return false;
        }
        if (at == end) {
            return true;
        }
        return data[at] == ' '
                || data[at] == '-'
                || at - from == 4 && data[from] == 'H' && data[from + 1] == 'T' && data[at] == '/';
    }
}
