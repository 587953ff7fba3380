package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.NearestNames;
import dev.purebpf.fixtures.GoToolchain;
import dev.purebpf.fixtures.Oracle;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.FunctionLookup.Ambiguous;
import dev.purebpf.symbol.FunctionLookup.Found;
import dev.purebpf.symbol.FunctionLookup.Missing;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** Functions of real files; {@code nm} knows where they are. */
class UserSymbolsTest {
    @TempDir Path folder;

    @Test
    void eachVersionOfEachFunctionOfTheLibraryIsFound() throws Exception {
        Path libc = libc();
        int compared = 0;
        try (ElfFile elf = ElfFile.open(libc);
                UserSymbols symbols = UserSymbols.open(libc)) {
            for (String line : Oracle.ask("nm", "-D", "--defined-only", libc.toString())) {
                // 0000000000089380 T pthread_create@@GLIBC_2.34
                String[] parts = line.split(" +");
                if (parts[1].equals("T") || parts[1].equals("W")) {
                    long address = Long.parseUnsignedLong(parts[0], 16);
                    assertEquals(new Found(offset(elf, address)), symbols.find(parts[2]), line);
                    assertEquals(symbols.find(parts[2]), symbols.find(parts[2].replace("@@", "@")));
                    compared++;
                }
            }
            assertTrue(compared > 1000, compared + " compared");
            String newest = namedByNm(libc, "pthread_create@@");
            for (String version : List.of("@GLIBC_1.0", "@", "@@")) {
                var others =
                        assertInstanceOf(
                                FunctionLookup.OtherVersions.class,
                                symbols.find("pthread_create" + version));
                assertTrue(others.names().contains(newest), others.toString());
            }
            assertEquals(Missing.UNKNOWN, symbols.find("pthread_creat@GLIBC_1.0"));
            assertEquals(Missing.UNKNOWN, symbols.find("@GLIBC_1.0"));
            assertEquals(Missing.UNKNOWN, symbols.find("pthread_creat"));
            assertTrue(near(symbols, "pthread_creat").contains("pthread_create"));
        }
    }

    @Test
    void eachInstructionOfTheLibraryBelongsToOneOfTheFunctionsThere() throws Exception {
        Path libc = libc();
        Map<Long, Set<String>> names = new HashMap<>();
        Map<Long, Long> sizes = new HashMap<>();
        for (String line : Oracle.ask("nm", "-D", "-S", "--defined-only", libc.toString())) {
            // 0000000000089380 000000000000001c T pthread_create@@GLIBC_2.34
            String[] parts = line.split(" +");
            if (parts.length == 4 && Set.of("T", "W", "i", "t").contains(parts[2])) {
                long address = Long.parseUnsignedLong(parts[0], 16);
                names.computeIfAbsent(address, _ -> new HashSet<>()).add(parts[3].split("@")[0]);
                sizes.merge(address, Long.parseUnsignedLong(parts[1], 16), Math::max);
            }
        }
        assertTrue(names.size() > 1000, names.size() + " compared");
        // What was stripped from it may be here, too, and has more names.
        try (ElfFile elf = ElfFile.open(libc);
                UserSymbols symbols = UserSymbols.open(libc, folder)) {
            for (var entry : names.entrySet()) {
                long begin = offset(elf, entry.getKey());
                for (long at : new long[] {begin, begin + sizes.get(entry.getKey()) - 1}) {
                    UserFunction found = symbols.containing(at).orElseThrow();
                    assertEquals(begin, found.offset());
                    assertTrue(entry.getValue().contains(found.name()), entry + ": " + found);
                }
            }
            var malloc = assertInstanceOf(Found.class, symbols.find("malloc"));
            assertEquals("malloc", symbols.containing(malloc.offset()).orElseThrow().name());
            for (long outside : new long[] {0, -1, Long.MAX_VALUE, Files.size(libc)}) {
                assertEquals(Optional.empty(), symbols.containing(outside));
            }
        }
    }

    @Test
    void twoVersionsAtOnePlaceAreOneFunctionAndAtTwoPlacesAmbiguous() throws Exception {
        Path libc = libc();
        List<String> names = Oracle.ask("nm", "-D", "--defined-only", libc.toString());
        Assumptions.assumeTrue(
                names.stream().anyMatch(line -> line.endsWith(" T realpath@GLIBC_2.2.5")),
                "needs a glibc with two versions of realpath");
        try (UserSymbols symbols = UserSymbols.open(libc)) {
            assertInstanceOf(Found.class, symbols.find("pthread_create"));
            var several = assertInstanceOf(Ambiguous.class, symbols.find("realpath"));
            assertEquals(
                    Set.of("realpath@@GLIBC_2.3", "realpath@GLIBC_2.2.5"),
                    Set.copyOf(several.names()));
            assertEquals(Missing.INDIRECT, symbols.find("strlen"));
        }
    }

    @Test
    void programsOfAllFormsAreUnderstood() throws Exception {
        for (List<String> form :
                List.of(List.of("-pie", "-fPIE"), List.of("-no-pie"), List.of("-static"))) {
            Path program = compile(form.toArray(String[]::new));
            try (ElfFile elf = ElfFile.open(program);
                    UserSymbols symbols = UserSymbols.open(program)) {
                int compared = 0;
                for (String line : Oracle.ask("nm", "--defined-only", program.toString())) {
                    String[] parts = line.split(" +");
                    if (Set.of("triple", "main", "overridable").contains(parts[2])) {
                        long address = Long.parseUnsignedLong(parts[0], 16);
                        assertEquals(new Found(offset(elf, address)), symbols.find(parts[2]));
                        compared++;
                    }
                }
                assertEquals(3, compared);
                long[] family =
                        Stream.of("family_one", "family_two")
                                .map(name -> (Found) symbols.find(name))
                                .mapToLong(Found::offset)
                                .sorted()
                                .toArray();
                assertArrayEquals(family, symbols.find(new Glob("family_*")));
                assertEquals(
                        Stream.of("family_one", "family_two")
                                .map(
                                        name ->
                                                new UserFunction(
                                                        name,
                                                        ((Found) symbols.find(name)).offset()))
                                .toList(),
                        symbols.functions(new Glob("family_*")));
                assertEquals(Missing.UNKNOWN, symbols.find("sink"), "is a variable");
                if (!form.contains("-static")) {
                    assertEquals(Missing.IMPORTED, symbols.find("read"));
                }
            }
        }
    }

    private static String namedByNm(Path file, String start) throws Exception {
        return Oracle.ask("nm", "-D", "--defined-only", file.toString()).stream()
                .map(line -> line.split(" +")[2])
                .filter(name -> name.startsWith(start))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void strippedSymbolsAreReadFromTheFileThatTheBuildIdNames() throws Exception {
        Path program = compile("-no-pie", "-Wl,--build-id");
        Path debug = folder.resolve("symbols");
        Oracle.ask("objcopy", "--only-keep-debug", program.toString(), debug.toString());
        FunctionLookup expected;
        String id;
        try (ElfFile elf = ElfFile.open(program);
                UserSymbols symbols = UserSymbols.open(program)) {
            id = elf.buildId().orElseThrow();
            expected = assertInstanceOf(Found.class, symbols.find("triple"));
        }
        Oracle.ask("strip", program.toString());
        try (UserSymbols symbols = UserSymbols.open(program, folder)) {
            assertEquals(Missing.STRIPPED, symbols.find("triple"));
        }
        Path kept = folder.resolve(".build-id").resolve(id.substring(0, 2));
        Files.createDirectories(kept);
        Path found = Files.move(debug, kept.resolve(id.substring(2) + ".debug"));
        try (UserSymbols symbols = UserSymbols.open(program, folder)) {
            assertEquals(expected, symbols.find("triple"));
            assertEquals(2, symbols.find(new Glob("family_*")).length);
        }
        Files.copy(libc(), found, StandardCopyOption.REPLACE_EXISTING);
        try (UserSymbols symbols = UserSymbols.open(program, folder)) {
            assertEquals(Missing.STRIPPED, symbols.find("triple"), "of another file");
        }
    }

    /** As Fedora and openSUSE have them. */
    @Test
    void aSeparateFileMayBeCompressedWithZstd() throws Exception {
        Assumptions.assumeTrue(
                Oracle.ask("objcopy", "--help").stream().anyMatch(line -> line.contains("zstd")),
                "needs an objcopy that compresses with zstd (binutils 2.40)");
        for (String linking : List.of("-Wl,--build-id", "-Wl,--build-id=none")) {
            Path program = compile("-g", "-no-pie", linking);
            String id;
            long address;
            FunctionLookup expected;
            try (ElfFile elf = ElfFile.open(program);
                    UserSymbols symbols = UserSymbols.open(program)) {
                id = elf.buildId().orElse("");
                address = addressOf(elf, "triple");
                expected = assertInstanceOf(Found.class, symbols.find("triple"));
            }
            Path debug = folder.resolve("called.debug");
            Oracle.ask("objcopy", "--only-keep-debug", program.toString(), debug.toString());
            Oracle.ask("objcopy", "--compress-debug-sections=zstd", debug.toString());
            Oracle.ask("strip", program.toString());
            if (id.isEmpty()) {
                Oracle.ask("objcopy", "--add-gnu-debuglink=" + debug, program.toString());
            } else {
                Path kept = folder.resolve(".build-id").resolve(id.substring(0, 2));
                Files.createDirectories(kept);
                debug = Files.move(debug, kept.resolve(id.substring(2) + ".debug"));
            }
            try (UserSymbols symbols = UserSymbols.open(program, folder);
                    ElfFile elf = ElfFile.open(debug);
                    Dwarf dwarf = Dwarf.of(elf).orElseThrow()) {
                assertEquals(expected, symbols.find("triple"), linking);
                Section info = elf.section(".debug_info").orElseThrow();
                assertTrue(info.has(Section.COMPRESSED));
                assertEquals(2, info.reader().s32(0), "the number of zstd");
                Die function = dwarf.functionAt(address).orElseThrow();
                assertEquals("triple", function.name().orElseThrow());
            }
        }
    }

    @Test
    void strippedSymbolsAreReadFromTheFileThatIsLinked() throws Exception {
        Path program = compile("-no-pie", "-Wl,--build-id=none");
        FunctionLookup expected;
        try (UserSymbols symbols = UserSymbols.open(program)) {
            expected = assertInstanceOf(Found.class, symbols.find("triple"));
        }
        Path debug = folder.resolve("called.debug");
        Oracle.ask("objcopy", "--only-keep-debug", program.toString(), debug.toString());
        Oracle.ask("strip", program.toString());
        Oracle.ask("objcopy", "--add-gnu-debuglink=" + debug, program.toString());
        Path linked = Files.createSymbolicLink(folder.resolve("linked"), program);
        Path others = Files.createDirectory(folder.resolve("others"));
        Path atHome = others.resolve(Path.of("/").relativize(folder.toRealPath()));
        Files.createDirectories(atHome);
        Path hidden = Files.createDirectory(folder.resolve(".debug"));
        for (Path place : List.of(folder, hidden, atHome)) {
            debug = Files.move(debug, place.resolve("called.debug"));
            for (Path path : List.of(program, linked)) {
                try (UserSymbols symbols = UserSymbols.open(path, others)) {
                    assertEquals(expected, symbols.find("triple"), debug.toString());
                }
            }
        }
        Files.write(debug, new byte[] {0}, StandardOpenOption.APPEND);
        try (UserSymbols symbols = UserSymbols.open(program, others)) {
            assertEquals(Missing.STRIPPED, symbols.find("triple"), "of another file");
        }
    }

    @Test
    void aStrippedGoProgramStillHasItsFunctions() throws Exception {
        String source =
                """
                package main

                import "os"

                //go:noinline
                func triple(number int) int { return 3 * number }

                func main() { os.Exit(triple(len(os.Args)) - 3) }
                """;
        for (GoToolchain go : GoToolchain.all()) {
            for (String form : List.of("-buildmode=exe", "-buildmode=pie")) {
                Path named = go.build(folder, "amd64", source, form, "-ldflags=-w");
                Path stripped = go.build(folder, "amd64", source, form, "-ldflags=-s -w");
                try (UserSymbols expected = UserSymbols.open(named);
                        UserSymbols symbols = UserSymbols.open(stripped)) {
                    var triple = assertInstanceOf(Found.class, symbols.find("main.triple"));
                    assertEquals(expected.find("main.triple"), triple);
                    assertArrayEquals(
                            new long[] {triple.offset()}, symbols.find(new Glob("main.tri*")));
                    assertEquals(
                            Optional.of(new UserFunction("main.triple", triple.offset())),
                            symbols.containing(triple.offset() + 1));
                    assertTrue(symbols.find(new Glob("runtime.*")).length > 100);
                    assertEquals(Missing.UNKNOWN, symbols.find("main.tripel"));
                    assertTrue(near(symbols, "main.tripel").contains("main.triple"));
                }
            }
        }
    }

    @Test
    void whatIsNoElfFileIsMalformed() throws IOException {
        Path script = Files.writeString(folder.resolve("script"), "#!/bin/sh\necho\n");
        assertThrows(MalformedObjectException.class, () -> UserSymbols.open(script));
        assertThrows(IOException.class, () -> UserSymbols.open(folder.resolve("nothing")));
    }

    @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
    void damagedLibrariesAreNoSurprise(@ForAll long seed) throws IOException {
        Path library = BinaryPath.find(Kernel.host(), "libdl.so.2").orElseThrow();
        byte[] bytes = Files.readAllBytes(library);
        var random = new Random(seed);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            bytes[at] = (byte) (random.nextBoolean() ? 0xff : random.nextInt());
        }
        if (random.nextInt(8) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        }
        try (UserSymbols symbols = UserSymbols.of("damaged", bytes)) {
            symbols.find("dlopen");
            symbols.find("dlsym@GLIBC_2.2.5");
            symbols.find(new Glob("dl*"));
            near(symbols, "dlopen");
        } catch (MalformedObjectException e) {
            assertEquals("damaged", e.file());
        }
    }

    static long addressOf(ElfFile elf, String function) {
        for (Symbol symbol : elf.symbols()) {
            if (symbol.name().equals(function)) {
                return symbol.value();
            }
        }
        throw new AssertionError("no symbol " + function);
    }

    private Path compile(String... options) throws Exception {
        Path source = folder.resolve("called.c");
        try (InputStream in =
                UserSymbolsTest.class.getResourceAsStream("/dev/purebpf/probe/called.c")) {
            Files.copy(in, source, StandardCopyOption.REPLACE_EXISTING);
        }
        Path program = folder.resolve("called");
        var arguments = new ArrayList<>(List.of("-O1"));
        arguments.addAll(List.of(options));
        arguments.addAll(List.of("-o", program.toString(), source.toString()));
        Oracle.ask("cc", arguments.toArray(String[]::new));
        return program;
    }

    private static Path libc() {
        return BinaryPath.find(Kernel.host(), "libc.so.6").orElseThrow();
    }

    /** By the sections, other than by the segments. */
    private static long offset(ElfFile elf, long address) {
        for (Section section : elf.sections()) {
            if (section.has(Section.ALLOC)
                    && address >= section.address()
                    && address < section.address() + section.size()) {
                long offset = address - section.address() + section.offset();
                assertEquals(offset, elf.fileOffset(address).orElseThrow());
                return offset;
            }
        }
        throw new AssertionError("no section has 0x" + Long.toHexString(address));
    }

    private static List<String> near(UserSymbols symbols, String name) {
        NearestNames near = NearestNames.ofLengthLike(name);
        symbols.addFunctions(near);
        return near.toList();
    }
}
