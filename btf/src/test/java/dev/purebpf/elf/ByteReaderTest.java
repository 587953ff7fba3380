package dev.purebpf.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.MalformedObjectException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.ByteRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

class ByteReaderTest {
    private static ByteReader reader(int... bytes) {
        byte[] array = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            array[i] = (byte) bytes[i];
        }
        return ByteReader.of("file.o", ".text", array, ByteOrder.LITTLE_ENDIAN);
    }

    @Property
    void readsWhatAByteBufferReads(
            @ForAll @Size(min = 8, max = 24) byte[] bytes,
            @ForAll @IntRange(max = 16) int at,
            @ForAll boolean little) {
        int offset = Math.min(at, bytes.length - 8);
        ByteOrder order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ByteBuffer expected = ByteBuffer.wrap(bytes).order(order);
        ByteReader reader = ByteReader.of("file.o", null, bytes, order);
        assertEquals(expected.get(offset) & 0xff, reader.u8(offset));
        assertEquals(expected.getShort(offset) & 0xffff, reader.u16(offset));
        assertEquals(expected.getInt(offset), reader.s32(offset));
        assertEquals(Integer.toUnsignedLong(expected.getInt(offset)), reader.u32(offset));
        assertEquals(expected.getLong(offset), reader.s64(offset));
        assertEquals(order, reader.order());
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                -1,
                1,
                8,
                Integer.MAX_VALUE,
                1L << 31,
                (1L << 32) - 4,
                1L << 32,
                Long.MAX_VALUE,
                Long.MIN_VALUE
            })
    void refusesEveryOffsetOutside(long offset) {
        ByteReader reader = reader(1, 2, 3, 4);
        assertThrows(MalformedObjectException.class, () -> reader.s32(offset));
        assertThrows(MalformedObjectException.class, () -> reader.bytes(offset, 4));
        assertThrows(
                MalformedObjectException.class, () -> reader.bytes(0, offset == 1 ? 5 : offset));
        assertThrows(MalformedObjectException.class, () -> reader.slice(offset, 4));
    }

    @Property
    void findsTheFirstZero(
            @ForAll @Size(max = 24) List<@ByteRange(min = 0, max = 2) Byte> bytes,
            @ForAll @IntRange(max = 24) int from,
            @ForAll @IntRange(max = 24) int size) {
        byte[] array = new byte[bytes.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = bytes.get(i);
        }
        ByteReader reader = ByteReader.of("file.o", null, array, ByteOrder.LITTLE_ENDIAN);
        if (from + size > array.length) {
            assertThrows(MalformedObjectException.class, () -> reader.beforeZero(from, size));
        } else {
            assertEquals(
                    bytes.subList(from, from + size).indexOf((byte) 0),
                    reader.beforeZero(from, size));
        }
    }

    @Test
    void namesFileSectionAndOffset() {
        var e = assertThrows(MalformedObjectException.class, () -> reader(1, 2, 3).s32(16));
        assertEquals("file.o", e.file());
        assertEquals(".text", e.section());
        assertEquals(16, e.offset());
        assertTrue(
                e.getMessage().startsWith("file.o: section .text, offset 0x10: "), e.getMessage());
    }

    @Test
    void aSliceCountsFromItsOwnStartAndBlamesTheSections() {
        ByteReader slice = reader(1, 2, 3, 4, 5, 6).slice(2, 3);
        assertEquals(3, slice.length());
        assertEquals(3, slice.u8(0));
        assertArrayEquals(new byte[] {4, 5}, slice.bytes(1, 2));
        var e = assertThrows(MalformedObjectException.class, () -> slice.u8(3));
        assertEquals(5, e.offset());
    }

    @Test
    void stringsEndBeforeTheZeroByte() {
        ByteReader reader = reader('a', 'b', 0, 0xc3, 0xa4, 0, 'x');
        assertEquals("ab", reader.string(0));
        assertEquals("b", reader.string(1));
        assertEquals("", reader.string(2));
        assertEquals("ä", reader.string(3));
        assertThrows(MalformedObjectException.class, () -> reader.string(6));
        assertThrows(MalformedObjectException.class, () -> reader.string(7));
    }

    @Test
    void stringsHaveALimit() {
        byte[] bytes = new byte[ByteReader.MAX_STRING + 2];
        Arrays.fill(bytes, 0, bytes.length - 1, (byte) 'x');
        ByteReader reader = ByteReader.of("f", "s", bytes, ByteOrder.LITTLE_ENDIAN);
        assertThrows(MalformedObjectException.class, () -> reader.string(0));
        assertEquals(ByteReader.MAX_STRING, reader.string(1).length());
        assertEquals(3, reader.string(bytes.length - 4, 3).length());
        assertThrows(MalformedObjectException.class, () -> reader.string(bytes.length - 5, 3));
    }
}
