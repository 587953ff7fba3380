package dev.purebpf.dwarf;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Hostile;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.Mutations;
import dev.purebpf.go.EntryPlaces;
import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoSignature;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import org.opentest4j.TestAbortedException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Damages the debugging information of real programs. */
class HostileDwarfTest {
    private static final List<String> COMPILERS =
            List.of(
                    "gcc -O2 -gdwarf-5",
                    "gcc -O2 -gdwarf-4 -gz=zlib",
                    "clang -O2 -gdwarf-5",
                    "gcc -O1 -gdwarf-2 -gz=zlib-gnu");
    private static final List<byte[]> PROGRAMS = new ArrayList<>();
    private static Path folder;

    @BeforeContainer
    static void compile() throws IOException, InterruptedException {
        folder = Files.createTempDirectory("dwarf");
        for (String compiler : COMPILERS) {
            try {
                Path program = Compiled.shapes(folder, compiler);
                PROGRAMS.add(Files.readAllBytes(program));
                if (compiler.equals(COMPILERS.getFirst())) {
                    PROGRAMS.add(Files.readAllBytes(Compiled.withZstd(program)));
                }
            } catch (TestAbortedException e) {
                continue; // The others do.
            }
        }
    }

    @AfterContainer
    static void delete() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Property(tries = 2000, shrinking = ShrinkingMode.OFF)
    void damagedSections(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] bytes = PROGRAMS.get(random.nextInt(PROGRAMS.size())).clone();
        try (ElfFile elf = ElfFile.of("whole", bytes.clone())) {
            List<Section> sections =
                    elf.sections().stream()
                            .filter(section -> section.name().contains("debug_"))
                            .toList();
            Section section = sections.get(random.nextInt(sections.size()));
            byte[] damaged = Mutations.damage(section.bytes(), seed);
            System.arraycopy(
                    damaged,
                    0,
                    bytes,
                    (int) section.offset(),
                    (int) Math.min(damaged.length, section.size()));
        }
        Hostile.survives(bytes.length, () -> readAll(bytes));
    }

    @Property(tries = 500, shrinking = ShrinkingMode.OFF)
    void damagedPrograms(@ForAll long seed) {
        byte[] original = PROGRAMS.get((int) Math.floorMod(seed, (long) PROGRAMS.size()));
        byte[] bytes = Mutations.damage(original, seed);
        Hostile.survives(bytes.length, () -> readAll(bytes));
    }

    @Example
    void theReaderGetsToTheEndOfUndamagedPrograms() {
        for (byte[] program : PROGRAMS) {
            assertTrue(Hostile.survives(program.length, () -> readAll(program)));
        }
    }

    /** Memory is taken for all of a compressed section before anything of it is known. */
    @Example
    void whatClaimsToBeVeryLargeIsRefused() {
        for (byte[] program : PROGRAMS) {
            byte[] bytes = program.clone();
            try (ElfFile elf = ElfFile.of("program", program)) {
                Section info = elf.section(".debug_info").orElse(null);
                if (info == null || !info.has(Section.COMPRESSED)) {
                    continue;
                }
                ByteBuffer.wrap(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong((int) info.offset() + 8, (1L << 26) + 1);
            }
            try (ElfFile elf = ElfFile.of("program", bytes)) {
                MalformedObjectException e =
                        assertThrows(MalformedObjectException.class, () -> Dwarf.of(elf));
                assertTrue(e.getMessage().contains("compressed ones cannot hold"), e::getMessage);
            }
        }
    }

    @Example
    void whatCannotBeInflatedIsTriedOnce() {
        for (byte[] program : PROGRAMS) {
            byte[] bytes = program.clone();
            try (ElfFile elf = ElfFile.of("program", program)) {
                Section info = elf.section(".debug_info").orElse(null);
                if (info == null || !info.has(Section.COMPRESSED)) {
                    continue;
                }
                // Behind the headers of the section and of what compressed it.
                int from = (int) info.offset() + 48;
                Arrays.fill(bytes, from, from + 16, (byte) 0xff);
            }
            try (ElfFile elf = ElfFile.of("program", bytes);
                    Dwarf dwarf = Dwarf.of(elf).orElseThrow()) {
                var first = assertThrows(MalformedObjectException.class, dwarf::units);
                for (int i = 0; i < 100; i++) {
                    assertSame(first, assertThrows(MalformedObjectException.class, dwarf::units));
                }
            }
        }
    }

    private static void readAll(byte[] bytes) {
        try (ElfFile elf = ElfFile.of("program", bytes)) {
            Dwarf dwarf = Dwarf.of(elf).orElse(null);
            if (dwarf == null) {
                return;
            }
            try (dwarf) {
                for (Unit unit : dwarf.units()) {
                    Hostile.refusesOrAnswers(unit::ranges);
                    Hostile.refusesOrAnswers(() -> readEntries(unit));
                }
                Hostile.refusesOrAnswers(() -> dwarf.functionAt(elf.entryPoint()));
                Hostile.refusesOrAnswers(() -> dwarf.functionAt(-1));
            }
        }
    }

    private static void readEntries(Unit unit) {
        DieCursor entries = unit.entries();
        for (boolean more = entries.next(); more; more = entries.next()) {
            Die die = entries.die();
            Hostile.refusesOrAnswers(die::name);
            Hostile.refusesOrAnswers(die::type);
            Hostile.refusesOrAnswers(die::ranges);
            Hostile.refusesOrAnswers(die::locations);
            Hostile.refusesOrAnswers(() -> die.number(DwarfAttribute.BYTE_SIZE));
            Hostile.refusesOrAnswers(() -> die.reference(DwarfAttribute.ABSTRACT_ORIGIN));
            Hostile.refusesOrAnswers(() -> die.expression(DwarfAttribute.DATA_MEMBER_LOCATION));
            if (die.tag() == DwarfTag.SUBPROGRAM) {
                Hostile.refusesOrAnswers(
                        () ->
                                EntryPlaces.contradiction(
                                        GoAbi.AMD64.assign(GoSignature.of(die)),
                                        die,
                                        ElfFile.MACHINE_X86_64));
            }
            if (entries.depth() == 1) {
                Hostile.refusesOrAnswers(die::children);
            }
        }
    }
}
