package dev.purebpf.cli.http;

/** What the first bytes of a message look like. */
final class MessageStart {

    /** Bytes that are looked at: more than most methods have. */
    private static final int LOOK = 12;

    private MessageStart() {}

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
