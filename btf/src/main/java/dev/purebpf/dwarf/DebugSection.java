package dev.purebpf.dwarf;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.MalformedObjectException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A section of debugging information: plain, compressed as the ELF specification has it ({@code
 * SHF_COMPRESSED}), or as GNU tools did before that ({@code .zdebug_info}).
 *
 * <p>A plain one is read in parts, out of the mapped file. A compressed one is inflated as a whole
 * when first read, because nothing in a stream can be found otherwise; outside of Java's heap.
 */
final class DebugSection {
    private static final int ZLIB = 1; // ELFCOMPRESS_ZLIB
    private static final int ZSTD = 2; // ELFCOMPRESS_ZSTD

    /** A byte of deflated data stands for no more than this many (zlib's own documentation). */
    private static final long MOST_INFLATED = 1032;

    private static final int CHUNK = 1 << 16;

    /** What is copied at a time: asking whether the file is still whole takes as long as this. */
    private static final int BLOCK = 1 << 14;

    /** How many blocks are kept: entries refer to others, which lie elsewhere. */
    private static final int BLOCKS = 8;

    private static final byte[] GNU_MAGIC = {'Z', 'L', 'I', 'B'};
    private static final int GNU_HEADER = 12;

    private final ElfFile file;
    private final Section section; // null if the file has none
    private final String name;
    private final long headerSize; // 0 for a plain one
    private final long size;
    private final Arena arena;
    private MemorySegment inflated;

    /** The last blocks, each where its number says. They are immutable, so a race costs a copy. */
    private final Block[] blocks = new Block[BLOCKS];

    private DebugSection(
            ElfFile file, Section section, String name, long headerSize, long size, Arena arena) {
        this.file = file;
        this.section = section;
        this.name = name;
        this.headerSize = headerSize;
        this.size = size;
        this.arena = arena;
    }

    /**
     * {@return a section, in whichever form the file has it; an empty one if it has none}
     *
     * @param file the file
     * @param name the name without its first part: {@code info} for {@code .debug_info}
     * @param arena owns what is inflated
     */
    static DebugSection of(ElfFile file, String name, Arena arena) {
        Optional<Section> modern = file.section(".debug_" + name);
        if (modern.isPresent() && modern.get().type() != Section.NOBITS) {
            Section section = modern.get();
            return section.has(Section.COMPRESSED)
                    ? compressed(file, section, arena)
                    : new DebugSection(file, section, section.name(), 0, section.size(), arena);
        }
        Optional<Section> old = file.section(".zdebug_" + name);
        if (old.isPresent() && old.get().type() != Section.NOBITS) {
            return compressedByGnu(file, old.get(), arena);
        }
        return new DebugSection(file, null, ".debug_" + name, 0, 0, arena);
    }

    private static DebugSection compressed(ElfFile file, Section section, Arena arena) {
        int headerSize = file.is64() ? 24 : 12;
        ByteReader header =
                ByteReader.of(
                        file.name(),
                        section.name(),
                        section.bytes(0, headerSize),
                        file.byteOrder());
        int type = header.s32(0);
        if (type == ZSTD) {
            throw header.malformed(
                    0,
                    "it is compressed with zstd, which Java cannot read; objcopy"
                            + " --decompress-debug-sections makes a file that is not");
        }
        if (type != ZLIB) {
            throw header.malformed(0, "it is compressed in an unknown way: " + type);
        }
        long size = file.is64() ? header.s64(8) : header.u32(4);
        return new DebugSection(
                file, section, section.name(), headerSize, plausible(header, section, size), arena);
    }

    private static DebugSection compressedByGnu(ElfFile file, Section section, Arena arena) {
        ByteReader header =
                ByteReader.of(
                        file.name(),
                        section.name(),
                        section.bytes(0, GNU_HEADER),
                        ByteOrder.BIG_ENDIAN);
        if (!header.startsWith(0, GNU_MAGIC)) {
            throw header.malformed(0, "it does not begin with ZLIB");
        }
        return new DebugSection(
                file,
                section,
                section.name(),
                GNU_HEADER,
                plausible(header, section, header.s64(GNU_MAGIC.length)),
                arena);
    }

    private static long plausible(ByteReader header, Section section, long size) {
        if (size < 0 || size / MOST_INFLATED > section.size()) {
            throw header.malformed(
                    0,
                    "it is said to be "
                            + Long.toUnsignedString(size)
                            + " bytes, which "
                            + section.size()
                            + " compressed ones cannot hold");
        }
        return size;
    }

    /** {@return how many bytes it has, uncompressed} */
    long size() {
        return size;
    }

    /** {@return whether there is nothing to read, mostly because the file has no such section} */
    boolean isEmpty() {
        return size == 0;
    }

    /**
     * Some bytes of the section.
     *
     * @param start where they begin
     * @param bytes a reader of them
     */
    record Block(long start, ByteReader bytes) {}

    /**
     * {@return the bytes around a place, many of them, so that what is read next is mostly among
     * them}
     *
     * @param from where bytes are needed
     * @param size how many at least
     * @throws MalformedObjectException if they reach past the end
     */
    Block block(long from, int size) {
        long start = from & -BLOCK;
        if (size > start + BLOCK - from) {
            // Twice as much, or a long string would be copied anew for each of its letters.
            return read(
                    from, Math.max(size, Math.min(Math.max(BLOCK, 2L * size), this.size - from)));
        }
        int slot = (int) (start / BLOCK) & BLOCKS - 1;
        Block block = blocks[slot];
        if (block == null || block.start() != start) {
            block = read(start, Math.max(from - start + size, Math.min(BLOCK, this.size - start)));
            blocks[slot] = block;
        }
        return block;
    }

    private Block read(long from, long length) {
        return new Block(
                from,
                ByteReader.of(file.name(), name, from, bytes(from, length), file.byteOrder()));
    }

    /**
     * {@return something that reads on from an offset}
     *
     * @param from the offset
     * @throws MalformedObjectException if it lies outside
     */
    Cursor cursor(long from) {
        return new Cursor(this, from, size);
    }

    /**
     * {@return a copy of a part}
     *
     * @param from where it begins
     * @param length how many bytes
     * @throws MalformedObjectException if it reaches past the end
     */
    byte[] bytes(long from, long length) {
        if (from < 0 || length < 0 || from > size || length > size - from) {
            throw malformed(
                    from,
                    Long.toUnsignedString(length)
                            + " bytes are needed from here, but "
                            + (section == null
                                    ? "the file has no such section"
                                    : "there are only " + size));
        }
        if (length == 0) {
            return new byte[0];
        }
        if (length > Integer.MAX_VALUE - 8) {
            throw malformed(from, "a part of " + length + " bytes is too large to be read");
        }
        if (headerSize == 0) {
            return section.bytes(from, length);
        }
        byte[] copy = new byte[(int) length];
        MemorySegment.copy(inflated(), ValueLayout.JAVA_BYTE, from, copy, 0, copy.length);
        return copy;
    }

    /**
     * {@return an exception that blames a place in this section}
     *
     * @param offset where
     * @param problem what is wrong there
     */
    MalformedObjectException malformed(long offset, String problem) {
        return new MalformedObjectException(file.name(), name, offset < 0 ? -1 : offset, problem);
    }

    private synchronized MemorySegment inflated() {
        if (inflated == null) {
            MemorySegment result = arena.allocate(size);
            try (Inflater inflater = new Inflater()) {
                long filled = inflate(inflater, result);
                if (filled < size || !inflater.finished() && !endsNow(inflater)) {
                    throw malformed(-1, "its compressed data do not give the " + size + " bytes");
                }
            } catch (DataFormatException e) {
                throw new MalformedObjectException(
                        file.name(), name, -1, "its compressed data are damaged: " + e, e);
            }
            inflated = result;
        }
        return inflated;
    }

    private long inflate(Inflater inflater, MemorySegment result) throws DataFormatException {
        long next = headerSize;
        long filled = 0;
        while (filled < size && !inflater.finished()) {
            if (inflater.needsInput()) {
                long length = Math.min(CHUNK, section.size() - next);
                if (length == 0) {
                    break;
                }
                inflater.setInput(section.bytes(next, length));
                next += length;
            }
            if (inflater.needsDictionary()) {
                break;
            }
            // A buffer has no more than 31 bits of room.
            ByteBuffer room =
                    result.asSlice(filled, Math.min(1 << 30, size - filled)).asByteBuffer();
            filled += inflater.inflate(room);
        }
        return filled;
    }

    /** {@return whether nothing but the checksum is left} */
    private static boolean endsNow(Inflater inflater) throws DataFormatException {
        return inflater.inflate(new byte[1]) == 0;
    }
}
