package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.InstructionWriter;
import dev.purebpf.insn.Opcode;
import dev.purebpf.insn.Reference;
import dev.purebpf.link.MapDefinition.Origin;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.List;

/** Variables in section {@code .addr_space.1}, which live in the arena that the object declares. */
class ArenaGlobalsTest {
    private static final ObjectFile OBJECT = ObjectFile.parse(Fixtures.elf("arena"));
    private static final MapDefinition ARENA = OBJECT.map("arena").orElseThrow();
    private static final int PAGES = 100;

    @Test
    void theArenaHoldsTheVariables() {
        assertEquals(Origin.DECLARED, ARENA.origin());
        assertEquals(
                List.of("counter", "numbers", "last"),
                ARENA.variables().stream().map(DataVariable::name).toList());
        byte[] data = ARENA.data();
        assertEquals(5, data[(int) ARENA.variables().getFirst().offset()]);
        assertArrayEquals(data, ARENA.withMaxEntries(7).data());
        assertEquals(0, OBJECT.map("other").orElseThrow().data().length);
    }

    private static List<Reference.MapValue> places(TargetKernel kernel) {
        return Linker.link(OBJECT, kernel, LinkOptions.defaults())
                .orThrow()
                .program("add")
                .orElseThrow()
                .instructions()
                .stream()
                .filter(i -> i.reference() instanceof Reference.MapValue)
                .map(
                        i -> {
                            var value = (Reference.MapValue) i.reference();
                            assertEquals(value.offset(), i.immediate() >>> 32);
                            assertEquals(Opcode.PSEUDO_MAP_VALUE, i.source());
                            return value;
                        })
                .filter(value -> value.name().equals("arena"))
                .distinct()
                .toList();
    }

    @Test
    void instructionsReferToThemAtTheBeginningOfTheArena() {
        assertEquals(List.of(new Reference.MapValue("arena", 0)), places(TargetKernel.unknown()));
        assertEquals(0, TargetKernel.unknown().arenaGlobalsOffset(ARENA));
    }

    @Test
    void whereOffsetsMayBeLargeTheyLieAtTheEndOfTheArena() {
        TargetKernel kernel = TargetKernel.unknown().withWideOffsets(true);
        int offset = (PAGES - 2) * 4096;
        assertEquals(offset, kernel.arenaGlobalsOffset(ARENA), "5000 bytes take two pages");
        assertEquals(List.of(new Reference.MapValue("arena", offset)), places(kernel));
        TargetKernel large = kernel.withPageSize(65536);
        assertEquals((PAGES - 1) * 65536, large.arenaGlobalsOffset(ARENA));
        for (MapDefinition map : OBJECT.maps()) {
            assertTrue(map == ARENA || kernel.arenaGlobalsOffset(map) == 0, map.name());
        }
    }

    /** An object with declared maps of some types, and a program that uses a variable if any. */
    private static ObjectFile object(int maxEntries, int variables, String... arenas) {
        var object = new ObjectBuilder();
        var types = BtfBuilder.create();
        int number = types.add(new BtfType.Int("int", 4, 0, 0, 32));
        var declared = new BtfType.SectionEntry[arenas.length];
        int map = struct(types, number, MapType.ARENA.number(), maxEntries);
        for (int i = 0; i < arenas.length; i++) {
            int variable =
                    types.add(new BtfType.Variable(arenas[i], map, dev.purebpf.btf.Linkage.GLOBAL));
            declared[i] = new BtfType.SectionEntry(variable, 16L * i, 16);
        }
        int section =
                object.section(
                        ".maps",
                        Section.PROGBITS,
                        Section.ALLOC,
                        new byte[Math.max(16, 16 * arenas.length)]);
        types.add(new BtfType.DataSection(".maps", 16L * arenas.length, List.of(declared)));
        for (int i = 0; i < arenas.length; i++) {
            object.symbol(
                    object.string(arenas[i]), Symbol.GLOBAL, Symbol.OBJECT, section, 16L * i, 16);
        }
        if (variables > 0) {
            object.section(".addr_space.1", Section.PROGBITS, Section.ALLOC, new byte[variables]);
        }
        int code =
                object.code(
                        "syscall",
                        InstructionWriter.write(
                                List.of(Instruction.of(Opcode.EXIT, 0, 0, 0, 0)),
                                ByteOrder.LITTLE_ENDIAN));
        object.function("program", code, 0, 8);
        object.types(types);
        return ObjectFile.parse(ElfFile.of("arenas.bpf.o", object.build()));
    }

    private static int struct(BtfBuilder types, int number, int type, int maxEntries) {
        return types.add(
                new BtfType.Struct(
                        "",
                        16,
                        List.of(
                                new BtfType.Member("type", pointer(types, number, type), 0, 0),
                                new BtfType.Member(
                                        "max_entries", pointer(types, number, maxEntries), 64, 0)),
                        false));
    }

    private static int pointer(BtfBuilder types, int number, int length) {
        return types.add(new BtfType.Pointer(types.add(new BtfType.Array(number, number, length))));
    }

    private static String refusal(int maxEntries, int variables, String... arenas) {
        return assertThrows(
                        MalformedObjectException.class,
                        () ->
                                Linker.link(
                                        object(maxEntries, variables, arenas),
                                        TargetKernel.unknown(),
                                        LinkOptions.defaults()))
                .getMessage();
    }

    @Test
    void variablesWithoutAnArenaAreRefused() {
        assertTrue(refusal(1, 8).contains("declares none"));
    }

    @Test
    void twoArenasAreRefused() {
        String message = refusal(1, 0, "one", "two");
        assertTrue(message.contains("one") && message.contains("two"), message);
    }

    @Test
    void anArenaWithoutRoomForItsVariablesIsRefused() {
        assertTrue(refusal(1, 4097, "small").contains("max_entries"));
        object(1, 4096, "large_enough");
    }
}
