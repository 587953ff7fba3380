package dev.purebpf.link;

import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes object files that no compiler would: little-endian, one symbol table, any sections. */
final class ObjectBuilder {
    private static final int HEADER = 64;
    private static final int SECTION_HEADER = 64;
    private static final int STRINGS = 1;
    private static final int SYMBOLS = 2;
    private static final int FIRST = 3;

    private final List<Contents> sections = new ArrayList<>();
    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
    private final ByteArrayOutputStream symbols = new ByteArrayOutputStream();

    private record Contents(
            int name, int type, long flags, byte[] bytes, int link, int info, int entrySize) {}

    ObjectBuilder() {
        strings.write(0);
        symbols.writeBytes(new byte[24]);
    }

    /** {@return the offset of a string in the string table, for symbols that share parts of it} */
    int string(String text) {
        int offset = strings.size();
        strings.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        strings.write(0);
        return offset;
    }

    /** {@return the index of a new section} */
    int section(String name, int type, long flags, byte[] bytes) {
        sections.add(new Contents(string(name), type, flags, bytes, 0, 0, 0));
        return FIRST + sections.size() - 1;
    }

    int code(String name, byte[] bytes) {
        return section(name, Section.PROGBITS, Section.ALLOC | Section.EXECINSTR, bytes);
    }

    /** Adds relocations, each an offset and the index of a symbol, for a section. */
    void relocations(int target, long[][] relocations) {
        ByteBuffer bytes = buffer(16 * relocations.length);
        for (long[] relocation : relocations) {
            bytes.putLong(relocation[0]).putLong(relocation[1] << 32 | 1);
        }
        sections.add(
                new Contents(string(".rel"), Section.REL, 0, bytes.array(), SYMBOLS, target, 16));
    }

    /** {@return the index of a new symbol} */
    int symbol(int name, int binding, int type, int section, long value, long size) {
        ByteBuffer bytes = buffer(24);
        bytes.putInt(name).put((byte) (binding << 4 | type)).put((byte) 0);
        bytes.putShort((short) section).putLong(value).putLong(size);
        symbols.writeBytes(bytes.array());
        return symbols.size() / 24 - 1;
    }

    int function(String name, int section, long value, long size) {
        return symbol(string(name), Symbol.GLOBAL, Symbol.FUNCTION, section, value, size);
    }

    void types(BtfBuilder btf) {
        section(".BTF", Section.PROGBITS, 0, btf.toBytes(ByteOrder.LITTLE_ENDIAN));
    }

    /**
     * Adds a {@code .BTF.ext} with CO-RE relocations for one section.
     *
     * @param section the offset of the section's name in the strings of the types
     * @param relocations byte offset, type id, offset of the access spec, kind of each
     */
    void coreRelocations(int section, int[][] relocations) {
        int length = 4 + 8 + 16 * relocations.length;
        ByteBuffer bytes = buffer(32 + length);
        bytes.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(32);
        bytes.putLong(0).putLong(0).putInt(0).putInt(length);
        bytes.putInt(16).putInt(section).putInt(relocations.length);
        for (int[] relocation : relocations) {
            for (int word : relocation) {
                bytes.putInt(word);
            }
        }
        section(".BTF.ext", Section.PROGBITS, 0, bytes.array());
    }

    byte[] build() {
        int strtab = string(".strtab");
        int symtab = string(".symtab");
        var all = new ArrayList<Contents>();
        all.add(new Contents(0, Section.NULL, 0, new byte[0], 0, 0, 0));
        all.add(new Contents(strtab, Section.STRTAB, 0, strings.toByteArray(), 0, 0, 0));
        all.add(new Contents(symtab, Section.SYMTAB, 0, symbols.toByteArray(), STRINGS, 1, 24));
        all.addAll(sections);

        long offset = HEADER + (long) SECTION_HEADER * all.size();
        int size = (int) (offset + all.stream().mapToLong(s -> s.bytes.length).sum());
        ByteBuffer file = buffer(size);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
        file.putShort((short) ElfFile.RELOCATABLE).putShort((short) ElfFile.MACHINE_BPF).putInt(1);
        file.putLong(0).putLong(0).putLong(HEADER).putInt(0);
        file.putShort((short) HEADER).putShort((short) 0).putShort((short) 0);
        file.putShort((short) SECTION_HEADER).putShort((short) all.size());
        file.putShort((short) STRINGS);
        for (Contents section : all) {
            file.putInt(section.name).putInt(section.type).putLong(section.flags).putLong(0);
            file.putLong(offset).putLong(section.bytes.length);
            file.putInt(section.link).putInt(section.info).putLong(8).putLong(section.entrySize);
            offset += section.bytes.length;
        }
        for (Contents section : all) {
            file.put(section.bytes);
        }
        return file.array();
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
