package dev.purebpf.cli.session;

import dev.purebpf.cli.OneLine;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Text under construction, as bytes: what a {@link StringBuilder} would be if it wrote UTF-8 and
 * numbers without making objects. Grows as needed. Not thread-safe.
 */
public final class ByteText {
    private static final byte[] HEX = {
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
    };

    /** Numbers of 15 digits are all different as double, those of 6 as float. */
    private static final long PLAIN_DOUBLE = 1_000_000_000_000_000L;

    private static final long PLAIN_FLOAT = 1_000_000;

    private byte[] bytes;
    private int length;

    /**
     * Makes an empty text.
     *
     * @param capacity the bytes that it has room for at first
     */
    public ByteText(int capacity) {
        bytes = new byte[capacity];
    }

    /** {@return the number of bytes} */
    public int length() {
        return length;
    }

    /** {@return the bytes; those from {@link #length()} on mean nothing} */
    public byte[] bytes() {
        return bytes;
    }

    /** Empties it. */
    public void clear() {
        length = 0;
    }

    /**
     * Appends a character.
     *
     * @param ascii an ASCII character
     * @return this
     */
    public ByteText append(char ascii) {
        room(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    /**
     * Appends bytes.
     *
     * @param text all of them
     * @return this
     */
    public ByteText append(byte[] text) {
        return append(text, text.length);
    }

    /**
     * Appends bytes.
     *
     * @param text the bytes
     * @param count how many of them
     * @return this
     */
    public ByteText append(byte[] text, int count) {
        room(count);
        System.arraycopy(text, 0, bytes, length, count);
        length += count;
        return this;
    }

    /**
     * Appends a string of ASCII characters.
     *
     * @param ascii the string
     * @return this
     */
    public ByteText append(String ascii) {
        int count = ascii.length();
        room(count);
        for (int i = 0; i < count; i++) {
            bytes[length++] = (byte) ascii.charAt(i);
        }
        return this;
    }

    /**
     * Appends a signed number.
     *
     * @param value the number
     * @return this
     */
    public ByteText decimal(long value) {
        if (value >= 0) {
            return unsigned(value);
        }
        append('-');
        // The negation of the smallest long is itself, and right when taken as unsigned.
        return unsigned(-value);
    }

    /**
     * Appends an unsigned number.
     *
     * @param value the number
     * @return this
     */
    public ByteText unsigned(long value) {
        room(20);
        long rest = value;
        if (rest < 0) {
            // Above what the signed division below can do: split off the last digit.
            unsigned(Long.divideUnsigned(rest, 10));
            bytes[length++] = (byte) ('0' + Long.remainderUnsigned(rest, 10));
            return this;
        }
        int digits = 1;
        for (long bound = 10; digits < 19 && rest >= bound; bound *= 10) {
            digits++;
        }
        return padded(rest, digits);
    }

    /** Appends the last so many decimal digits of a number that is not negative. */
    ByteText padded(long value, int digits) {
        room(digits);
        long rest = value;
        for (int at = length + digits - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
        return this;
    }

    /**
     * Appends a floating point number as {@link Double#toString(double)} has it. Makes no objects
     * for what has few digits and is neither very large nor very small.
     *
     * @param value the number
     * @return this
     */
    public ByteText floating(double value) {
        return decimals(value, PLAIN_DOUBLE, false) ? this : append(Double.toString(value));
    }

    /**
     * Appends a floating point number as {@link Float#toString(float)} has it, likewise.
     *
     * @param value the number
     * @return this
     */
    public ByteText floating(float value) {
        return decimals(value, PLAIN_FLOAT, true) ? this : append(Float.toString(value));
    }

    /**
     * Appends a number by the fewest decimals that mean it. With so few digits no other decimal
     * does: numbers are closer to each other.
     */
    private boolean decimals(double value, long limit, boolean isFloat) {
        double size = Math.abs(value);
        if (size < 1e-3 && size != 0 || !(size < 1e7)) {
            return false;
        }
        double scale = 10;
        for (int digits = 1; size * scale < limit; digits++) {
            // Both are exact, so that the quotient is the nearest number.
            long whole = Math.round(size * scale);
            double meant = whole / scale;
            if (isFloat ? (float) meant == (float) size : meant == size) {
                if (1 / value < 0) {
                    append('-');
                }
                long unit = (long) scale;
                unsigned(whole / unit).append('.').padded(whole % unit, digits);
                return true;
            }
            scale *= 10;
        }
        return false;
    }

    /**
     * Appends {@code 0x…}.
     *
     * @param value the number
     * @return this
     */
    public ByteText hex(long value) {
        append('0').append('x');
        int digits = Math.max(1, (67 - Long.numberOfLeadingZeros(value)) / 4);
        room(digits);
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
            bytes[length++] = HEX[(int) (value >>> shift) & 15];
        }
        return this;
    }

    /**
     * Appends {@code 0644}; just 0 for zero.
     *
     * @param value the number, unsigned
     * @return this text
     */
    public ByteText octal(int value) {
        append('0');
        if (value == 0) {
            return this;
        }
        int digits = (34 - Integer.numberOfLeadingZeros(value)) / 3;
        room(digits);
        for (int shift = 3 * (digits - 1); shift >= 0; shift -= 3) {
            bytes[length++] = (byte) ('0' + (value >>> shift & 7));
        }
        return this;
    }

    /**
     * Appends nanoseconds as seconds: {@code 0.000012345}.
     *
     * @param nanoseconds not negative
     * @return this
     */
    public ByteText seconds(long nanoseconds) {
        unsigned(nanoseconds / 1_000_000_000);
        append('.');
        return padded(nanoseconds % 1_000_000_000, 9);
    }

    /**
     * Appends how long something took, or that it is not known: {@code <0.000012345>} or {@code
     * <?>}.
     *
     * @param nanoseconds how long; negative if it is not known
     * @return this
     */
    public ByteText duration(long nanoseconds) {
        append('<');
        if (nanoseconds < 0) {
            append('?');
        } else {
            seconds(nanoseconds);
        }
        return append('>');
    }

    /**
     * Appends process and thread: {@code 1234/1235}.
     *
     * @param pid the process
     * @param tid the thread
     * @return this
     */
    public ByteText task(int pid, int tid) {
        unsigned(Integer.toUnsignedLong(pid)).append('/');
        return unsigned(Integer.toUnsignedLong(tid));
    }

    /**
     * Appends bytes as one word: a task may name itself as it likes, and the columns and the
     * terminal shall survive it. What is no visible ASCII character becomes {@code ?}.
     *
     * @param text the bytes
     * @param count how many of them
     * @return this
     */
    public ByteText word(byte[] text, int count) {
        for (int i = 0; i < count; i++) {
            append(text[i] > ' ' && text[i] < 0x7f ? (char) text[i] : '?');
        }
        return this;
    }

    /**
     * Appends any text so that it {@linkplain OneLine stays in its line}.
     *
     * @param any the text
     * @return this
     */
    public ByteText oneLine(String any) {
        for (int i = 0; i < any.length(); i++) {
            char c = any.charAt(i);
            if (c < ' ' || c > '~') {
                return append(OneLine.of(any).getBytes(StandardCharsets.UTF_8));
            }
        }
        return append(any);
    }

    /**
     * Appends bytes between quotation marks, as C would write them. UTF-8 stays; what could disturb
     * a terminal, and what is no UTF-8, becomes {@code \n} or {@code \x1b}.
     *
     * @param text the bytes
     * @param count how many of them
     * @return this
     */
    public ByteText quoted(byte[] text, int count) {
        append('"');
        for (int i = 0; i < count; ) {
            int size = Utf8.size(text, i, count);
            int first = text[i] & 0xff;
            if (size == 0 || first < 0x20 || first == 0x7f || Utf8.isControl(text, i, size)) {
                int bad = Math.max(1, size);
                for (int j = 0; j < bad; j++) {
                    escapeForC(text[i + j] & 0xff);
                }
                i += bad;
            } else {
                if (first == '"' || first == '\\') {
                    append('\\');
                }
                room(size);
                for (int j = 0; j < size; j++) {
                    bytes[length++] = text[i + j];
                }
                i += size;
            }
        }
        return append('"');
    }

    private void escapeForC(int value) {
        append('\\');
        switch (value) {
            case '\n' -> append('n');
            case '\r' -> append('r');
            case '\t' -> append('t');
            default -> append('x').append((char) HEX[value >>> 4]).append((char) HEX[value & 15]);
        }
    }

    /**
     * Puts spaces before what has been appended.
     *
     * @param from where that begins
     * @param spaces how many; none if negative
     */
    public void indent(int from, int spaces) {
        if (spaces <= 0) {
            return;
        }
        room(spaces);
        System.arraycopy(bytes, from, bytes, from + spaces, length - from);
        Arrays.fill(bytes, from, from + spaces, (byte) ' ');
        length += spaces;
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
        }
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
