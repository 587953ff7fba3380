package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.ProcessMaps.Mapping;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

class ProcessMapsTest {
    private static final int SELF = (int) ProcessHandle.current().pid();

    private static final String TEXT =
            """
            55d0c8a00000-55d0c8a01000 r--p 00000000 08:01 4711                       /opt/a b/prog (deleted)
            55d0c8a01000-55d0c8a02000 r-xp 00001000 08:01 4711                       /opt/a b/prog (deleted)
            55d0c9000000-55d0c9021000 rw-p 00000000 00:00 0                          [heap]
            7f12c0026000-7f12c017a000 r-xp 00026000 08:01 815                        /usr/lib/libc.so.6
            7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0
            ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
            """;

    @TempDir Path folder;

    @Test
    void eachLineIsAMapping() {
        ProcessMaps maps = ProcessMaps.parse(7, TEXT);
        assertEquals(6, maps.mappings().size());
        var code =
                new Mapping(
                        0x55d0c8a01000L,
                        0x55d0c8a02000L,
                        true,
                        0x1000,
                        4711,
                        "/opt/a b/prog",
                        true);
        assertEquals(code, maps.mappings().get(1));
        assertEquals("", maps.mappings().get(4).path());
        assertEquals(0xffffffffff600000L, maps.mappings().getLast().start());
        assertEquals(Optional.of(code), maps.code("prog"));
        assertEquals(Optional.of(code), maps.code("/opt/a b/prog"));
        assertEquals(Optional.empty(), maps.code("rog"));
        assertEquals(Optional.empty(), maps.code("[vsyscall]"));
        assertEquals(Path.of("/proc/7/map_files/55d0c8a01000-55d0c8a02000"), maps.open(code));
    }

    /** As of a file system in layers, for who may not look at what is mapped. */
    @Test
    void ofAnotherInodeThePathIsTakenIfNothingElseIsToBeHad() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        var mapping = new Mapping(0x1000, 0x2000, true, 0, 4711, file.toString(), false);
        Path opened = new ProcessMaps(SELF, List.of(mapping)).open(mapping);
        assertTrue(Files.isSameFile(file, opened), opened::toString);
    }

    @Test
    void anAddressLiesInOneMappingOrNone() {
        ProcessMaps maps = ProcessMaps.parse(7, TEXT);
        for (Mapping mapping : maps.mappings()) {
            assertEquals(Optional.of(mapping), maps.containing(mapping.start()));
            assertEquals(Optional.of(mapping), maps.containing(mapping.end() - 1));
        }
        for (long address : new long[] {0, 0x55d0c89fffffL, 0x55d0c8a02000L, -1, -4096}) {
            assertEquals(Optional.empty(), maps.containing(address));
        }
    }

    @Property
    void anyTextIsRead(@ForAll String text, @ForAll int length) {
        ProcessMaps.parse(1, text).containing(length);
        String cut = TEXT.substring(0, Math.floorMod(length, TEXT.length()));
        assertTrue(ProcessMaps.parse(1, cut + text).mappings().size() <= 7);
    }

    @Test
    void whatThisProcessHasMappedIsFoundByItsName() throws IOException {
        Path libc = BinaryPath.find(Kernel.host(), "libc.so.6", SELF).orElseThrow();
        assertTrue(
                Files.isSameFile(libc, BinaryPath.find(Kernel.host(), "libc.so.6").orElseThrow()));
        assertThrows(IOException.class, () -> BinaryPath.find(Kernel.host(), "libc.so.6", 1 << 30));
    }

    @Test
    void aPathIsTakenAsItIsAndANameIsSearched() throws IOException {
        Path file = Files.createFile(folder.resolve("program"));
        assertEquals(Optional.of(file), BinaryPath.find(Kernel.host(), file.toString()));
        assertEquals(Optional.of(file), BinaryPath.find(Kernel.host(), file.toString(), SELF));
        assertEquals(Optional.empty(), BinaryPath.find(Kernel.host(), file + "x"));
        assertEquals(Optional.empty(), BinaryPath.find(Kernel.host(), file + "x", SELF));
        assertTrue(Files.isExecutable(BinaryPath.find(Kernel.host(), "sh").orElseThrow()));
        assertFalse(BinaryPath.find(Kernel.host(), "no-such-program").isPresent());
    }

    @Test
    void absoluteLinksStayInTheRootOfTheProcess() throws IOException {
        Path target = Files.createDirectories(folder.resolve("usr/lib")).resolve("libc.so.6");
        Files.createFile(target);
        Files.createSymbolicLink(folder.resolve("lib"), Path.of("/usr/lib"));
        Files.createSymbolicLink(folder.resolve("lib64"), Path.of("usr/../lib"));
        Files.createSymbolicLink(folder.resolve("up"), Path.of("../../.."));
        Files.createSymbolicLink(folder.resolve("loop"), Path.of("/loop"));
        for (String path : List.of("/lib/libc.so.6", "/lib64/libc.so.6", "/up/lib/libc.so.6")) {
            assertEquals(target, ProcessRoot.follow(folder, Path.of(path)), path);
        }
        assertEquals(folder.resolve("loop"), ProcessRoot.follow(folder, Path.of("/loop")));
        assertEquals(folder.resolve("no/file"), ProcessRoot.follow(folder, Path.of("/no/file")));
    }
}
