package dev.purebpf.btf;

import dev.purebpf.elf.ByteReader;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads {@code .BTF.ext} ({@code struct btf_ext_header} of libbpf).
 *
 * <pre>
 *    0       2       3       4        8           12          16          20          24          28
 *   +-------+-------+-------+--------+-----------+-----------+-----------+-----------+-----------+-----------+
 *   | magic | vers. | flags | length | functions | functions | lines     | lines     | CO-RE     | CO-RE     |
 *   | eB9F  | 1     | 0     | of it  | offset    | length    | offset    | length    | offset    | length    |
 *   +-------+-------+-------+--------+-----------+-----------+-----------+-----------+-----------+-----------+
 * </pre>
 *
 * <p>Each of the three parts is the size of its records, then for each section of the object: the
 * section's name, the number of records, the records. They may be longer than known.
 */
final class BtfExtReader {
    private static final int SHORT_HEADER = 24;
    private static final int HEADER_WITH_CORE = 32;

    private static final int FUNCTION_SIZE = 8;
    private static final int LINE_SIZE = 16;
    private static final int CORE_SIZE = 16;

    private final ByteReader reader;
    private final Btf btf;

    // Most strings are used again and again. Those of an honest file do not overlap, so that all
    // together are no longer than the section of strings; a hostile one could name every suffix.
    private final Map<Integer, String> strings = new HashMap<>();
    private long budget;

    private final List<BtfExt.FunctionInfo> functions = new ArrayList<>();
    private final List<BtfExt.LineInfo> lines = new ArrayList<>();
    private final List<BtfExt.CoreRelocation> relocations = new ArrayList<>();

    BtfExtReader(String origin, byte[] bytes, Btf btf) {
        this.reader =
                ByteReader.of(
                        origin, ".BTF.ext", bytes, BtfHeader.order(origin, ".BTF.ext", bytes));
        this.btf = btf;
        this.budget = 2L * (btf.firstString() + btf.header().stringsLength());
    }

    BtfExt read() {
        parts(this::readFunction, this::readLine, this::readRelocation);
        return new BtfExt(functions, lines, relocations);
    }

    void checkStructure() {
        parts(null, null, null);
    }

    /**
     * Goes through all parts; what reads their records is {@code null} to look only where they are.
     */
    private void parts(RecordReader function, RecordReader line, RecordReader relocation) {
        if (reader.order() != btf.byteOrder()) {
            throw reader.malformed(0, "its byte order is not that of .BTF");
        }
        if (reader.u8(2) != BtfHeader.VERSION) {
            throw reader.malformed(2, "version " + reader.u8(2) + " is unknown, only 1 is");
        }
        long length = reader.u32(4);
        if (length < SHORT_HEADER || length > reader.length()) {
            throw reader.malformed(
                    4, "a header of " + length + " bytes; it has at least 24 and fits the section");
        }
        part(8, length, "function", FUNCTION_SIZE, function);
        part(16, length, "line", LINE_SIZE, line);
        if (length >= HEADER_WITH_CORE) {
            part(24, length, "CO-RE", CORE_SIZE, relocation);
        }
    }

    /** Reads one record. */
    private interface RecordReader {
        void read(String section, long at);
    }

    private void part(long header, long headerLength, String what, int known, RecordReader record) {
        long at = headerLength + reader.u32(header);
        long left = reader.u32(header + 4);
        if (left == 0) {
            return;
        }
        if ((at & 3) != 0) {
            throw reader.malformed(header, what + " records are not aligned to four bytes");
        }
        if (at + left > reader.length()) {
            throw reader.malformed(
                    header,
                    what
                            + " records should be "
                            + left
                            + " bytes from offset "
                            + at
                            + ", but there are only "
                            + reader.length());
        }
        long size = left < 4 ? 0 : reader.u32(at);
        if (size < known || (size & 3) != 0) {
            throw reader.malformed(
                    at, what + " records of " + size + " bytes; they have at least " + known);
        }
        at += 4;
        left -= 4;
        if (left == 0) {
            throw reader.malformed(at, "there are no " + what + " records after their size");
        }
        while (left > 0) {
            if (left < 8) {
                throw reader.malformed(at, what + " records end within a section's header");
            }
            long sectionAt = at;
            long count = reader.u32(at + 4);
            if (count == 0) {
                throw reader.malformed(at + 4, "a section has no " + what + " records");
            }
            at += 8;
            left -= 8;
            if (count > left / size) {
                throw reader.malformed(
                        at - 4,
                        count
                                + " "
                                + what
                                + " records do not fit into the "
                                + left
                                + " bytes left");
            }
            if (record != null) {
                String section = string(sectionAt, reader.s32(sectionAt));
                for (long i = 0; i < count; i++) {
                    record.read(section, at + i * size);
                }
            }
            at += count * size;
            left -= count * size;
        }
    }

    private void readFunction(String section, long at) {
        functions.add(new BtfExt.FunctionInfo(section, reader.u32(at), type(at + 4)));
    }

    private void readLine(String section, long at) {
        int file = reader.s32(at + 4);
        int text = reader.s32(at + 8);
        int place = reader.s32(at + 12);
        lines.add(
                new BtfExt.LineInfo(
                        section,
                        reader.u32(at),
                        file,
                        text,
                        place >>> 10,
                        place & 0x3ff,
                        string(at + 4, file),
                        string(at + 8, text)));
    }

    private void readRelocation(String section, long at) {
        relocations.add(
                new BtfExt.CoreRelocation(
                        section,
                        reader.u32(at),
                        type(at + 4),
                        string(at + 8, reader.s32(at + 8)),
                        CoreRelocationKind.ofNumber(reader.s32(at + 12))));
    }

    private int type(long at) {
        int id = reader.s32(at);
        if (id <= 0 || id >= btf.typeCount()) {
            throw reader.malformed(
                    at,
                    "it refers to type "
                            + Integer.toUnsignedString(id)
                            + ", but there are only "
                            + btf.typeCount());
        }
        return id;
    }

    private String string(long at, int offset) {
        String known = strings.get(offset);
        if (known != null) {
            return known;
        }
        String string = btf.string(offset);
        budget -= string.length() + 1;
        if (budget < 0) {
            throw reader.malformed(at, "strings overlap: this is no honest file");
        }
        strings.put(offset, string);
        return string;
    }
}
