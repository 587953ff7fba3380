package dev.purebpf.cli.http;

import java.util.List;

/** The first line of a message: RFC 9112, sections 3 and 4. */
sealed interface StartLine {

    /** {@return {@code HTTP/1.0} or {@code HTTP/1.1}} */
    String version();

    /** {@return the number of characters that are not shared by all such lines} */
    int length();

    /**
     * The first line of a request.
     *
     * @param method what to do
     * @param target with what: a path, a whole URI, or host and port
     * @param version of the protocol
     */
    record Request(String method, String target, String version) implements StartLine {
        @Override
        public int length() {
            return target.length();
        }
    }

    /**
     * The first line of a response.
     *
     * @param version of the protocol
     * @param status three digits as a number
     * @param reason what they mean; may be empty
     */
    record Response(String version, int status, String reason) implements StartLine {

        @Override
        public int length() {
            return reason.length();
        }

        /** {@return whether the answer proper is still to come} */
        boolean isInterim() {
            return status < 200 && status != 101;
        }
    }

    /** What nearly all messages have: one copy of each is enough. */
    List<String> METHODS = List.of("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH");

    /** The versions that there are. */
    List<String> VERSIONS = List.of("HTTP/1.1", "HTTP/1.0");

    /** What most answers say. */
    List<String> REASONS = List.of("OK", "Not Found", "Not Modified", "No Content");

    /**
     * {@return what a line says; {@code null} if it begins no message of HTTP/1.x}
     *
     * @param bytes where it is
     * @param from its first byte
     * @param to the byte after its last, without what ends it
     */
    static StartLine parse(byte[] bytes, int from, int to) {
        if (begins(bytes, from, to, "HTTP/")) {
            return response(bytes, from, to);
        }
        int first = from;
        while (first < to && isToken(bytes[first])) {
            first++;
        }
        int last = to - 1;
        while (last > first && bytes[last] != ' ') {
            last--;
        }
        if (first == from
                || last <= first
                || bytes[first] != ' '
                || !isVersion(bytes, last + 1, to)) {
            return null;
        }
        return new Request(
                known(bytes, from, first, METHODS),
                Latin1.text(bytes, first + 1, last),
                known(bytes, last + 1, to, VERSIONS));
    }

    private static boolean begins(byte[] bytes, int from, int to, String word) {
        if (to - from < word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (bytes[from + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static String known(byte[] bytes, int from, int to, List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.length() == to - from && begins(bytes, from, to, word)) {
                return word;
            }
        }
        return Latin1.text(bytes, from, to);
    }

    /** {@return whether names of methods and fields may have that character} */
    static boolean isToken(int c) {
        return c >= '0' && c <= '9'
                || c >= 'A' && c <= 'Z'
                || c >= 'a' && c <= 'z'
                || c > ' ' && "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }

    private static Response response(byte[] bytes, int from, int to) {
        int space = from + VERSIONS.getFirst().length();
        if (to < space + 4 || bytes[space] != ' ' || !isVersion(bytes, from, space)) {
            return null;
        }
        int status = 0;
        for (int i = space + 1; i < space + 4; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return null;
            }
            status = 10 * status + digit;
        }
        int rest = space + 4;
        if (status < 100 || rest < to && bytes[rest] != ' ') {
            return null;
        }
        String reason = rest == to ? "" : known(bytes, rest + 1, to, REASONS);
        return new Response(known(bytes, from, space, VERSIONS), status, reason);
    }

    private static boolean isVersion(byte[] bytes, int from, int to) {
        return to - from == 8
                && begins(bytes, from, to, "HTTP/1.")
                && bytes[to - 1] >= '0'
                && bytes[to - 1] <= '9';
    }
}
