package dev.purebpf.dwarf;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.MalformedObjectException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * A section of debugging information: plain, or compressed.
 *
 * <p>A plain one is read in parts, out of the mapped file. A compressed one is inflated as a whole
 * when first read, because nothing in a stream can be found otherwise; outside of Java's heap.
 */
final class DebugSection {
    /** What is copied at a time: asking whether the file is still whole takes as long as this. */
    private static final int BLOCK = 1 << 14;

    /** How many blocks are kept: entries refer to others, which lie elsewhere. */
    private static final int BLOCKS = 8;

    private final ElfFile file;
    private final Section section; // null if the file has none
    private final String name;
    private final long size;
    private final CompressedSection compressed; // null for a plain one
    private final Arena arena;
    private MemorySegment inflated;

    /** Why it cannot be inflated: to try again would take the time and the memory again. */
    private MalformedObjectException damage;

    /** The last blocks, each where its number says. They are immutable, so a race costs a copy. */
    private final Block[] blocks = new Block[BLOCKS];

    private DebugSection(
            ElfFile file, Section section, String name, CompressedSection compressed, Arena arena) {
        this.file = file;
        this.section = section;
        this.name = name;
        this.compressed = compressed;
        this.arena = arena;
        long plain = section == null ? 0 : section.size();
        this.size = compressed == null ? plain : compressed.size();
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
            CompressedSection compressed =
                    section.has(Section.COMPRESSED) ? CompressedSection.of(file, section) : null;
            return new DebugSection(file, section, section.name(), compressed, arena);
        }
        Optional<Section> old = file.section(".zdebug_" + name);
        if (old.isPresent() && old.get().type() != Section.NOBITS) {
            Section section = old.get();
            CompressedSection compressed = CompressedSection.ofGnu(file, section);
            return new DebugSection(file, section, section.name(), compressed, arena);
        }
        return new DebugSection(file, null, ".debug_" + name, null, arena);
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
        if (compressed == null) {
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
        if (damage != null) {
            throw damage;
        }
        if (inflated == null) {
            try {
                inflated = compressed.decompress(arena);
            } catch (MalformedObjectException e) {
                damage = e;
                throw e;
            }
        }
        return inflated;
    }
}
