package dev.purebpf.elf;

import dev.purebpf.error.MalformedObjectException;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads numbers and strings from bytes, open on every bound.
 *
 * <p>All formats are read through this class. Offsets and lengths are {@code long}s, so that sums
 * of 32-bit numbers from a hostile file cannot wrap, and whatever lies outside becomes a {@link
 * MalformedObjectException} that names file, section and offset. Stateless: there is no position.
 * Immutable and safe to share between threads, as long as nobody writes the array it was made of.
 */
public final class ByteReader {
    /**
     * The longest string that {@link #string(long)} reads, in bytes: no name, path or line of
     * source comes near it.
     */
    public static final int MAX_STRING = 1 << 16;

    private final String file;
    private final String section;
    private final long origin;
    private final byte[] bytes;
    private final int start;
    private final int length;
    private final boolean little;

    private ByteReader(
            String file,
            String section,
            long origin,
            byte[] bytes,
            int start,
            int length,
            boolean little) {
        this.file = file;
        this.section = section;
        this.origin = origin;
        this.bytes = bytes;
        this.start = start;
        this.length = length;
        this.little = little;
    }

    /**
     * {@return a reader over an array, which is not copied and must not be written any more}
     *
     * @param file the name for messages
     * @param section the section's name for messages, or {@code null}
     * @param bytes what to read
     * @param order the byte order of all numbers
     */
    public static ByteReader of(String file, String section, byte[] bytes, ByteOrder order) {
        return of(file, section, 0, bytes, order);
    }

    /**
     * {@return a reader over an array that holds a part of a section; messages count from the start
     * of the section}
     *
     * @param file the name for messages
     * @param section the section's name for messages, or {@code null}
     * @param origin where in the section the array's first byte is
     * @param bytes what to read; not copied, and must not be written any more
     * @param order the byte order of all numbers
     */
    public static ByteReader of(
            String file, String section, long origin, byte[] bytes, ByteOrder order) {
        return new ByteReader(
                file, section, origin, bytes, 0, bytes.length, order == ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * {@return a reader over a part of these bytes; its offset 0 is {@code offset} here, messages
     * keep counting from the start of the section}
     *
     * @param offset where the part begins
     * @param size how many bytes it has
     * @throws MalformedObjectException if the part reaches past the end
     */
    public ByteReader slice(long offset, long size) {
        check(offset, size);
        return new ByteReader(
                file, section, origin + offset, bytes, start + (int) offset, (int) size, little);
    }

    /** {@return how many bytes there are} */
    public int length() {
        return length;
    }

    /** {@return the byte order of all numbers} */
    public ByteOrder order() {
        return little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }

    /**
     * {@return the unsigned byte at an offset}
     *
     * @param offset the byte offset
     * @throws MalformedObjectException if it lies outside
     */
    public int u8(long offset) {
        return bytes[check(offset, 1)] & 0xff;
    }

    /**
     * {@return the unsigned 16-bit number at an offset}
     *
     * @param offset the byte offset
     * @throws MalformedObjectException if it reaches outside
     */
    public int u16(long offset) {
        int at = check(offset, 2);
        int first = bytes[at] & 0xff;
        int second = bytes[at + 1] & 0xff;
        return little ? first | second << 8 : first << 8 | second;
    }

    /**
     * {@return the signed 32-bit number at an offset}
     *
     * @param offset the byte offset
     * @throws MalformedObjectException if it reaches outside
     */
    public int s32(long offset) {
        int value = bigEndian(check(offset, 4));
        return little ? Integer.reverseBytes(value) : value;
    }

    /**
     * {@return the unsigned 32-bit number at an offset}
     *
     * @param offset the byte offset
     * @throws MalformedObjectException if it reaches outside
     */
    public long u32(long offset) {
        return s32(offset) & 0xffff_ffffL;
    }

    /**
     * {@return the 64-bit number at an offset}
     *
     * @param offset the byte offset
     * @throws MalformedObjectException if it reaches outside
     */
    public long s64(long offset) {
        int at = check(offset, 8);
        long value = (long) bigEndian(at) << 32 | bigEndian(at + 4) & 0xffff_ffffL;
        return little ? Long.reverseBytes(value) : value;
    }

    /**
     * {@return a copy of some bytes}
     *
     * @param offset where they begin
     * @param size how many
     * @throws MalformedObjectException if they reach outside
     */
    public byte[] bytes(long offset, long size) {
        int at = check(offset, size);
        return Arrays.copyOfRange(bytes, at, at + (int) size);
    }

    /**
     * {@return the string that begins at an offset and ends before the next zero byte, as UTF-8}
     *
     * @param offset where it begins
     * @throws MalformedObjectException if it begins outside, no zero byte follows, or it is longer
     *     than {@link #MAX_STRING}
     */
    public String string(long offset) {
        return string(offset, MAX_STRING);
    }

    /**
     * {@return the string that begins at an offset and ends before the next zero byte, as UTF-8}
     *
     * @param offset where it begins
     * @param limit the most bytes it may have, the zero byte not counted; bounds what overlapping
     *     strings of a hostile file can cost
     * @throws MalformedObjectException if it begins outside, no zero byte follows, or it is longer
     *     than the limit
     */
    public String string(long offset, int limit) {
        int at = check(offset, 1);
        int end = start + length;
        int stop = end - at > limit ? at + limit + 1 : end;
        for (int i = at; i < stop; i++) {
            if (bytes[i] == 0) {
                return new String(bytes, at, i - at, StandardCharsets.UTF_8);
            }
        }
        throw malformed(
                offset,
                stop == end
                        ? "the string that begins here has no end"
                        : "the string that begins here is longer than " + limit + " bytes");
    }

    /**
     * {@return how many bytes there are from an offset on before the first that is zero; −1 if none
     * of them is}
     *
     * @param offset where they begin
     * @param size how many are looked at
     * @throws MalformedObjectException if they reach outside
     */
    public int beforeZero(long offset, long size) {
        int from = check(offset, size);
        int end = from + (int) size;
        for (int at = from; at < end; at++) {
            if (bytes[at] == 0) {
                return at - from;
            }
        }
        return -1;
    }

    /**
     * {@return whether the bytes from an offset on begin with others; {@code false} if they are too
     * few}
     *
     * @param offset where they begin
     * @param prefix what they are compared with
     * @throws MalformedObjectException if the offset lies outside
     */
    public boolean startsWith(long offset, byte[] prefix) {
        int at = check(offset, 0);
        int end = at + prefix.length;
        return prefix.length <= start + length - at
                && Arrays.equals(bytes, at, end, prefix, 0, prefix.length);
    }

    /**
     * {@return an exception that blames a place in these bytes}
     *
     * @param offset the byte offset, or −1 when no single place is to blame
     * @param problem what is wrong there
     */
    public MalformedObjectException malformed(long offset, String problem) {
        return new MalformedObjectException(
                file, section, offset < 0 ? -1 : origin + offset, problem);
    }

    // Plain shifts: a VarHandle costs milliseconds at start-up, and this mostly runs once.
    private int bigEndian(int at) {
        return bytes[at] << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | bytes[at + 3] & 0xff;
    }

    private int check(long offset, long size) {
        if (offset < 0 || size < 0 || offset > length || size > length - offset) {
            throw new MalformedObjectException(
                    file,
                    section,
                    offset < 0 ? -1 : origin + offset,
                    outside(offset, size, length));
        }
        return start + (int) offset;
    }

    /** {@return what is wrong with reading so many bytes from an offset, where there are fewer} */
    static String outside(long offset, long size, long length) {
        return Long.toUnsignedString(size)
                + " bytes are needed from offset "
                + Long.toUnsignedString(offset)
                + ", but there are only "
                + length
                + "; the file is damaged or cut short";
    }
}
