package dev.purebpf.btf;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.error.MalformedObjectException;

import java.nio.ByteOrder;

/**
 * The header of BTF ({@code struct btf_header}), checked. Offsets count from the first byte.
 *
 * <pre>
 *    0        2       3      4           8          12         16         20        24            28
 *   +--------+-------+------+-----------+----------+----------+----------+---------+-------------+-------------+
 *   | magic  | vers. | flags| length of | offset of| length of| offset of|length of| offset of   | length of   |
 *   | eB9F   | 1     | 0    | header    | types    | types    | strings  | strings | layout, 7.1 | layout, 7.1 |
 *   +--------+-------+------+-----------+----------+----------+----------+---------+-------------+-------------+
 * </pre>
 *
 * <p>Offsets in the file count from the end of the header. A header longer than known is fine: what
 * it says beyond is skipped.
 *
 * @param order the byte order
 * @param typesOffset where the types begin
 * @param typesLength their length in bytes
 * @param stringsOffset where the strings begin
 * @param stringsLength their length in bytes
 * @param layoutOffset where the layout of kinds begins
 * @param layoutLength its length in bytes; 0 when there is none
 */
record BtfHeader(
        ByteOrder order,
        int typesOffset,
        int typesLength,
        int stringsOffset,
        int stringsLength,
        int layoutOffset,
        int layoutLength) {
    static final int MAGIC = 0xeb9f;
    static final int VERSION = 1;
    static final int LENGTH = 24;
    static final int LENGTH_WITH_LAYOUT = 32;

    /**
     * {@return the checked header}
     *
     * @param origin the file's name for messages
     * @param bytes the whole BTF
     * @param split whether a base holds the first strings
     */
    static BtfHeader read(String origin, byte[] bytes, boolean split) {
        ByteReader reader = ByteReader.of(origin, ".BTF", bytes, order(origin, ".BTF", bytes));
        if (reader.u8(2) != VERSION) {
            throw reader.malformed(2, "BTF version " + reader.u8(2) + " is unknown, only 1 is");
        }
        long length = reader.u32(4);
        if (length < LENGTH || length > bytes.length) {
            throw reader.malformed(
                    4, "a header of " + length + " bytes; it has at least 24 and fits the section");
        }
        long typesOffset = length + reader.u32(8);
        long typesLength = reader.u32(12);
        long stringsOffset = length + reader.u32(16);
        long stringsLength = reader.u32(20);
        boolean hasLayout = length >= LENGTH_WITH_LAYOUT;
        long layoutOffset = hasLayout ? length + reader.u32(24) : 0;
        long layoutLength = hasLayout ? reader.u32(28) : 0;
        requireWithin(reader, 8, "types", typesOffset, typesLength);
        requireWithin(reader, 16, "strings", stringsOffset, stringsLength);
        if (hasLayout) {
            requireWithin(reader, 24, "layout", layoutOffset, layoutLength);
        }
        if (((typesOffset - length) & 3) != 0 || (typesLength & 3) != 0) {
            throw reader.malformed(8, "types are not aligned to four bytes");
        }
        if (typesOffset + typesLength > stringsOffset) {
            throw reader.malformed(16, "types and strings overlap");
        }
        if (stringsLength == 0) {
            if (!split) {
                throw reader.malformed(20, "there are no strings, not even the empty one");
            }
        } else {
            if (!split && reader.u8(stringsOffset) != 0) {
                throw reader.malformed(
                        stringsOffset,
                        "the first string is not the empty one; perhaps these are a module's types,"
                                + " which continue the kernel's and cannot be read without them");
            }
            if (reader.u8(stringsOffset + stringsLength - 1) != 0) {
                throw reader.malformed(
                        stringsOffset + stringsLength - 1, "the last string has no end");
            }
        }
        return new BtfHeader(
                reader.order(),
                (int) typesOffset,
                (int) typesLength,
                (int) stringsOffset,
                (int) stringsLength,
                (int) layoutOffset,
                (int) layoutLength);
    }

    /**
     * {@return the byte order that the first two bytes of {@code .BTF} or {@code .BTF.ext} tell}
     *
     * @param origin the file's name for messages
     * @param section the section's name for messages
     * @param bytes the section's content
     */
    static ByteOrder order(String origin, String section, byte[] bytes) {
        ByteReader reader = ByteReader.of(origin, section, bytes, ByteOrder.LITTLE_ENDIAN);
        int magic = reader.u16(0);
        if (magic == MAGIC) {
            return ByteOrder.LITTLE_ENDIAN;
        }
        if (magic == Integer.reverseBytes(MAGIC) >>> 16) {
            return ByteOrder.BIG_ENDIAN;
        }
        throw new MalformedObjectException(
                origin, section, 0, "it does not begin with the magic number eB9F of BTF");
    }

    private static void requireWithin(
            ByteReader reader, long at, String what, long offset, long length) {
        if (offset + length > reader.length()) {
            throw reader.malformed(
                    at,
                    what
                            + " should be "
                            + length
                            + " bytes from offset "
                            + offset
                            + ", but there are only "
                            + reader.length()
                            + "; the file is damaged or cut short");
        }
    }
}
