package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.Oracle;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Debugging information that was stripped into files of its own, as distributions do. */
class DebugInformationTest {
    @TempDir Path folder;

    private Path program;
    private Path debug;
    private Path kept;
    private long address;

    @BeforeEach
    void nameFolders() throws Exception {
        kept = Files.createDirectory(folder.resolve("kept"));
    }

    /** Compiles, and parts the program from its debugging information. */
    private void compile(String... options) throws Exception {
        Path source = folder.resolve("called.c");
        try (InputStream in = getClass().getResourceAsStream("/dev/purebpf/probe/called.c")) {
            Files.copy(in, source);
        }
        program = folder.resolve("called");
        debug = folder.resolve("called.debug");
        List<String> arguments = new ArrayList<>(List.of("-O1", "-g"));
        arguments.addAll(List.of(options));
        arguments.addAll(List.of("-o", program.toString(), source.toString()));
        Oracle.ask("cc", arguments.toArray(String[]::new));
        try (ElfFile elf = ElfFile.open(program)) {
            address = UserSymbolsTest.addressOf(elf, "triple");
        }
        Oracle.ask("objcopy", "--only-keep-debug", program.toString(), debug.toString());
    }

    private void strip() throws Exception {
        Oracle.ask("strip", "--strip-debug", program.toString());
    }

    private void link() throws Exception {
        Oracle.ask("objcopy", "--add-gnu-debuglink=" + debug, program.toString());
    }

    /** {@return the function that is found where one of that name is; empty without information} */
    private String function() throws Exception {
        try (ElfFile elf = ElfFile.open(program);
                DebugInformation found = DebugInformation.of(elf, program, kept).orElse(null)) {
            return found == null
                    ? ""
                    : found.dwarf().functionAt(address).orElseThrow().name().orElseThrow();
        }
    }

    @Test
    void ofAProgramThatHasItsOwnItIsRead() throws Exception {
        compile();
        Files.delete(debug);
        assertEquals("triple", function());
    }

    @Test
    void itIsFoundBesideTheProgramWhereThatLinksToIt() throws Exception {
        compile("-Wl,--build-id=none");
        strip();
        assertEquals("", function());
        link();
        assertEquals("triple", function());
    }

    @Test
    void itIsFoundByTheBuildIdWhereDistributionsKeepIt() throws Exception {
        compile("-Wl,--build-id");
        strip();
        String id;
        try (ElfFile elf = ElfFile.open(program)) {
            id = elf.buildId().orElseThrow();
        }
        Path place = kept.resolve(".build-id").resolve(id.substring(0, 2));
        Files.createDirectories(place);
        Files.move(debug, place.resolve(id.substring(2) + ".debug"));
        assertEquals("triple", function());
    }

    @Test
    void anotherFileOfThatNameIsNoneOfIt() throws Exception {
        compile("-Wl,--build-id=none");
        strip();
        link();
        Files.write(debug, new byte[] {0}, StandardOpenOption.APPEND);
        assertEquals("", function());
    }

    @Test
    void aSeparateFileWithSymbolsAloneHasNone() throws Exception {
        compile("-Wl,--build-id=none");
        Oracle.ask("strip", "--strip-debug", debug.toString());
        strip();
        link();
        assertEquals("", function());
    }

    @Test
    void whatIsDamagedIsAComplaintAndClosed() throws Exception {
        compile("-Wl,--build-id=none");
        Oracle.ask("objcopy", "--compress-debug-sections=zlib", debug.toString());
        try (ElfFile elf = ElfFile.open(debug);
                RandomAccessFile file = new RandomAccessFile(debug.toFile(), "rw")) {
            file.seek(elf.section(".debug_info").orElseThrow().offset());
            file.write(99);
        }
        strip();
        link();
        assertThrows(MalformedObjectException.class, this::function);
        try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
            assertFalse(maps.anyMatch(line -> line.contains(debug.toString())));
        }
    }
}
