package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.Mutations;
import dev.purebpf.kernel.Kernel;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Which file a build id is of, of those that are likely. */
class BuildIdFilesTest {
    /** A program that asks for more than the C library. */
    private static final Path PROGRAM = Path.of("/usr/bin/ls");

    private final BuildIdFiles files = new BuildIdFiles(Kernel.host());

    private static String id(Path file) throws IOException {
        try (ElfFile elf = ElfFile.open(file)) {
            return BuildIdFiles.asTheKernelHasIt(elf.buildId().orElseThrow());
        }
    }

    private static List<String> needed(Path file) throws IOException {
        try (ElfFile elf = ElfFile.open(file)) {
            return BuildIdFiles.needed(elf);
        }
    }

    @Test
    void aProgramThatWasRunIsFoundWithItsLibraries() throws IOException {
        assumeTrue(Files.exists(PROGRAM), "needs " + PROGRAM);
        assertEquals(Optional.empty(), files.find(id(PROGRAM)));
        files.addProgram(PROGRAM.toString());
        assertEquals(Optional.of(PROGRAM), files.find(id(PROGRAM)));
        List<String> needed = needed(PROGRAM);
        assertTrue(needed.contains("libc.so.6"), needed.toString());
        for (String name : needed) {
            Path library = BinaryPath.find(Kernel.host(), name).orElseThrow();
            String id = id(library);
            assertEquals(id, id(files.find(id).orElseThrow()), name);
        }
    }

    /** A compiler writes another program to where one was. */
    @Test
    void aProgramThatIsRunAgainIsLookedIntoAgain(@TempDir Path folder) throws IOException {
        Path program = folder.resolve("a.out");
        String one = copyWithId(program, (byte) 1);
        files.addProgram(program.toString());
        assertEquals(Optional.of(program), files.find(one));
        String other = copyWithId(program, (byte) 2);
        files.add(program.toString());
        assertEquals(Optional.empty(), files.find(other), "is looked into once");
        files.addProgram(program.toString());
        assertEquals(Optional.of(program), files.find(other));
    }

    /** Writes a library whose build id begins with a byte; returns the id. */
    private static String copyWithId(Path to, byte first) throws IOException {
        Path library = BinaryPath.find(Kernel.host(), "libdl.so.2").orElseThrow();
        byte[] bytes = Files.readAllBytes(library);
        byte[] id = HexFormat.of().parseHex(id(library));
        int at = 0;
        while (!Arrays.equals(bytes, at, at + id.length, id, 0, id.length)) {
            at++;
        }
        bytes[at] = first;
        Files.write(to, bytes);
        return id(to);
    }

    @Test
    void whatIsNoFileIsPassedOver() {
        for (String path : List.of("", "/no/such/file", "/", "/dev/null", "/etc/passwd", "a\0b")) {
            files.addProgram(path);
        }
        assertEquals(Optional.empty(), files.find("0".repeat(40)));
    }

    @Test
    void aShortIdEndsWithZerosAsTheKernelTellsIt() {
        assertEquals(
                "0011223344556677" + "0".repeat(24),
                BuildIdFiles.asTheKernelHasIt("0011223344556677"));
        assertEquals("1".repeat(40), BuildIdFiles.asTheKernelHasIt("1".repeat(64)));
    }

    @Property
    void aDamagedFileAsksForFewLibrariesOrIsRefused(@ForAll long seed) throws IOException {
        Path library = BinaryPath.find(Kernel.host(), "libdl.so.2").orElseThrow();
        byte[] bytes = Mutations.damage(Files.readAllBytes(library), seed);
        try {
            int count = BuildIdFiles.needed(ElfFile.of("damaged", bytes)).size();
            assertTrue(count <= 257, count + " libraries");
        } catch (MalformedObjectException e) {
            // Says so.
        }
    }
}
