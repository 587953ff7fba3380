package dev.purebpf.dwarf;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.error.MalformedObjectException;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads one number after another from a section, of which it holds the block around its position.
 * Used by one thread.
 */
final class Cursor {
    /** More than any honest writer makes: a number of 64 bits has 10 bytes of 7. */
    private static final int LONGEST_LEB128 = 16;

    private final DebugSection section;
    private final long end;
    private ByteReader window;
    private long windowStart; // where in the section the window begins
    private long position;

    /**
     * @param section what to read
     * @param from where to begin
     * @param end where to end at the latest
     */
    Cursor(DebugSection section, long from, long end) {
        this.section = section;
        this.end = end;
        this.position = from;
        if (from < 0 || from > end) {
            throw tooFew(1);
        }
    }

    /** {@return where the next byte is, from the start of the section} */
    long position() {
        return position;
    }

    /** Goes on at another place. */
    void moveTo(long newPosition) {
        position = newPosition;
    }

    /** {@return whether there is another byte} */
    boolean hasNext() {
        return position < end;
    }

    // Each takes its bytes first: the window may be another one afterwards.

    int u8() {
        long at = take(1);
        return window.u8(at);
    }

    int u16() {
        long at = take(2);
        return window.u16(at);
    }

    long u32() {
        long at = take(4);
        return window.u32(at);
    }

    long s64() {
        long at = take(8);
        return window.s64(at);
    }

    private long u24() {
        long at = take(3);
        int first = window.u8(at);
        int second = window.u8(at + 1);
        int third = window.u8(at + 2);
        return window.order() == ByteOrder.LITTLE_ENDIAN
                ? first | second << 8 | third << 16
                : first << 16 | second << 8 | third;
    }

    /**
     * {@return an unsigned number}
     *
     * @param size its bytes: 1, 2, 3, 4 or 8
     */
    long number(int size) {
        return switch (size) {
            case 1 -> u8();
            case 2 -> u16();
            case 3 -> u24();
            case 4 -> u32();
            case 8 -> s64();
            default -> throw malformed(position, "numbers of " + size + " bytes do not exist");
        };
    }

    /** {@return an unsigned LEB128 number; of longer ones the lowest 64 bits} */
    long uleb() {
        return leb(false);
    }

    /** {@return a signed LEB128 number; of longer ones the lowest 64 bits} */
    long sleb() {
        return leb(true);
    }

    private long leb(boolean signed) {
        long start = position;
        long value = 0;
        int shift = 0;
        int next;
        do {
            next = lebByte(start);
            if (shift < Long.SIZE) {
                value |= (next & 0x7fL) << shift;
            }
            shift += 7;
        } while ((next & 0x80) != 0);
        if (signed && shift < Long.SIZE && (next & 0x40) != 0) {
            value |= -1L << shift;
        }
        return value;
    }

    void skipLeb() {
        long start = position;
        while ((lebByte(start) & 0x80) != 0) {
            continue;
        }
    }

    private int lebByte(long start) {
        if (position - start == LONGEST_LEB128) {
            throw malformed(start, "the number that begins here is too long");
        }
        return u8();
    }

    /** {@return a string that ends before a zero byte} */
    String string() {
        byte[] bytes = bytes(stringLength());
        position++;
        return new String(bytes, StandardCharsets.UTF_8);
    }

    void skipString() {
        position += stringLength() + 1L;
    }

    /** {@return the bytes before the next zero} */
    private int stringLength() {
        long most = Math.min(ByteReader.MAX_STRING + 1L, Math.max(0, end - position));
        for (int looked = 0; looked < most; ) {
            require(looked + 1);
            long from = position - windowStart;
            int more = (int) Math.min(most, window.length() - from) - looked;
            int before = window.beforeZero(from + looked, more);
            if (before >= 0) {
                return looked + before;
            }
            looked += more;
        }
        if (most <= ByteReader.MAX_STRING) {
            throw tooFew(most + 1);
        }
        throw malformed(position, "the string that begins here is too long");
    }

    byte[] bytes(long length) {
        if (length < 0 || length > end - position) {
            throw tooFew(length);
        }
        byte[] bytes = section.bytes(position, length);
        position += length;
        return bytes;
    }

    void skip(long bytes) {
        if (bytes < 0 || bytes > end - position) {
            throw tooFew(bytes);
        }
        position += bytes;
    }

    /**
     * {@return where in the window the next bytes are, which it then has; moves behind them} The
     * window may be another one afterwards.
     */
    private long take(int size) {
        require(size);
        long at = position - windowStart;
        position += size;
        return at;
    }

    private void require(int size) {
        if (position < 0 || size > end - position) {
            throw tooFew(size);
        }
        long within = position - windowStart;
        if (window == null || within < 0 || size > window.length() - within) {
            DebugSection.Block block = section.block(position, size);
            window = block.bytes();
            windowStart = block.start();
        }
    }

    private MalformedObjectException tooFew(long size) {
        return malformed(
                position,
                Long.toUnsignedString(size)
                        + " bytes are needed from here, but "
                        + (section.isEmpty()
                                ? "the file has no such section"
                                : "there are only " + Math.max(0, end - position)));
    }

    MalformedObjectException malformed(long at, String problem) {
        return section.malformed(at, problem);
    }
}
