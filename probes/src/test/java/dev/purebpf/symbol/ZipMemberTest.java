package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.MalformedObjectException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Members of zip files that Java's own writer made. */
class ZipMemberTest {
    private static final byte[] CONTENT = "the bytes of a library".getBytes();
    private static final String COMMENT = "of a test";

    @TempDir Path folder;

    @Test
    void whatIsStoredLiesThereAsItIs() throws IOException {
        Path archive = write(zip());
        ZipMember member = ZipMember.find(archive, "lib/stored.so").orElseThrow();
        assertTrue(member.stored());
        assertEquals(CONTENT.length, member.size());
        assertArrayEquals(CONTENT, member.bytes());
        byte[] there =
                Arrays.copyOfRange(
                        Files.readAllBytes(archive),
                        (int) member.offset(),
                        (int) (member.offset() + member.size()));
        assertArrayEquals(CONTENT, there);
    }

    @Test
    void whatIsCompressedIsFoundAsSuch() throws IOException {
        assertFalse(ZipMember.find(write(zip()), "lib/packed.so").orElseThrow().stored());
    }

    @Test
    void aMemberIsMeantByItsWholePath() throws IOException {
        Path archive = write(zip());
        for (String name : new String[] {"stored.so", "lib", "/lib/stored.so", "lib/stored.so2"}) {
            assertEquals(Optional.empty(), ZipMember.find(archive, name), name);
        }
    }

    @Test
    void aCommentMayLookLikeTheEnd() throws IOException {
        byte[] zip = zip("PK\005\006 and no more");
        assertTrue(ZipMember.find(write(zip), "lib/stored.so").isPresent());
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        for (byte[] bytes : new byte[][] {{}, CONTENT, Arrays.copyOf(zip(), 200)}) {
            Path file = write(bytes);
            var e =
                    assertThrows(
                            MalformedObjectException.class, () -> ZipMember.find(file, "lib/x"));
            assertTrue(e.getMessage().contains("not a zip file"), e.getMessage());
        }
        byte[] large = zip();
        large[large.length - COMMENT.length() - 22 + 10] = (byte) 0xff;
        large[large.length - COMMENT.length() - 22 + 11] = (byte) 0xff;
        Path file = write(large);
        var e = assertThrows(MalformedObjectException.class, () -> ZipMember.find(file, "lib/x"));
        assertTrue(e.getMessage().contains("zip64 is not read"), e.getMessage());
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void damagedArchivesAreNoSurprise(@ForAll long seed) throws IOException {
        var random = new Random(seed);
        byte[] bytes = zip();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            bytes[at] = (byte) (random.nextBoolean() ? 0xff : random.nextInt());
        }
        if (random.nextInt(8) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        }
        Path file = Files.createTempFile("damaged", ".zip");
        try {
            Files.write(file, bytes);
            Optional<ZipMember> member = ZipMember.find(file, "lib/stored.so");
            if (member.isPresent()) {
                assertEquals(member.get().size(), member.get().bytes().length);
            }
        } catch (MalformedObjectException e) {
            assertEquals(file.toString(), e.file());
        } finally {
            Files.delete(file);
        }
    }

    private static byte[] zip() throws IOException {
        return zip(COMMENT);
    }

    private static byte[] zip(String comment) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("lib/packed.so"));
            zip.write(CONTENT);
            var stored = new ZipEntry("lib/stored.so");
            stored.setMethod(ZipEntry.STORED);
            stored.setSize(CONTENT.length);
            var sum = new CRC32();
            sum.update(CONTENT);
            stored.setCrc(sum.getValue());
            zip.putNextEntry(stored);
            zip.write(CONTENT);
            zip.setComment(comment);
        }
        return bytes.toByteArray();
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("test.zip"), bytes);
    }
}
