package dev.purebpf.elf;

import dev.purebpf.error.MalformedObjectException;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The header of an ELF file, and the tables of sections and segments that it tells the place of
 * (ELF specification, "ELF Header").
 *
 * <pre>
 * offset                        of 64 bits, of 32
 *  0  7f 45 4c 46, class, byte order, version
 *  16  u16 type, u16 machine
 *  24  entry point               u64         u32
 *  32  place of the segments     u64   (28)  u32
 *  40  place of the sections     u64   (32)  u32
 *  54  u16 size and number of segments, of sections; index of their names  (42)
 * </pre>
 */
final class ElfHeader {
    // A longer one is an attack: overlapping names make a small file expensive.
    private static final int SECTION_NAME_LIMIT = 1024;

    private static final int SECTION_INDEX_ELSEWHERE = 0xffff; // SHN_XINDEX
    private static final int SEGMENT_COUNT_ELSEWHERE = 0xffff; // PN_XNUM

    private final String name;
    private final FileContent content;
    private final boolean is64;
    private final ByteOrder order;
    private final ByteReader header;

    /** Where the numbers and sizes of the tables' entries begin. */
    private final long counts;

    /**
     * Reads the header.
     *
     * @throws MalformedObjectException if it is none, or cut short
     */
    ElfHeader(String name, FileContent content) {
        this.name = name;
        this.content = content;
        if (content.size() < 20) {
            throw malformed(0, "too short for an ELF file: " + content.size() + " bytes");
        }
        byte[] identity = content.copy(0, 16);
        if (identity[0] != 0x7f || identity[1] != 'E' || identity[2] != 'L' || identity[3] != 'F') {
            throw malformed(0, "not an ELF file: it does not begin with 7f 45 4c 46");
        }
        is64 =
                switch (identity[4]) {
                    case 1 -> false;
                    case 2 -> true;
                    default -> throw malformed(4, "unknown ELF class " + (identity[4] & 0xff));
                };
        order =
                switch (identity[5]) {
                    case 1 -> ByteOrder.LITTLE_ENDIAN;
                    case 2 -> ByteOrder.BIG_ENDIAN;
                    default -> throw malformed(5, "unknown byte order " + (identity[5] & 0xff));
                };
        if (identity[6] != 1) {
            throw malformed(6, "unknown ELF version " + (identity[6] & 0xff));
        }
        header = part(0, is64 ? 64 : 52);
        counts = is64 ? 54 : 42;
    }

    boolean is64() {
        return is64;
    }

    ByteOrder order() {
        return order;
    }

    int type() {
        return header.u16(16);
    }

    int machine() {
        return header.u16(18);
    }

    long entryPoint() {
        return is64 ? header.s64(24) : header.u32(24);
    }

    private long segmentTable() {
        return is64 ? header.s64(32) : header.u32(28);
    }

    private long sectionTable() {
        return is64 ? header.s64(40) : header.u32(32);
    }

    /**
     * {@return section 0, which holds the numbers that do not fit into the header; {@code null} if
     * there are no sections}
     */
    private ByteReader firstSection() {
        if (sectionTable() == 0) {
            return null;
        }
        int expected = is64 ? 64 : 40;
        int size = header.u16(counts + 4);
        if (size != expected) {
            throw malformed(counts + 4, "section headers of " + size + " bytes, not " + expected);
        }
        return part(sectionTable(), size);
    }

    /**
     * {@return the sections, in the order of their indexes}
     *
     * @param file what they will be read by
     * @throws MalformedObjectException if the table is damaged
     */
    List<Section> sections(ElfFile file) {
        ByteReader first = firstSection();
        if (first == null) {
            return List.of();
        }
        long count = header.u16(counts + 6);
        if (count == 0) {
            count = is64 ? first.s64(32) : first.u32(20);
        }
        long namesIndex = header.u16(counts + 8);
        if (namesIndex == SECTION_INDEX_ELSEWHERE) {
            namesIndex = first.u32(is64 ? 40 : 24);
        }
        return readSections(file, table(sectionTable(), count, first.length()), namesIndex);
    }

    /**
     * {@return the segments, in the order of the file}
     *
     * @throws MalformedObjectException if the table is damaged
     */
    List<Segment> segments() {
        ByteReader first = firstSection();
        long count = header.u16(counts + 2);
        if (first != null && count == SEGMENT_COUNT_ELSEWHERE) {
            count = first.u32(is64 ? 44 : 28);
        }
        if (segmentTable() == 0 || count == 0) {
            return List.of();
        }
        int expected = is64 ? 56 : 32;
        int size = header.u16(counts);
        if (size != expected) {
            throw malformed(counts, "program headers of " + size + " bytes, not " + expected);
        }
        return readSegments(table(segmentTable(), count, size));
    }

    private List<Section> readSections(ElfFile file, ByteReader table, long namesIndex) {
        int entry = is64 ? 64 : 40;
        int count = table.length() / entry;
        ByteReader names = null;
        if (namesIndex != 0) {
            if (namesIndex >= count) {
                throw malformed(
                        -1,
                        "section names are said to be in section "
                                + namesIndex
                                + ", but there are only "
                                + count);
            }
            names = readSection(file, table, (int) namesIndex, ".shstrtab").reader();
        }
        var result = new ArrayList<Section>(count);
        long together = 0;
        for (int i = 0; i < count; i++) {
            long name = table.u32((long) i * entry);
            Section section =
                    readSection(
                            file,
                            table,
                            i,
                            names == null || name == 0
                                    ? ""
                                    : names.string(name, SECTION_NAME_LIMIT));
            result.add(section);
            together += sizeInFile(section);
        }
        // Sections do not overlap in honest files. Where a thousand of them cover the whole file,
        // reading each once would cost a thousand times its size.
        if (together > 2 * content.size()) {
            throw malformed(
                    -1,
                    "its sections overlap: together they have "
                            + together
                            + " bytes, the file has "
                            + content.size());
        }
        return List.copyOf(result);
    }

    private long sizeInFile(Section section) {
        if (section.type() == Section.NOBITS
                || section.type() == Section.NULL
                || section.offset() < 0
                || section.offset() > content.size()) {
            return 0;
        }
        long rest = content.size() - section.offset();
        return section.size() < 0 ? rest : Math.min(rest, section.size());
    }

    private Section readSection(ElfFile file, ByteReader table, int index, String sectionName) {
        long at = (long) index * (is64 ? 64 : 40);
        return is64
                ? new Section(
                        file,
                        index,
                        sectionName,
                        table.s32(at + 4),
                        table.s64(at + 8),
                        table.s64(at + 16),
                        table.s64(at + 24),
                        table.s64(at + 32),
                        table.s32(at + 40),
                        table.s32(at + 44),
                        table.s64(at + 48),
                        table.s64(at + 56))
                : new Section(
                        file,
                        index,
                        sectionName,
                        table.s32(at + 4),
                        table.u32(at + 8),
                        table.u32(at + 12),
                        table.u32(at + 16),
                        table.u32(at + 20),
                        table.s32(at + 24),
                        table.s32(at + 28),
                        table.u32(at + 32),
                        table.u32(at + 36));
    }

    private List<Segment> readSegments(ByteReader table) {
        int entry = is64 ? 56 : 32;
        var result = new ArrayList<Segment>(table.length() / entry);
        for (long at = 0; at < table.length(); at += entry) {
            result.add(
                    is64
                            ? new Segment(
                                    table.s32(at),
                                    table.s32(at + 4),
                                    table.s64(at + 8),
                                    table.s64(at + 16),
                                    table.s64(at + 32),
                                    table.s64(at + 40),
                                    table.s64(at + 48))
                            : new Segment(
                                    table.s32(at),
                                    table.s32(at + 24),
                                    table.u32(at + 4),
                                    table.u32(at + 8),
                                    table.u32(at + 16),
                                    table.u32(at + 20),
                                    table.u32(at + 28)));
        }
        return List.copyOf(result);
    }

    private ByteReader table(long offset, long count, int entrySize) {
        // Compared by division: the product may not fit into 64 bits.
        if (count < 0 || count > content.size() / entrySize) {
            throw malformed(
                    offset < 0 ? -1 : offset,
                    "a table of "
                            + Long.toUnsignedString(count)
                            + " entries does not fit into the file");
        }
        return part(offset, count * entrySize);
    }

    private ByteReader part(long offset, long length) {
        return ByteReader.of(name, null, content.copy(offset, length), order);
    }

    private MalformedObjectException malformed(long offset, String problem) {
        return new MalformedObjectException(name, null, offset, problem);
    }
}
