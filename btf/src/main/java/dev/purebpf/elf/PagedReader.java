package dev.purebpf.elf;

import dev.purebpf.error.MalformedObjectException;

/**
 * Reads numbers and strings from a section that may be too large to be copied: tables of names and
 * functions of a program of a hundred megabytes have tens of them.
 *
 * <p>As {@link ByteReader} otherwise, but the file has to stay open. A section of up to 8 MiB is
 * copied at once; of a larger one only the page around what was read last is kept. May be shared
 * between threads.
 */
public final class PagedReader {
    private static final int SMALL = 1 << 23;
    private static final int PAGE = 1 << 12;
    private static final int FIRST_TRY = 128;

    private final ElfFile file;
    private final Section section;
    private final long origin; // where in the section offset 0 is
    private final long length;
    private volatile Page last;

    private PagedReader(ElfFile file, Section section, long origin, long length, Page last) {
        this.file = file;
        this.section = section;
        this.origin = origin;
        this.length = length;
        this.last = last;
    }

    /** Some bytes of the section, and where in it they begin. */
    private record Page(long start, ByteReader bytes) {
        boolean holds(long from, long size) {
            return from >= start && size <= bytes.length() - (from - start);
        }
    }

    /** {@return a reader of a section, whose bytes are known to be in the file} */
    static PagedReader of(ElfFile file, Section section) {
        long length = section.type() == Section.NOBITS ? 0 : section.size();
        ByteReader copied =
                ByteReader.of(
                        file.name(),
                        section.name(),
                        length <= SMALL ? section.bytes() : new byte[0],
                        file.byteOrder());
        return new PagedReader(file, section, 0, length, new Page(0, copied));
    }

    /** {@return how many bytes there are} */
    public long length() {
        return length;
    }

    /**
     * {@return a reader of a part of these bytes; its offset 0 is {@code offset} here, messages
     * keep counting from the start of the section}
     *
     * @param offset where the part begins
     * @param size how many bytes it has
     * @throws MalformedObjectException if the part reaches past the end
     */
    public PagedReader slice(long offset, long size) {
        check(offset, size);
        return new PagedReader(file, section, origin + offset, size, last);
    }

    /**
     * {@return the unsigned byte at an offset}
     *
     * @param offset the byte offset
     * @throws MalformedObjectException if it lies outside
     */
    public int u8(long offset) {
        Page page = page(offset, 1);
        return page.bytes.u8(origin + offset - page.start);
    }

    /**
     * {@return the unsigned 16-bit number at an offset}
     *
     * @param offset the byte offset
     * @throws MalformedObjectException if it reaches outside
     */
    public int u16(long offset) {
        Page page = page(offset, 2);
        return page.bytes.u16(origin + offset - page.start);
    }

    /**
     * {@return the signed 32-bit number at an offset}
     *
     * @param offset the byte offset
     * @throws MalformedObjectException if it reaches outside
     */
    public int s32(long offset) {
        Page page = page(offset, 4);
        return page.bytes.s32(origin + offset - page.start);
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
        Page page = page(offset, 8);
        return page.bytes.s64(origin + offset - page.start);
    }

    /**
     * {@return the string that begins at an offset and ends before the next zero byte, as UTF-8}
     *
     * @param offset where it begins
     * @param limit the most bytes it may have, the zero byte not counted
     * @throws MalformedObjectException if it begins outside, no zero byte follows, or it is longer
     *     than the limit
     */
    public String string(long offset, int limit) {
        check(offset, 1);
        // One more than it may have, to tell what is too long from what has no end.
        long most = Math.min(limit + 2L, length - offset);
        long size = Math.min(FIRST_TRY, most);
        while (size < most && !hasEnd(offset, size)) {
            size = Math.min(8 * size, most);
        }
        Page page = page(offset, size);
        return page.bytes.slice(origin + offset - page.start, size).string(0, limit);
    }

    /**
     * {@return where the string that begins at an offset has ended: behind the next zero byte}
     *
     * @param offset where it begins
     * @param limit the most bytes it may have, the zero byte not counted
     * @throws MalformedObjectException if it begins outside, no zero byte follows, or it is longer
     *     than the limit
     */
    public long afterString(long offset, int limit) {
        check(offset, 1);
        long most = Math.min(length, offset + limit + 1);
        for (long at = offset; at < most; ) {
            Page page = page(at, 1);
            long start = page.start - origin;
            long end = Math.min(most, start + page.bytes.length());
            int before = page.bytes.beforeZero(at - start, end - at);
            if (before >= 0) {
                return at + before + 1;
            }
            at = end;
        }
        throw malformed(offset, "the string that begins here has no end, or is too long");
    }

    private boolean hasEnd(long offset, long size) {
        Page page = page(offset, size);
        return page.bytes.beforeZero(origin + offset - page.start, size) >= 0;
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
        check(offset, 0);
        if (prefix.length > length - offset) {
            return false;
        }
        Page page = page(offset, prefix.length);
        return page.bytes.startsWith(origin + offset - page.start, prefix);
    }

    /**
     * {@return an exception that blames a place in these bytes}
     *
     * @param offset the byte offset
     * @param problem what is wrong there
     */
    public MalformedObjectException malformed(long offset, String problem) {
        return new MalformedObjectException(
                file.name(), section.name(), offset < 0 ? -1 : origin + offset, problem);
    }

    private void check(long offset, long size) {
        if (offset < 0 || size < 0 || offset > length || size > length - offset) {
            throw malformed(offset, ByteReader.outside(offset, size, length));
        }
    }

    private Page page(long offset, long size) {
        check(offset, size);
        long from = origin + offset;
        Page page = last;
        if (!page.holds(from, size)) {
            // All of the page in which it begins, and more if it goes on.
            long start = from & -PAGE;
            long end = Math.max(from + size, Math.min(start + PAGE, section.size()));
            page = new Page(start, file.reader(section, start, end - start));
            last = page;
        }
        return page;
    }
}
