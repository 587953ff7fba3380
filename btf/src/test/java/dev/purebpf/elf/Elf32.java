package dev.purebpf.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A tiny big-endian file of class 32, byte by byte: one function, one relocation, one segment. */
final class Elf32 {
    private static final String NAMES = "\0.text\0.rel.text\0.symtab\0.strtab\0main\0";

    private Elf32() {}

    static byte[] object() {
        ByteBuffer file = ByteBuffer.allocate(512).order(ByteOrder.BIG_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 1, 2, 1}).position(16);
        file.putShort((short) 1).putShort((short) 8).putInt(1);
        file.putInt(0).putInt(52).putInt(256).putInt(0);
        file.putShort((short) 52).putShort((short) 32).putShort((short) 1);
        file.putShort((short) 40).putShort((short) 5).putShort((short) 4);
        // type, offset, virtual and physical address, sizes, flags, alignment
        ints(file, Segment.LOAD, 0, 0x8000, 0x8000, 52, 64, Segment.READABLE, 4);
        int text = file.position();
        ints(file, 0, 0, 0, 0, 0);
        int relocations = file.position();
        ints(file, 2, 1 << 8 | 7);
        int symbols = file.position();
        ints(file, 0, 0, 0, 0);
        file.putInt(NAMES.indexOf("main")).putInt(0x10).putInt(4);
        file.put((byte) (Symbol.GLOBAL << 4 | Symbol.FUNCTION)).put((byte) 0).putShort((short) 1);
        int names = file.position();
        file.put(NAMES.getBytes(StandardCharsets.US_ASCII));
        file.position(256 + 40);
        section(file, ".text", Section.PROGBITS, text, 20, 0, 0, 0);
        section(file, ".rel.text", Section.REL, relocations, 8, 3, 1, 8);
        section(file, ".symtab", Section.SYMTAB, symbols, 32, 4, 1, 16);
        section(file, ".strtab", Section.STRTAB, names, NAMES.length(), 0, 0, 0);
        return file.array();
    }

    private static void section(
            ByteBuffer file,
            String name,
            int type,
            int at,
            int size,
            int link,
            int info,
            int each) {
        int nameAt = NAMES.indexOf("\0" + name + "\0") + 1;
        ints(file, nameAt, type, 0, 0, at, size, link, info, 4, each);
    }

    private static void ints(ByteBuffer file, int... numbers) {
        for (int number : numbers) {
            file.putInt(number);
        }
    }
}
