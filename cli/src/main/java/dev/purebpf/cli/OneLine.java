package dev.purebpf.cli;

import java.util.stream.Collectors;

/** Makes names and messages from files fit for one line of a terminal. */
public final class OneLine {
    private OneLine() {}

    /**
     * {@return a text in which what would end the line, or make a terminal do something instead of
     * showing it, is written as C writes it: {@code \n}, <code>&#92;x1b</code>, <code>&#92;u202e
     * </code>; everything else stays}
     *
     * @param text any text
     */
    public static String of(String text) {
        int clean = 0;
        while (clean < text.length() && !isControl(text.charAt(clean))) {
            clean++;
        }
        if (clean == text.length()) {
            return text;
        }
        StringBuilder line = new StringBuilder(text.length() + 16).append(text, 0, clean);
        for (int i = clean; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isControl(c)) {
                escape(line, c);
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }

    /**
     * {@return a text of which each line is {@linkplain #of made fit}; they stay lines}
     *
     * @param text any text
     */
    public static String each(String text) {
        return text.indexOf('\n') < 0
                ? of(text)
                : text.lines().map(OneLine::of).collect(Collectors.joining("\n"));
    }

    private static void escape(StringBuilder line, char c) {
        switch (c) {
            case '\n' -> line.append("\\n");
            case '\r' -> line.append("\\r");
            case '\t' -> line.append("\\t");
            default -> line.append(String.format(c < 0x100 ? "\\x%02x" : "\\u%04x", (int) c));
        }
    }

    /**
     * {@return whether a character moves the cursor, ends the line or turns the text's direction}
     */
    private static boolean isControl(char c) {
        return c < 0x20
                || c >= 0x7f && c < 0xa0
                || c == 0x200e
                || c == 0x200f
                || c >= 0x2028 && c <= 0x202e
                || c >= 0x2066 && c <= 0x2069;
    }
}
