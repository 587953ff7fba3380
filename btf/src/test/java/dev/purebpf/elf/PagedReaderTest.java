package dev.purebpf.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.MalformedObjectException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.function.Function;

/** A reader that copies what it needs says what one says that has copied everything. */
class PagedReaderTest {
    private static final int LARGE = 9 << 20;

    @Property(tries = 50, shrinking = ShrinkingMode.OFF)
    void aLargeSectionReadsAsIfItWereCopied(@ForAll long seed) {
        var random = new Random(seed);
        byte[] content = new byte[LARGE];
        random.nextBytes(content);
        // Some strings without an end for long.
        int from = random.nextInt(LARGE - 100_000);
        for (int i = from; i < from + 80_000; i++) {
            content[i] |= 1;
        }
        try (ElfFile file = file(content)) {
            Section section = file.section(1);
            PagedReader paged = section.paged();
            ByteReader copied = section.reader();
            assertEquals(copied.length(), paged.length());
            for (int i = 0; i < 300; i++) {
                long offset =
                        switch (random.nextInt(4)) {
                            case 0 -> LARGE - random.nextInt(20);
                            case 1 -> 4096L * random.nextInt(LARGE / 4096) - random.nextInt(20);
                            case 2 -> from + random.nextInt(80_000);
                            default -> random.nextInt(LARGE);
                        };
                same(copied, paged, reader -> reader.u8(offset), reader -> reader.u8(offset));
                same(copied, paged, reader -> reader.u16(offset), reader -> reader.u16(offset));
                same(copied, paged, reader -> reader.s32(offset), reader -> reader.s32(offset));
                same(copied, paged, reader -> reader.u32(offset), reader -> reader.u32(offset));
                same(copied, paged, reader -> reader.s64(offset), reader -> reader.s64(offset));
                int limit = random.nextInt(100_000);
                same(
                        copied,
                        paged,
                        reader -> reader.string(offset, limit),
                        reader -> reader.string(offset, limit));
                byte[] prefix = new byte[random.nextInt(6)];
                if (offset >= 0 && offset + prefix.length <= LARGE) {
                    System.arraycopy(content, (int) offset, prefix, 0, prefix.length);
                }
                same(
                        copied,
                        paged,
                        reader -> reader.startsWith(offset, prefix),
                        reader -> reader.startsWith(offset, prefix));
                long size = random.nextInt(10_000);
                long within = random.nextInt(10_000);
                same(
                        copied,
                        paged,
                        reader -> reader.slice(offset, size).u16(within),
                        reader -> reader.slice(offset, size).u16(within));
            }
        }
    }

    @Test
    void aSectionThatIsNotInTheFileIsRefused() {
        byte[] bytes = bytes(new byte[100]);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(64 + 64 + 32, Long.MAX_VALUE);
        try (ElfFile file = ElfFile.of("cut", bytes)) {
            var e = assertThrows(MalformedObjectException.class, () -> file.section(1).paged());
            assertTrue(e.getMessage().contains("are not there"), e::getMessage);
        }
    }

    private static void same(
            ByteReader copied,
            PagedReader paged,
            Function<ByteReader, Object> expected,
            Function<PagedReader, Object> actual) {
        assertEquals(answer(copied, expected), answer(paged, actual));
    }

    /** {@return what a reader says, be it a refusal} */
    private static <R> Object answer(R reader, Function<R, Object> question) {
        try {
            return question.apply(reader);
        } catch (MalformedObjectException e) {
            return e.getMessage();
        }
    }

    private static ElfFile file(byte[] content) {
        return ElfFile.of("large", bytes(content));
    }

    /** A file of two sections, of which the second has the content. */
    private static byte[] bytes(byte[] content) {
        ByteBuffer file =
                ByteBuffer.allocate(64 + 2 * 64 + content.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
        file.putLong(40, 64).putShort(58, (short) 64).putShort(60, (short) 2);
        file.putInt(128 + 4, Section.PROGBITS).putLong(128 + 24, 192);
        file.putLong(128 + 32, content.length);
        file.put(192, content);
        return file.array();
    }
}
