package dev.purebpf.btf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.Hostile;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Note;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Segment;
import dev.purebpf.elf.Symbol;
import dev.purebpf.elf.SymbolVersions;
import dev.purebpf.fixtures.Mutations;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;

/** Damages real objects, 16,000 times in all. */
class HostileFileTest {
    /** For each try: they take less time than to read the undamaged file. */
    private static final int DAMAGES = 4;

    @Provide
    Arbitrary<String> fixtures() {
        return Arbitraries.of(Fixtures.NAMES);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void damagedObjects(
            @ForAll("fixtures") String name, @ForAll long seed, @ForAll boolean little) {
        byte[] object = little ? Fixtures.little(name) : Fixtures.big(name);
        for (int i = 0; i < DAMAGES; i++) {
            byte[] bytes = Mutations.damage(object, seed + i);
            Hostile.survives(bytes.length, () -> readElf(name, bytes));
        }
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void damagedLibraries(@ForAll long seed) throws IOException {
        byte[] library = Files.readAllBytes(versionedLibrary());
        for (int i = 0; i < DAMAGES; i++) {
            byte[] bytes = Mutations.damage(library, seed + i);
            Hostile.survives(bytes.length, () -> readElf("library", bytes));
        }
    }

    /** {@return a small library with versions, notes and segments} */
    private static Path versionedLibrary() {
        for (String triplet : List.of("x86_64-linux-gnu", "aarch64-linux-gnu")) {
            Path path = Path.of("/lib", triplet, "libdl.so.2");
            if (Files.exists(path)) {
                return path;
            }
        }
        return Assumptions.abort("needs libdl.so.2 of glibc");
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void damagedTypes(@ForAll("fixtures") String name, @ForAll long seed, @ForAll boolean little) {
        byte[] object = little ? Fixtures.little(name) : Fixtures.big(name);
        try (ElfFile elf = ElfFile.of(name, object)) {
            byte[] types = elf.section(".BTF").orElseThrow().bytes();
            for (int i = 0; i < DAMAGES; i++) {
                byte[] bytes = Mutations.damage(types, seed + i);
                Hostile.survives(bytes.length, () -> readTypes(Btf.parse(name, bytes), elf));
            }
        }
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void damagedRecordsOfInstructions(@ForAll("fixtures") String name, @ForAll long seed) {
        try (ElfFile elf = ElfFile.of(name, Fixtures.little(name))) {
            Btf btf = Btf.ofElf(elf).orElseThrow();
            byte[] records = elf.section(".BTF.ext").orElseThrow().bytes();
            for (int i = 0; i < DAMAGES; i++) {
                byte[] bytes = Mutations.damage(records, seed + i);
                Hostile.survives(
                        bytes.length + btf.bytes().length, () -> BtfExt.parse(name, bytes, btf));
            }
        }
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void damagedTypesOfAllKinds(@ForAll long seed, @ForAll boolean split) {
        Btf base = AllKinds.build(ByteOrder.LITTLE_ENDIAN);
        var builder = split ? BtfBuilder.split(base) : BtfBuilder.create();
        AllKinds.addTo(builder);
        byte[] types = builder.toBytes(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < DAMAGES; i++) {
            byte[] bytes = Mutations.damage(types, seed + i);
            Hostile.survives(
                    bytes.length,
                    () ->
                            readTypes(
                                    split
                                            ? Btf.parseSplit("split", bytes, base)
                                            : Btf.parse("whole", bytes),
                                    null));
        }
    }

    @Example
    void theReadersGetToTheEndOfUndamagedObjects() {
        for (String name : Fixtures.NAMES) {
            byte[] bytes = Fixtures.little(name);
            assertTrue(Hostile.survives(bytes.length, () -> readElf(name, bytes)), name);
        }
    }

    private static void readElf(String name, byte[] bytes) {
        try (ElfFile elf = ElfFile.of(name, bytes)) {
            for (Section section : elf.sections()) {
                section.bytes();
                if (section.type() == Section.REL || section.type() == Section.RELA) {
                    elf.relocations(section).forEach(r -> elf.symbol(r.symbolIndex()).name());
                }
            }
            for (Section section : elf.sections()) {
                if (section.type() == Section.NOTE) {
                    elf.notes(section).forEach(Note::owner);
                }
            }
            elf.buildId();
            for (Segment segment : elf.segments()) {
                segment.contains(0);
                elf.fileOffset(segment.address());
            }
            SymbolVersions versions = elf.symbolVersions();
            for (int i = 0; i < elf.dynamicSymbols().size(); i++) {
                versions.isDefault(i);
                versions.of(i);
            }
            elf.dynamicSymbols().next(0, Symbol.FUNCTION, "dlopen".getBytes());
            for (List<Symbol> symbols : List.of(elf.symbols(), elf.dynamicSymbols())) {
                symbols.forEach(Symbol::name);
            }
            Btf btf = Btf.ofElf(elf).orElse(null);
            if (btf != null) {
                readTypes(btf, elf);
                elf.section(".BTF.ext")
                        .ifPresent(section -> BtfExt.parse(name, section.bytes(), btf));
            }
        }
    }

    /**
     * Asks everything of every type; a type that is refused does not keep others from being asked.
     */
    private static void readTypes(Btf btf, ElfFile elf) {
        for (int id = 0; id < btf.typeCount(); id++) {
            int current = id;
            Hostile.refusesOrAnswers(() -> btf.type(current));
            Hostile.refusesOrAnswers(() -> btf.name(current));
            Hostile.refusesOrAnswers(() -> btf.size(current));
            Hostile.refusesOrAnswers(() -> btf.alignment(current));
            Hostile.refusesOrAnswers(() -> btf.skipModifiersAndTypedefs(current));
            Hostile.refusesOrAnswers(() -> field(btf, current, "comm[3]"));
            Hostile.refusesOrAnswers(() -> field(btf, current, "a.b[2147483647].c"));
            btf.kind(id);
        }
        btf.find("task_struct", BtfKind.STRUCT);
        btf.findAll("");
        if (elf != null) {
            Hostile.refusesOrAnswers(() -> btf.withDataSections(elf));
        }
        Hostile.refusesOrAnswers(() -> btf.fitTo(EnumSet.noneOf(BtfFeature.class)));
        BtfBuilder.copyOf(btf).string("a new string");
    }

    private static void field(Btf btf, int id, String path) {
        try {
            btf.field(id, path);
        } catch (IllegalArgumentException expected) {
            assertTrue(expected.getMessage().contains(path), expected::getMessage);
        }
    }
}
