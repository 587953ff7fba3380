package dev.purebpf.cli.http;

import java.nio.charset.StandardCharsets;

/** Texts of heads: bytes beyond ASCII have no meaning of their own there, and this loses none. */
final class Latin1 {
    private Latin1() {}

    /** {@return the text of some bytes, without the space around it} */
    static String text(byte[] bytes, int from, int to) {
        int first = from;
        int last = to;
        while (first < last && isSpace(bytes[first])) {
            first++;
        }
        while (first < last && isSpace(bytes[last - 1])) {
            last--;
        }
        return new String(bytes, first, last - first, StandardCharsets.ISO_8859_1);
    }

    private static boolean isSpace(byte value) {
        return Character.isWhitespace(value & 0xff);
    }
}
