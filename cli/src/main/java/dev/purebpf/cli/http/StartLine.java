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

    private static String known(String line, int begin, int end, List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.length() == end - begin && line.startsWith(word, begin)) {
                return word;
            }
        }
        return line.substring(begin, end);
    }

    /** {@return a line, without its end; {@code null} if it begins no message of HTTP/1.x} */
    static StartLine parse(String line) {
        if (line.startsWith("HTTP/")) {
            return response(line);
        }
        int first = line.indexOf(' ');
        int last = line.lastIndexOf(' ');
        if (first <= 0 || last <= first || !isVersion(line.substring(last + 1))) {
            return null;
        }
        for (int i = 0; i < first; i++) {
            if (!isToken(line.charAt(i))) {
                return null;
            }
        }
        return new Request(
                known(line, 0, first, METHODS),
                line.substring(first + 1, last).strip(),
                known(line, last + 1, line.length(), VERSIONS));
    }

    /** {@return whether names of methods and fields may have that character} */
    static boolean isToken(int c) {
        return c >= '0' && c <= '9'
                || c >= 'A' && c <= 'Z'
                || c >= 'a' && c <= 'z'
                || c > ' ' && "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }

    private static Response response(String line) {
        int space = line.indexOf(' ');
        if (space < 0 || !isVersion(line.substring(0, space)) || line.length() < space + 4) {
            return null;
        }
        int status = 0;
        for (int i = space + 1; i < space + 4; i++) {
            int digit = line.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return null;
            }
            status = 10 * status + digit;
        }
        String rest = line.substring(space + 4);
        if (status < 100 || !rest.isEmpty() && rest.charAt(0) != ' ') {
            return null;
        }
        return new Response(known(line, 0, space, VERSIONS), status, rest.strip());
    }

    private static boolean isVersion(String word) {
        return word.length() == 8
                && word.startsWith("HTTP/1.")
                && word.charAt(7) >= '0'
                && word.charAt(7) <= '9';
    }
}
