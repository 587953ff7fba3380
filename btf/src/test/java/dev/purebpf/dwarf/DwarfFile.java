package dev.purebpf.dwarf;

import dev.purebpf.elf.ElfFile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An executable with nothing but debugging information of version 4, entry by entry. */
final class DwarfFile {
    private static final String NAMES = "\0.debug_info\0.debug_abbrev\0.debug_ranges\0.shstrtab\0";
    private static final int HEADER = 64;
    private static final int SECTION = 64;

    /** Codes of abbreviations. */
    private static final int UNIT = 1;

    private static final int UNIT_WITH_LIST = 2;
    private static final int FUNCTION_WITH_LIST = 3;

    private static final byte[] ABBREVIATIONS = {
        UNIT,
        0x11,
        0,
        DwarfAttribute.LOW_PC,
        0x01,
        DwarfAttribute.HIGH_PC,
        0x07,
        0,
        0, // addr, data8
        UNIT_WITH_LIST,
        0x11,
        1,
        DwarfAttribute.LOW_PC,
        0x01,
        DwarfAttribute.RANGES,
        0x17,
        0,
        0,
        FUNCTION_WITH_LIST,
        0x2e,
        0,
        DwarfAttribute.RANGES,
        0x17,
        0,
        0, // sec_offset
        0
    };

    private final ByteBuffer info;
    private final ByteBuffer ranges;
    private int unit = -1;

    DwarfFile(int infoSize, int rangesSize) {
        info = ByteBuffer.allocate(infoSize).order(ByteOrder.LITTLE_ENDIAN);
        ranges = ByteBuffer.allocate(rangesSize).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void beginUnit() {
        unit = info.position();
        info.putInt(0).putShort((short) 4).putInt(0).put((byte) 8);
    }

    private void endUnit() {
        info.putInt(unit, info.position() - unit - 4);
    }

    /** Adds a unit whose code is in one piece. */
    DwarfFile unit(long start, long size) {
        beginUnit();
        info.put((byte) UNIT).putLong(start).putLong(size);
        endUnit();
        return this;
    }

    /** Adds a unit with a list, and functions with lists; at offsets in the section of these. */
    DwarfFile unitWithLists(int list, int... functions) {
        beginUnit();
        info.put((byte) UNIT_WITH_LIST).putLong(0).putInt(list);
        for (int function : functions) {
            info.put((byte) FUNCTION_WITH_LIST).putInt(function);
        }
        info.put((byte) 0);
        endUnit();
        return this;
    }

    /** Adds addresses to the list that is open. */
    DwarfFile range(long start, long end) {
        ranges.putLong(start).putLong(end);
        return this;
    }

    /** Ends a list; the next one begins behind it. */
    DwarfFile endList() {
        return range(0, 0);
    }

    /** {@return the file} */
    ElfFile open() {
        List<byte[]> sections =
                List.of(
                        used(info),
                        ABBREVIATIONS,
                        used(ranges),
                        NAMES.getBytes(StandardCharsets.US_ASCII));
        List<String> names = new ArrayList<>(List.of(NAMES.substring(1).split("\0")));
        int contents = sections.stream().mapToInt(section -> section.length).sum();
        int table = HEADER + contents;
        int count = sections.size() + 1;
        ByteBuffer file =
                ByteBuffer.allocate(table + count * SECTION).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
        file.putShort((short) 2).putShort((short) ElfFile.MACHINE_X86_64).putInt(1);
        file.putLong(0).putLong(0).putLong(table).putInt(0).putShort((short) HEADER);
        file.putShort((short) 56).putShort((short) 0).putShort((short) SECTION);
        file.putShort((short) count).putShort((short) (count - 1));
        int header = table + SECTION;
        for (int i = 0; i < sections.size(); i++) {
            byte[] section = sections.get(i);
            file.putInt(header, NAMES.indexOf("\0" + names.get(i) + "\0") + 1);
            file.putInt(header + 4, i == sections.size() - 1 ? 3 : 1); // SHT_STRTAB, SHT_PROGBITS
            file.putLong(header + 24, file.position());
            file.putLong(header + 32, section.length);
            file.putLong(header + 48, 1);
            file.put(section);
            header += SECTION;
        }
        return ElfFile.of("made", file.array());
    }

    private static byte[] used(ByteBuffer section) {
        byte[] bytes = new byte[section.position()];
        section.get(0, bytes);
        return bytes;
    }
}
