package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.Oracle;
import dev.purebpf.kernel.Kernel;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Notes of Debian's files and of programs made here; {@code readelf} and {@code nm} know. */
class UsdtProbeTest {
    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"libstdc++.so.6", "/usr/bin/python3"})
    void theNotesOfDebiansFilesAreThoseThatReadelfShows(String file) throws Exception {
        Path path = BinaryPath.find(Kernel.host(), file).orElse(null);
        assumeTrue(path != null, "needs " + file);
        List<String> expected = new ArrayList<>();
        String provider = "";
        String name = "";
        String location = "";
        for (String line : Oracle.ask("readelf", "-n", path.toString())) {
            // Provider: libc / Name: setjmp / Location: 0x…, Base: 0x…, Semaphore: 0x… / Arguments:
            String text = line.strip();
            if (text.startsWith("Provider: ")) {
                provider = text.substring(10);
            } else if (text.startsWith("Name: ")) {
                name = text.substring(6);
            } else if (text.startsWith("Location: ")) {
                location = text.substring(12, text.indexOf(','));
            } else if (text.startsWith("Arguments:")) {
                long address = Long.parseUnsignedLong(location, 16);
                expected.add(
                        provider + ":" + name + " " + address + " " + text.substring(10).strip());
            }
        }
        assumeTrue(!expected.isEmpty(), "needs " + file + " with USDT probes");
        try (ElfFile elf = ElfFile.open(path)) {
            List<UsdtProbe> probes = UsdtProbe.of(elf);
            assertEquals(
                    expected,
                    probes.stream()
                            .map(
                                    p ->
                                            p.provider()
                                                    + ":"
                                                    + p.name()
                                                    + " "
                                                    + p.address()
                                                    + " "
                                                    + p.arguments())
                            .toList());
            for (UsdtProbe probe : probes) {
                UsdtArgument.parse(probe.arguments(), Kernel.host().architecture());
            }
        }
    }

    @Test
    void theCounterIsWhereTheSymbolSays() throws Exception {
        Path program = compile("-pie");
        try (ElfFile file = ElfFile.open(program)) {
            UsdtProbe probe = named(file, "listened");
            int index = file.symbols().next(0, Symbol.OBJECT, "listened_semaphore".getBytes());
            long address = file.symbols().get(index).value();
            assertEquals(file.fileOffset(address).orElseThrow(), probe.semaphore());
            assertEquals(0, named(file, "plain").semaphore());
            assertEquals("", named(file, "plain").arguments());
        }
    }

    /** As prelink does, which moves sections and leaves notes. */
    @Test
    void whereTheBaseWentThePlacesWentToo() throws Exception {
        Path program = compile("-no-pie");
        Path moved = folder.resolve("moved");
        Oracle.ask(
                "objcopy",
                "--change-section-address",
                ".stapsdt.base+1",
                program.toString(),
                moved.toString());
        try (ElfFile before = ElfFile.open(program);
                ElfFile after = ElfFile.open(moved)) {
            assertEquals(named(before, "plain").address() + 1, named(after, "plain").address());
            assertEquals(
                    named(before, "listened").semaphore() + 1,
                    named(after, "listened").semaphore());
        }
    }

    @Test
    void aPlaceOutsideOfTheCodeIsMalformed() throws Exception {
        Path program = compile("-no-pie");
        Path moved = folder.resolve("moved");
        Oracle.ask(
                "objcopy",
                "--change-section-address",
                ".stapsdt.base+0x10000000",
                program.toString(),
                moved.toString());
        try (ElfFile file = ElfFile.open(moved)) {
            var e = assertThrows(MalformedObjectException.class, () -> UsdtProbe.of(file));
            assertTrue(e.getMessage().contains("where the file has no code"), e.getMessage());
        }
    }

    @Property(tries = 1000, shrinking = ShrinkingMode.OFF)
    void damagedNotesAreNoSurprise(@ForAll long seed) throws IOException {
        Path library = BinaryPath.find(Kernel.host(), "libstdc++.so.6").orElse(null);
        assumeTrue(library != null, "needs libstdc++.so.6");
        byte[] bytes = Files.readAllBytes(library);
        var random = new Random(seed);
        int[] from = notes(bytes);
        assumeTrue(from.length > 0, "needs a libstdc++ with USDT probes");
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = from[0] + random.nextInt(from[1]);
            bytes[at] = (byte) (random.nextBoolean() ? 0xff : random.nextInt());
        }
        if (random.nextInt(8) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        }
        try (ElfFile file = ElfFile.of("damaged", bytes)) {
            UsdtProbe.of(file);
        } catch (MalformedObjectException e) {
            assertEquals("damaged", e.file());
        }
    }

    private static int[] notes(byte[] bytes) {
        try (ElfFile file = ElfFile.of("whole", bytes)) {
            return file.section(".note.stapsdt")
                    .map(section -> new int[] {(int) section.offset(), (int) section.size()})
                    .orElse(new int[0]);
        }
    }

    private static UsdtProbe named(ElfFile file, String name) {
        return UsdtProbe.of(file).stream()
                .filter(probe -> probe.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Path compile(String form) throws Exception {
        Path source = folder.resolve("marked.c");
        try (var in = UsdtProbeTest.class.getResourceAsStream("/dev/purebpf/probe/marked.c")) {
            Files.copy(in, source);
        }
        Path program = folder.resolve("marked");
        Oracle.ask("cc", "-O1", form, "-o", program.toString(), source.toString());
        return program;
    }
}
