package dev.purebpf.btf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Variables are described in the sections where they are, whatever the compiler says. */
class DataSectionLayoutTest {
    @Test
    void bitfieldsOfZeroAreInTheSectionOfZeroes() {
        for (byte[] object : List.of(Fixtures.little("zero_bits"), Fixtures.big("zero_bits"))) {
            try (ElfFile elf = ElfFile.of("zero_bits", object)) {
                Btf btf = Btf.ofElf(elf).orElseThrow().withDataSections(elf);
                Map<String, List<String>> sections = sections(btf);
                assertEquals(List.of("LICENSE 0"), sections.get("license"));
                assertEquals(List.of("started 0"), sections.get(".data"));
                List<String> zeroed = sections.get(".bss");
                assertEquals(3, zeroed.size(), zeroed::toString);
                assertEquals(
                        List.of("calls", "hidden", "seen"),
                        zeroed.stream().map(entry -> entry.split(" ")[0]).sorted().toList());
                int id = btf.find(".bss", BtfKind.DATA_SECTION);
                assertDisjoint((BtfType.DataSection) btf.type(id));
            }
        }
    }

    private static void assertDisjoint(BtfType.DataSection section) {
        long end = 0;
        for (BtfType.SectionEntry entry : section.entries()) {
            assertTrue(entry.offset() >= end, section::toString);
            end = entry.offset() + entry.size();
        }
        assertTrue(end <= section.size(), section::toString);
    }

    /** Each section names as many variables as before, so all records stay where they were. */
    @Property(tries = 50)
    void whichSectionsGlobalVariablesAreSaidToBeInMakesNoDifference(@ForAll long seed) {
        try (ElfFile elf = ElfFile.of("globals", Fixtures.little("globals"))) {
            Btf raw = Btf.ofElf(elf).orElseThrow();
            var globals = new ArrayList<BtfType.SectionEntry>();
            for (int id = 1; id < raw.typeCount(); id++) {
                if (raw.type(id) instanceof BtfType.DataSection section) {
                    section.entries().stream().filter(e -> isGlobal(raw, e)).forEach(globals::add);
                }
            }
            assertTrue(globals.size() > 8);
            Collections.shuffle(globals, new Random(seed));
            var builder = BtfBuilder.copyOf(raw);
            int next = 0;
            for (int id = 1; id < raw.typeCount(); id++) {
                if (raw.type(id) instanceof BtfType.DataSection section) {
                    var entries = new ArrayList<>(section.entries());
                    for (int i = 0; i < entries.size(); i++) {
                        if (isGlobal(raw, entries.get(i))) {
                            entries.set(i, globals.get(next++));
                        }
                    }
                    builder.set(id, new BtfType.DataSection(section.name(), 0, entries));
                }
            }
            Btf shuffled = builder.build("globals", ByteOrder.LITTLE_ENDIAN);
            assertEquals(
                    sections(raw.withDataSections(elf)), sections(shuffled.withDataSections(elf)));
        }
    }

    private static boolean isGlobal(Btf btf, BtfType.SectionEntry entry) {
        return ((BtfType.Variable) btf.type(entry.type())).linkage() == Linkage.GLOBAL;
    }

    @Test
    void aSectionWithoutATypeGetsThatOfOneThatLosesAllVariables() {
        Btf btf = withDataSections(".data", "zeroes", "last_pid");
        assertEquals(Map.of(".bss", List.of("last_pid 0", "zeroes 8")), sections(btf));
        assertEquals(4, btf.find(".bss", BtfKind.DATA_SECTION), "the id of .data before");
    }

    @Test
    void aSectionWithoutATypeGetsANewOneIfNoneIsFree() {
        Btf btf = withDataSections(".data", "counter", "last_pid");
        assertEquals(
                Map.of(".data", List.of("counter 0"), ".bss", List.of("last_pid 0")),
                sections(btf));
        assertEquals(4, btf.find(".data", BtfKind.DATA_SECTION));
        assertEquals(5, btf.find(".bss", BtfKind.DATA_SECTION));
    }

    @Test
    void whatIsLeftOfASectionWithoutVariablesIsAnEmptyStruct() {
        Btf btf = build("counter", "origin", ".data", "counter", ".bss", "origin");
        assertEquals(Map.of(".data", List.of("counter 0", "origin 8")), sections(btf));
        assertEquals(new BtfType.Struct("", 0, List.of(), false), btf.type(5));
    }

    @Test
    void aSectionThatTheObjectLacksIsRefused() {
        var e =
                assertThrows(
                        MalformedObjectException.class,
                        () -> build("counter", "origin", ".data", "counter", ".none"));
        assertTrue(e.getMessage().contains(".none"), e::getMessage);
    }

    /** Completes one section that is said to hold both variables. */
    private static Btf withDataSections(String section, String first, String second) {
        return build(first, second, section, first, section, second);
    }

    /**
     * Completes types of two variables by the object {@code globals}.
     *
     * @param sections names of sections, each followed by the variable that it is said to hold; one
     *     that is named twice holds both, a last one without a variable holds nothing
     */
    private static Btf build(String first, String second, String... sections) {
        var said = new TreeMap<String, List<BtfType.SectionEntry>>(Collections.reverseOrder());
        for (int i = 0; i < sections.length; i += 2) {
            var entries = said.computeIfAbsent(sections[i], _ -> new ArrayList<>());
            if (i + 1 < sections.length) {
                int type = sections[i + 1].equals(first) ? 2 : 3;
                entries.add(new BtfType.SectionEntry(type, 0, 4));
            }
        }
        var builder = BtfBuilder.create();
        builder.add(new BtfType.Int("int", 4, 0, 0, 32));
        builder.add(new BtfType.Variable(first, 1, Linkage.GLOBAL));
        builder.add(new BtfType.Variable(second, 1, Linkage.GLOBAL));
        said.forEach((name, entries) -> builder.add(new BtfType.DataSection(name, 0, entries)));
        try (ElfFile elf = ElfFile.of("globals", Fixtures.little("globals"))) {
            return builder.build("globals", ByteOrder.LITTLE_ENDIAN).withDataSections(elf);
        }
    }

    /** {@return the variables of each section with their offsets} */
    private static Map<String, List<String>> sections(Btf btf) {
        var sections = new TreeMap<String, List<String>>();
        for (int id = 1; id < btf.typeCount(); id++) {
            if (btf.type(id) instanceof BtfType.DataSection section) {
                sections.put(
                        section.name(),
                        section.entries().stream()
                                .map(e -> btf.name(e.type()) + " " + e.offset())
                                .toList());
            }
        }
        return sections;
    }
}
