package dev.purebpf.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.error.MalformedObjectException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

class ElfFileTest {
    @TempDir Path folder;

    private static ElfFile fixture(String name) {
        return ElfFile.of(name, Fixtures.little(name));
    }

    @Test
    void readsTheHeaderOfABpfObject() {
        try (ElfFile elf = fixture("maps")) {
            assertTrue(elf.is64());
            assertEquals(ByteOrder.LITTLE_ENDIAN, elf.byteOrder());
            assertEquals(ElfFile.RELOCATABLE, elf.type());
            assertEquals(ElfFile.MACHINE_BPF, elf.machine());
            assertEquals(List.of(), elf.segments());
            assertEquals(List.of(), elf.dynamicSymbols());
            assertEquals("maps", elf.name());
        }
    }

    @Test
    void findsSectionsByNameAndIndex() {
        try (ElfFile elf = fixture("globals")) {
            Section license = elf.section("license").orElseThrow();
            assertEquals("Dual BSD/GPL\0", new String(license.bytes(), StandardCharsets.US_ASCII));
            assertEquals(license, elf.section(license.index()));
            assertEquals(license.size(), license.reader().length());
            assertTrue(license.has(Section.ALLOC | Section.WRITE));
            assertFalse(license.has(Section.EXECINSTR));
            assertArrayEquals("BSD".getBytes(StandardCharsets.US_ASCII), license.bytes(5, 3));
            assertTrue(elf.section("no such section").isEmpty());
            assertTrue(elf.section("").isEmpty(), "section 0 is no section");
            assertThrows(MalformedObjectException.class, () -> elf.section(-1));
            assertThrows(MalformedObjectException.class, () -> elf.section(1000));
        }
    }

    @Test
    void sectionsWithoutBytesHaveASizeOnly() {
        try (ElfFile elf = fixture("globals")) {
            Section bss = elf.section(".bss").orElseThrow();
            assertEquals(Section.NOBITS, bss.type());
            assertEquals(40, bss.size());
            assertEquals(0, bss.bytes().length);
        }
    }

    @Test
    void followsRelocationsToTheirSymbols() {
        try (ElfFile elf = fixture("maps")) {
            Section relocations = elf.section(".relraw_tp/sys_enter").orElseThrow();
            assertEquals("raw_tp/sys_enter", elf.section(relocations.info()).name());
            List<String> targets =
                    elf.relocations(relocations).stream()
                            .map(r -> elf.symbol(r.symbolIndex()).name() + " " + r.type())
                            .toList();
            assertEquals(List.of("hash 1", "array 1", "programs 1"), targets);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> elf.relocations(elf.section("license").orElseThrow()));
        }
    }

    @Test
    void tellsBindingTypeAndSectionOfSymbols() {
        try (ElfFile elf = fixture("weak")) {
            Symbol function = symbol(elf, "overridable");
            assertEquals(Symbol.WEAK, function.binding());
            assertEquals(Symbol.FUNCTION, function.type());
            assertEquals(".text", elf.section(function.sectionIndex()).name());
            Symbol extern = symbol(elf, "no_such_symbol");
            assertEquals(Symbol.UNDEFINED, extern.sectionIndex());
            assertEquals(Symbol.NO_TYPE, extern.type());
            assertEquals(Symbol.OBJECT, symbol(elf, "version").type());
            assertThrows(MalformedObjectException.class, () -> elf.symbol(-1));
            assertThrows(MalformedObjectException.class, () -> elf.symbol(elf.symbols().size()));
        }
    }

    private static Symbol symbol(ElfFile elf, String name) {
        return elf.symbols().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void bothByteOrdersTellTheSame() {
        for (String name : Fixtures.NAMES) {
            try (ElfFile little = fixture(name);
                    ElfFile big = ElfFile.of(name, Fixtures.big(name))) {
                assertEquals(ByteOrder.BIG_ENDIAN, big.byteOrder());
                assertEquals(
                        little.sections().stream().map(Section::name).toList(),
                        big.sections().stream().map(Section::name).toList());
                assertEquals(
                        little.symbols().stream().map(Symbol::name).toList(),
                        big.symbols().stream().map(Symbol::name).toList());
                if (name.equals("core")) {
                    continue; // bitfields take other instructions there
                }
                assertEquals(little.symbols(), big.symbols());
                for (Section section : little.sections()) {
                    if (section.type() == Section.REL) {
                        assertEquals(
                                little.relocations(section),
                                big.relocations(big.section(section.index())));
                    }
                }
            }
        }
    }

    @Test
    void aMappedFileTellsTheSameAsOneInMemory() throws IOException {
        Path path = Fixtures.write("subprograms", folder);
        try (ElfFile mapped = ElfFile.open(path);
                ElfFile memory = fixture("subprograms")) {
            assertEquals(path.toString(), mapped.name());
            assertEquals(memory.symbols(), mapped.symbols());
            for (Section section : memory.sections()) {
                assertArrayEquals(section.bytes(), mapped.section(section.index()).bytes());
            }
        }
    }

    @Test
    void readsALargeLibraryWithItsSegmentsAndDynamicSymbols() throws IOException {
        Path library = Path.of(System.getProperty("java.home"), "lib", "server", "libjvm.so");
        assumeTrue(Files.exists(library), () -> "there is no " + library);
        try (ElfFile elf = ElfFile.open(library)) {
            assertEquals(ElfFile.SHARED, elf.type());
            assertTrue(
                    elf.segments().stream()
                            .anyMatch(
                                    s ->
                                            s.type() == Segment.LOAD
                                                    && (s.flags() & Segment.EXECUTABLE) != 0));
            Symbol create =
                    elf.dynamicSymbols().stream()
                            .filter(s -> s.name().equals("JNI_CreateJavaVM"))
                            .findFirst()
                            .orElseThrow();
            assertEquals(Symbol.FUNCTION, create.type());
            assertTrue(elf.segments().stream().anyMatch(s -> s.contains(create.value())));
            Section relocations = elf.section(".rela.dyn").orElseThrow();
            assertFalse(elf.relocations(relocations).isEmpty());
        }
    }

    @Test
    void readsThirtyTwoBitFiles() {
        try (ElfFile elf = ElfFile.of("small", Elf32.object())) {
            assertFalse(elf.is64());
            assertEquals(List.of("", ".text", ".rel.text", ".symtab", ".strtab"), names(elf));
            assertEquals(
                    new Symbol(1, "main", 0x10, 4, Symbol.GLOBAL, Symbol.FUNCTION, 0, 1),
                    elf.symbol(1));
            assertEquals(List.of(new Relocation(2, 1, 7, 0)), elf.relocations(elf.section(2)));
            assertEquals(
                    List.of(new Segment(Segment.LOAD, Segment.READABLE, 0, 0x8000, 52, 64, 4)),
                    elf.segments());
        }
    }

    private static List<String> names(ElfFile elf) {
        return elf.sections().stream().map(Section::name).toList();
    }

    @Test
    void closingTwiceIsFineAndUsingAfterwardsIsNot() throws IOException {
        ElfFile elf = ElfFile.open(Fixtures.write("minimal", folder));
        Section section = elf.section("license").orElseThrow();
        elf.close();
        elf.close();
        assertThrows(IllegalStateException.class, section::bytes);
        assertThrows(IllegalStateException.class, elf::symbols);
    }

    @Test
    void aFileThatIsNotThereIsAnIoException() {
        assertThrows(IOException.class, () -> ElfFile.open(folder.resolve("nothing")));
        assertThrows(IOException.class, () -> ElfFile.open(folder));
    }

    @Test
    void aFileThatShrinksWhileItIsMappedIsMalformed() throws IOException {
        Path path = Fixtures.write("maps", folder);
        try (ElfFile elf = ElfFile.open(path)) {
            Section debug = elf.section(".debug_info").orElseThrow();
            assertTrue(debug.bytes().length > 0);
            try (var file = new RandomAccessFile(path.toFile(), "rw")) {
                file.setLength(128);
            }
            var e = assertThrows(MalformedObjectException.class, debug::bytes);
            assertTrue(e.getMessage().contains("became shorter"), e::getMessage);
            assertThrows(MalformedObjectException.class, elf::symbols);
        }
    }

    @Test
    void aFileThatShrinksAgainAndAgainIsNeverAnInternalError() throws Exception {
        byte[] whole = Fixtures.little("maps");
        Path path = Files.write(folder.resolve("unsteady"), whole);
        var stop = new AtomicBoolean();
        Thread writer =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
                                        while (!stop.get()) {
                                            file.setLength(0);
                                            file.seek(0);
                                            file.write(whole);
                                        }
                                    } catch (IOException e) {
                                        throw new UncheckedIOException(e);
                                    }
                                });
        try {
            for (int i = 0; i < 2000; i++) {
                try (ElfFile elf = ElfFile.open(path)) {
                    elf.sections().forEach(Section::bytes);
                    elf.symbols().forEach(Symbol::name);
                } catch (MalformedObjectException expected) {
                    assertEquals(path.toString(), expected.file());
                } catch (IOException expected) {
                    // It shrank between asking for its length and mapping it.
                    assertTrue(expected.getMessage().contains("extend"), expected::getMessage);
                }
            }
        } finally {
            stop.set(true);
            writer.join();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 15, 16, 19, 20, 63})
    void aHeaderCutShortIsMalformed(int length) throws IOException {
        byte[] bytes = java.util.Arrays.copyOf(Fixtures.little("minimal"), length);
        assertThrows(MalformedObjectException.class, () -> ElfFile.of("short", bytes));
        Path path = Files.write(folder.resolve("short"), bytes);
        assertThrows(MalformedObjectException.class, () -> ElfFile.open(path));
    }

    @Test
    void whatIsNoElfFileIsMalformed() {
        byte[] bytes = "#!/bin/sh\necho this is a script, not an object file\n".getBytes();
        var e = assertThrows(MalformedObjectException.class, () -> ElfFile.of("script", bytes));
        assertTrue(e.getMessage().contains("not an ELF file"), e::getMessage);
    }

    @Test
    void unknownClassByteOrderAndVersionAreMalformed() {
        for (int at : new int[] {4, 5, 6}) {
            byte[] bytes = Fixtures.little("minimal");
            bytes[at] = 9;
            var e = assertThrows(MalformedObjectException.class, () -> ElfFile.of("odd", bytes));
            assertEquals(at, e.offset());
        }
    }

    @Test
    void tableOffsetsThatWrapAroundAreMalformed() {
        for (long offset : new long[] {-1, -64, Long.MAX_VALUE, 1L << 32, 1L << 31}) {
            byte[] bytes = Fixtures.little("minimal");
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(40, offset);
            assertThrows(MalformedObjectException.class, () -> ElfFile.of("wrapped", bytes));
        }
    }

    @Test
    void aSectionThatReachesPastTheEndIsMalformedWhenItIsRead() {
        byte[] bytes = Fixtures.little("minimal");
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int license;
        try (ElfFile elf = fixture("minimal")) {
            license = elf.section("license").orElseThrow().index();
        }
        int header = (int) buffer.getLong(40) + 64 * license;
        for (long size : new long[] {-1, 1L << 31, 1L << 32, Long.MAX_VALUE, bytes.length}) {
            buffer.putLong(header + 32, size);
            try (ElfFile elf = ElfFile.of("large", bytes)) {
                Section section = elf.section(license);
                assertThrows(MalformedObjectException.class, section::bytes);
            }
        }
    }

    @Test
    void sectionsThatAllCoverTheWholeFileAreMalformed() {
        byte[] bytes = Fixtures.little("maps");
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int table = (int) buffer.getLong(40);
        int names = buffer.getShort(62);
        for (int i = 1; i < buffer.getShort(60); i++) {
            if (i != names) {
                buffer.putInt(table + 64 * i + 4, Section.PROGBITS);
                buffer.putLong(table + 64 * i + 24, 0);
                buffer.putLong(table + 64 * i + 32, bytes.length);
            }
        }
        var e = assertThrows(MalformedObjectException.class, () -> ElfFile.of("bomb", bytes));
        assertTrue(e.getMessage().contains("overlap"), e::getMessage);
    }

    @Test
    void missingFilesAreNamed() {
        Path path = folder.resolve("gone.bpf.o");
        var e = assertThrows(IOException.class, () -> ElfFile.open(path));
        assertTrue(
                e instanceof NoSuchFileException || e.getMessage().contains("gone.bpf.o"),
                e::getMessage);
    }
}
