package dev.purebpf.dwarf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Finds functions and units by addresses; those of files that mean harm soon, too. */
class DwarfSearchTest {
    /**
     * Far above what reading a file takes, far below what reading it for each of its parts does.
     */
    private static final Duration SOON = Duration.ofSeconds(20);

    private static final int MANY = 200_000;
    private static final int RANGE = 16;

    @Test
    void theFunctionIsTheOneWhoseListHasTheAddress() {
        DwarfFile made =
                new DwarfFile(1000, 1000)
                        .range(0x1000, 0x5000)
                        .endList()
                        .range(0x1000, 0x2000)
                        .range(0x4000, 0x5000)
                        .endList()
                        .range(0x2000, 0x3000)
                        .endList();
        made.unitWithLists(0, 2 * RANGE, 5 * RANGE);
        try (ElfFile file = made.open();
                Dwarf dwarf = Dwarf.of(file).orElseThrow()) {
            long both = dwarf.functionAt(0x1000).orElseThrow().offset();
            assertEquals(both, dwarf.functionAt(0x4fff).orElseThrow().offset());
            assertTrue(both < dwarf.functionAt(0x2fff).orElseThrow().offset());
            assertEquals(Optional.empty(), dwarf.functionAt(0x3000));
            assertEquals(Optional.empty(), dwarf.functionAt(0x5000));
            Set<Long> asked = Set.of(0x1000L, 0x2fffL, 0x3000L, 0x4fffL, 0x5000L);
            Map<Long, Die> found = dwarf.functionsAt(asked);
            assertEquals(Set.of(0x1000L, 0x2fffL, 0x4fffL), found.keySet());
            found.forEach(
                    (address, function) ->
                            assertEquals(
                                    dwarf.functionAt(address).orElseThrow().offset(),
                                    function.offset()));
        }
    }

    @Test
    void aLongListThatManyFunctionsShareIsRefused() {
        DwarfFile made =
                new DwarfFile(6 * MANY, (MANY + 4) * RANGE).range(0x1000, 0x2000).endList();
        for (int i = 0; i < MANY; i++) {
            made.range(0x3000, 0x4000);
        }
        made.endList();
        // Each function's list is one entry shorter than that of the function before.
        int[] lists = new int[MANY];
        Arrays.setAll(lists, i -> (2 + i) * RANGE);
        made.unitWithLists(0, lists);
        assertRefused(made, dwarf -> dwarf.functionAt(0x1800));
    }

    /** Addresses that say from where others count are no code, but have to be read. */
    @Test
    void aLongListWithoutAnyCodeIsRefusedToo() {
        DwarfFile made =
                new DwarfFile(6 * MANY, (MANY + 4) * RANGE).range(0x1000, 0x2000).endList();
        for (int i = 0; i < MANY; i++) {
            made.range(-1, 0x3000);
        }
        made.endList();
        int[] lists = new int[MANY];
        Arrays.fill(lists, 2 * RANGE);
        made.unitWithLists(0, lists);
        assertRefused(made, dwarf -> dwarf.functionAt(0x1800));
    }

    @Test
    void aLongListThatManyUnitsShareIsRefused() {
        DwarfFile made = new DwarfFile(32 * MANY, (MANY + 2) * RANGE);
        for (int i = 0; i < MANY; i++) {
            made.range(-1, 0x3000);
        }
        made.endList();
        for (int i = 0; i < MANY; i++) {
            made.unitWithLists(0);
        }
        assertRefused(made, dwarf -> dwarf.unitsAt(new long[] {0x1800}));
    }

    private static void assertRefused(DwarfFile made, Consumer<Dwarf> search) {
        try (ElfFile file = made.open();
                Dwarf dwarf = Dwarf.of(file).orElseThrow()) {
            MalformedObjectException e =
                    assertTimeoutPreemptively(
                            SOON,
                            () ->
                                    assertThrows(
                                            MalformedObjectException.class,
                                            () -> search.accept(dwarf)));
            assertTrue(e.getMessage().contains("lists of addresses overlap"), e::getMessage);
        }
    }

    /** As what rewrites programs does with the list of all that have lost their code. */
    @Test
    void manyFunctionsMayShareAShortList() {
        DwarfFile made = new DwarfFile(6 * MANY, 10 * RANGE).range(0x1000, 0x2000).endList();
        made.endList().range(0x1000, 0x2000).endList();
        int[] lists = new int[MANY];
        Arrays.fill(lists, 2 * RANGE);
        lists[MANY - 1] = 3 * RANGE;
        made.unitWithLists(0, lists);
        try (ElfFile file = made.open();
                Dwarf dwarf = Dwarf.of(file).orElseThrow()) {
            assertTrue(dwarf.functionAt(0x1800).isPresent());
        }
    }

    @Test
    void manyUnitsWithTheSameCodeAreSearchedOnce() {
        DwarfFile made = new DwarfFile(56 * MANY, 0);
        for (int i = 0; i < 2 * MANY; i++) {
            made.unit(0x1000, 0x1000);
        }
        try (ElfFile file = made.open();
                Dwarf dwarf = Dwarf.of(file).orElseThrow()) {
            Optional<Die> found = assertTimeoutPreemptively(SOON, () -> dwarf.functionAt(0x1800));
            assertEquals(Optional.empty(), found);
        }
    }

    @Test
    void addressesHaveNoSign() {
        DwarfFile made =
                new DwarfFile(1000, 0)
                        .unit(0x1000, 0x1000)
                        .unit(0x5000, 0x1000)
                        .unit(0x7fff_ffff_ffff_f000L, 0x2000)
                        .unit(0xffff_ffff_8100_0000L, 0x1000);
        try (ElfFile file = made.open();
                Dwarf dwarf = Dwarf.of(file).orElseThrow()) {
            List<Unit> units = dwarf.units();
            long[] asked = {0xffff_ffff_8100_0800L, 0x1800, 0x8000_0000_0000_0000L, 0x3000};
            assertEquals(List.of(units.get(0), units.get(2), units.get(3)), dwarf.unitsAt(asked));
            assertEquals(List.of(), dwarf.unitsAt(new long[] {-1, 0, 0x4fff, 0x6000}));
            assertEquals(List.of(units.get(2)), dwarf.unitsAt(new long[] {0x7fff_ffff_ffff_f000L}));
        }
    }
}
