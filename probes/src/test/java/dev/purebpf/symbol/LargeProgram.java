package dev.purebpf.symbol;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.symbol.GoFunctions.Function;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/**
 * Writes a program like a very large one of Go's: code, Go's table of functions, symbols and
 * debugging information, of which a compiler would take minutes to make as much.
 */
final class LargeProgram {
    static final int FUNCTIONS = 300_000;
    static final int FUNCTION_SIZE = 128;

    /** Where the last instruction of each function is, by which it returns. */
    static final int EXIT = FUNCTION_SIZE - 2;

    static final long CODE = 0x40_1000;

    private static final int PACKAGE = 100;
    private static final byte RET = (byte) 0xc3;
    private static final byte PADDING = (byte) 0xcc;
    private static final int HEADER = 64;
    private static final int SECTION_HEADER = 64;
    private static final int SYMBOL = 24;

    private static final int DEFLATED = 1;

    /** Abbreviations: a unit, a type, a function, one of its values. */
    private static final int[] ABBREVIATIONS = {
        1, 0x11, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x07, 0, 0,
        2, 0x24, 0, 0x03, 0x08, 0x3e, 0x0b, 0x0b, 0x0b, 0, 0,
        3, 0x2e, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x07, 0, 0,
        4, 0x05, 0, 0x03, 0x08, 0x4b, 0x0c, 0x49, 0x13, 0, 0,
        0
    };

    private record Part(String name, int type, long flags, byte[] bytes, int link, int entrySize) {}

    private LargeProgram() {}

    static Function function(int index) {
        String name =
                "github.com/example/project/internal/package%04d.(*Server).handleRequest%02d"
                        .formatted(index / PACKAGE, index % PACKAGE);
        return new Function(name, CODE + (long) FUNCTION_SIZE * index, FUNCTION_SIZE);
    }

    /**
     * Writes one.
     *
     * @param path where to
     * @param isCompressed whether the debugging information is
     */
    static void write(Path path, boolean isCompressed) throws IOException {
        List<Function> functions = new ArrayList<>();
        for (int index = 0; index < FUNCTIONS; index++) {
            functions.add(function(index));
        }
        byte[] code = new byte[FUNCTIONS * FUNCTION_SIZE];
        for (int end = FUNCTION_SIZE; end <= code.length; end += FUNCTION_SIZE) {
            code[end - 2] = RET;
            code[end - 1] = PADDING;
        }
        byte[] abbreviations = new byte[ABBREVIATIONS.length];
        for (int i = 0; i < abbreviations.length; i++) {
            abbreviations[i] = (byte) ABBREVIATIONS[i];
        }
        long executable = Section.ALLOC | Section.EXECINSTR;
        long debug = isCompressed ? Section.COMPRESSED : 0;
        byte[] table = GoFunctionsTest.table(GoFunctionsTest.GO_1_20, 8, functions);
        byte[] names = names(functions);
        byte[] info = information(functions);
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("", Section.NULL, 0, new byte[0], 0, 0));
        parts.add(new Part(".text", Section.PROGBITS, executable, code, 0, 0));
        parts.add(new Part(".gopclntab", Section.PROGBITS, Section.ALLOC, table, 0, 0));
        parts.add(new Part(".symtab", Section.SYMTAB, 0, symbols(functions), 4, SYMBOL));
        parts.add(new Part(".strtab", Section.STRTAB, 0, names, 0, 0));
        parts.add(new Part(".debug_abbrev", Section.PROGBITS, 0, abbreviations, 0, 0));
        parts.add(
                new Part(
                        ".debug_info",
                        Section.PROGBITS,
                        debug,
                        isCompressed ? compressed(info) : info,
                        0,
                        0));
        write(path, parts);
    }

    private static void write(Path path, List<Part> parts) throws IOException {
        StringBuilder names = new StringBuilder("\0");
        List<Part> all = new ArrayList<>(parts);
        all.add(new Part(".shstrtab", Section.STRTAB, 0, new byte[0], 0, 0));
        ByteBuffer headers = little(SECTION_HEADER * all.size());
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            // The only segment: the code, whose place in the file a probe needs.
            int begin = 0x1000;
            file.seek(begin);
            for (int index = 0; index < all.size(); index++) {
                Part part = all.get(index);
                byte[] bytes = part.bytes();
                int name = part.name().isEmpty() ? 0 : names.length();
                names.append(part.name().isEmpty() ? "" : part.name() + '\0');
                if (part.name().equals(".shstrtab")) {
                    bytes = names.toString().getBytes(StandardCharsets.US_ASCII);
                }
                long at = file.getFilePointer() + 15 & ~15L;
                file.seek(at);
                file.write(bytes);
                boolean isLoaded = (part.flags() & Section.ALLOC) != 0;
                headers.putInt(name).putInt(part.type()).putLong(part.flags());
                headers.putLong(isLoaded ? CODE - begin + at : 0).putLong(at);
                headers.putLong(bytes.length).putInt(part.link()).putInt(0);
                headers.putLong(16).putLong(part.entrySize());
            }
            long headersAt = file.getFilePointer();
            file.write(headers.array());
            ByteBuffer header = little(HEADER + 56);
            header.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
            header.putShort((short) ElfFile.EXECUTABLE).putShort((short) ElfFile.MACHINE_X86_64);
            header.putInt(1).putLong(CODE).putLong(HEADER).putLong(headersAt).putInt(0);
            header.putShort((short) HEADER).putShort((short) 56).putShort((short) 1);
            header.putShort((short) SECTION_HEADER).putShort((short) all.size());
            header.putShort((short) (all.size() - 1));
            long size = headersAt - begin;
            header.putInt(1).putInt(5).putLong(begin).putLong(CODE).putLong(CODE);
            header.putLong(size).putLong(size).putLong(0x1000);
            file.seek(0);
            file.write(header.array());
        }
    }

    private static byte[] names(List<Function> functions) {
        StringBuilder names = new StringBuilder("\0");
        functions.forEach(function -> names.append(function.name()).append('\0'));
        return names.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] symbols(List<Function> functions) {
        ByteBuffer symbols = little(SYMBOL * (functions.size() + 1)).position(SYMBOL);
        int name = 1;
        for (Function function : functions) {
            symbols.putInt(name).put((byte) 0x12).put((byte) 0).putShort((short) 1);
            symbols.putLong(function.address()).putLong(function.size());
            name += function.name().length() + 1;
        }
        return symbols.array();
    }

    /** One unit for each package, of DWARF 4. */
    private static byte[] information(List<Function> functions) {
        ByteBuffer info = little(functions.size() * 160);
        for (int first = 0; first < functions.size(); first += PACKAGE) {
            int start = info.position();
            info.putInt(0).putShort((short) 4).putInt(0).put((byte) 8);
            text(info.put((byte) 1), "package" + first / PACKAGE);
            info.putLong(functions.get(first).address()).putLong((long) PACKAGE * FUNCTION_SIZE);
            int type = info.position() - start;
            text(info.put((byte) 2), "int").put((byte) 5).put((byte) 8);
            for (Function function : functions.subList(first, first + PACKAGE)) {
                text(info.put((byte) 3), function.name());
                info.putLong(function.address()).putLong(function.size());
                text(info.put((byte) 4), "request").put((byte) 0).putInt(type);
                text(info.put((byte) 4), "~r0").put((byte) 1).putInt(type);
                info.put((byte) 0);
            }
            info.put((byte) 0);
            info.putInt(start, info.position() - start - Integer.BYTES);
        }
        return Arrays.copyOf(info.array(), info.position());
    }

    private static ByteBuffer text(ByteBuffer bytes, String text) {
        return bytes.put(text.getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
    }

    private static byte[] compressed(byte[] bytes) {
        byte[] result = new byte[bytes.length];
        ByteBuffer header = ByteBuffer.wrap(result).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(DEFLATED).putInt(0).putLong(bytes.length).putLong(1);
        try (Deflater deflater = new Deflater(Deflater.BEST_SPEED)) {
            deflater.setInput(bytes);
            deflater.finish();
            int size =
                    deflater.deflate(result, header.position(), result.length - header.position());
            return Arrays.copyOf(result, header.position() + size);
        }
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
