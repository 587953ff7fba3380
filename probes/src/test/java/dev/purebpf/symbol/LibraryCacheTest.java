package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.Oracle;
import dev.purebpf.kernel.Architecture;
import dev.purebpf.kernel.Kernel;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@code ldconfig} wrote for the loader; {@code ldconfig -p} reads it. */
class LibraryCacheTest {
    private static final Architecture ARCHITECTURE = Kernel.host().architecture();

    @TempDir Path folder;

    @Test
    void allLibrariesOfThisMachineAreWhereItSays() throws Exception {
        byte[] cache = cache();
        String kind = ARCHITECTURE == Architecture.X86_64 ? "(libc6,x86-64)" : "(libc6,AArch64)";
        // libz.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libz.so.1
        Map<String, String> first = new HashMap<>();
        for (String line : Oracle.ask("ldconfig", "-p")) {
            String[] words = line.strip().split(" ");
            if (words.length == 4 && words[1].equals(kind)) {
                first.putIfAbsent(words[0], words[3]);
            }
        }
        assertTrue(first.size() > 10, first.toString());
        first.forEach(
                (name, path) ->
                        assertEquals(
                                Optional.of(Path.of(path)),
                                LibraryCache.find(cache, ARCHITECTURE, name)));
        assertEquals(Optional.empty(), LibraryCache.find(cache, ARCHITECTURE, "libnosuch.so.1"));
        assertEquals(Optional.empty(), LibraryCache.find(cache, ARCHITECTURE, "libc.so"));
    }

    @Test
    void aLibraryInAnotherFolderIsFoundByItsName() throws Exception {
        Path library = library();
        byte[] cache = cacheOfFolder();
        String name = library.getFileName().toString();
        assertEquals(Optional.of(library), LibraryCache.find(cache, ARCHITECTURE, name));
        assertEquals(Optional.empty(), LibraryCache.find(cache, other(), name));
    }

    @Test
    void aCacheForOldLoadersIsPassedOver() throws Exception {
        Path library = library();
        byte[] cache = cacheOfFolder();
        for (int libraries : new int[] {0, 1, 2}) {
            int old = 16 + 12 * libraries;
            ByteBuffer both =
                    ByteBuffer.allocate((old + 7) / 8 * 8 + cache.length)
                            .order(ByteOrder.nativeOrder());
            both.put("ld.so-1.7.0\0".getBytes(StandardCharsets.US_ASCII)).putInt(libraries);
            both.position((old + 7) / 8 * 8).put(cache);
            assertEquals(
                    Optional.of(library),
                    LibraryCache.find(
                            both.array(), ARCHITECTURE, library.getFileName().toString()));
        }
    }

    @Test
    void whatIsNoCacheIsRefused() {
        for (String text : List.of("", "glibc-ld.so.cache", "glibc-ld.so.cache1.0", "\177ELF")) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            assertThrows(
                    MalformedObjectException.class,
                    () -> LibraryCache.find(bytes, ARCHITECTURE, "libc.so.6"));
        }
    }

    @Property(tries = 1000)
    void damageIsRefusedOrNothingIsFound(
            @ForAll int at, @ForAll byte value, @ForAll @IntRange(max = 1 << 16) int cut)
            throws IOException {
        byte[] cache = cache();
        byte[] damaged = Arrays.copyOf(cache, Math.max(64, cache.length - cut));
        damaged[Math.floorMod(at, damaged.length)] = value;
        try {
            LibraryCache.find(damaged, ARCHITECTURE, "libnosuch.so.1");
            LibraryCache.find(damaged, ARCHITECTURE, "libc.so.6");
        } catch (MalformedObjectException e) {
            assertTrue(e.getMessage() != null);
        }
    }

    private Path library() throws Exception {
        Path library = folder.resolve("libpurebpftest.so.1");
        Path source = Files.writeString(folder.resolve("test.c"), "int f(void) { return 1; }\n");
        String soname = "-Wl,-soname," + library.getFileName();
        Oracle.ask("gcc", "-shared", "-fPIC", soname, "-o", library.toString(), source.toString());
        return library;
    }

    private byte[] cacheOfFolder() throws Exception {
        Path file = folder.resolve("cache");
        Path folders = Files.writeString(folder.resolve("conf"), folder + "\n");
        Oracle.ask("ldconfig", "-X", "-C", file.toString(), "-f", folders.toString());
        return Files.readAllBytes(file);
    }

    private static Architecture other() {
        return ARCHITECTURE == Architecture.X86_64 ? Architecture.AARCH64 : Architecture.X86_64;
    }

    private static byte[] cache() throws IOException {
        Path cache = Path.of(LibraryCache.FILE);
        assumeTrue(Files.isReadable(cache), "needs the loader's cache (ldconfig of glibc)");
        return Files.readAllBytes(cache);
    }
}
