package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;

class WholeFileTest {
    @TempDir Path folder;

    /** Around the pieces in which it is read. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096, 8191, 8192, 8193, 16_384, 100_000})
    void allBytesAreRead(int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        Path file = Files.write(folder.resolve("file"), bytes);
        assertArrayEquals(bytes, WholeFile.read(file.toString()));
    }

    @Test
    void aFileOfProcIsLongerThanItsSizeSays() throws IOException {
        String symbols = "/proc/kallsyms";
        assertEquals(0, Files.size(Path.of(symbols)));
        byte[] bytes = WholeFile.read(symbols);
        assertTrue(bytes.length > 100_000, bytes.length + " bytes");
        assertArrayEquals(Files.readAllBytes(Path.of(symbols)), bytes);
    }

    @Test
    void aFileOfSysIsOftenShorter() throws IOException {
        Path file = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
        assumeTrue(Files.isReadable(file), "needs " + file);
        assertEquals(4096, Files.size(file));
        String text = new String(WholeFile.read(file.toString()), StandardCharsets.US_ASCII);
        assertTrue(text.endsWith("\n"), text);
    }

    @Test
    void theKernelsTypesAreReadAsTheyAre() throws IOException {
        Path file = Path.of(KernelBtf.LIVE);
        assumeTrue(Files.isReadable(file), "needs " + file);
        assertArrayEquals(Files.readAllBytes(file), WholeFile.read(file.toString()));
    }

    @Test
    void whatIsNotThereIsToldAsSuch() {
        String none = folder.resolve("none").toString();
        var e = assertThrows(NoSuchFileException.class, () -> WholeFile.read(none));
        assertEquals(none, e.getFile());
    }

    @Test
    void aFolderIsNoFile() {
        assertThrows(IOException.class, () -> WholeFile.read(folder.toString()));
    }
}
