package dev.purebpf.cli.session;

/** The well-formed byte sequences of UTF-8: table 3-7 of the Unicode standard. */
public final class Utf8 {

    private Utf8() {}

    /**
     * {@return the bytes of the character that begins there; 0 if none does}
     *
     * @param text the bytes
     * @param at where it begins
     * @param end where the text ends
     */
    public static int size(byte[] text, int at, int end) {
        int first = text[at] & 0xff;
        if (first < 0x80) {
            return 1;
        }
        int size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
        if (size == 0 || end - at < size) {
            return 0;
        }
        // The second byte is narrower where the sequence would be overlong, a surrogate, or beyond
        // the last character.
        int lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        int highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        int second = text[at + 1] & 0xff;
        if (second < lowest || second > highest) {
            return 0;
        }
        for (int i = 2; i < size; i++) {
            if ((text[at + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return size;
    }

    /**
     * {@return whether the first bytes are characters and nothing else}
     *
     * @param text the bytes
     * @param length how many of them
     */
    public static boolean isValid(byte[] text, int length) {
        int at = 0;
        while (at < length) {
            int size = size(text, at, length);
            if (size == 0) {
                return false;
            }
            at += size;
        }
        return true;
    }

    /**
     * {@return whether a well-formed character of two or three bytes makes a terminal do something
     * instead of showing it} Those are U+0080 to U+009F, and what turns the direction of the text
     * or ends a line: U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069. A file's name could
     * pretend by them to be another.
     *
     * @param text the bytes
     * @param at where the character begins
     * @param size how many it has
     */
    public static boolean isControl(byte[] text, int at, int size) {
        int second = size > 1 ? text[at + 1] & 0xff : 0;
        return switch (size) {
            case 2 -> (text[at] & 0xff) == 0xc2 && second < 0xa0;
            case 3 -> {
                int third = text[at + 2] & 0xff;
                yield (text[at] & 0xff) == 0xe2
                        && (second == 0x80
                                        && (third == 0x8e
                                                || third == 0x8f
                                                || third >= 0xa8 && third <= 0xae)
                                || second == 0x81 && third >= 0xa6 && third <= 0xa9);
            }
            default -> false;
        };
    }
}
