package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.CoreRelocationKind;
import dev.purebpf.btf.Linkage;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.InstructionWriter;
import dev.purebpf.insn.Opcode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.ThrowingSupplier;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Objects that are small and valid as files, and made to be expensive: what they may cost grows
 * with their size, not with its square.
 */
class HostileObjectTest {
    private static final String SECTION = "raw_tp/x";
    private static final Instruction ONE = Instruction.of(0xb7, 0, 0, 0, 1);
    private static final Instruction EXIT = Instruction.of(Opcode.EXIT, 0, 0, 0, 0);

    private final ObjectBuilder object = new ObjectBuilder();
    private final BtfBuilder types = BtfBuilder.create();

    private ObjectFile parse() {
        byte[] bytes = object.build();
        return soon(() -> ObjectFile.parse(ElfFile.of("hostile.bpf.o", bytes)));
    }

    /** Generous, for slow machines under load: what is forbidden here took minutes. */
    private static <T> T soon(ThrowingSupplier<T> work) {
        return assertTimeoutPreemptively(Duration.ofSeconds(30), work);
    }

    private MalformedObjectException refused() {
        byte[] bytes = object.build();
        return soon(
                () ->
                        assertThrows(
                                MalformedObjectException.class,
                                () -> ObjectFile.parse(ElfFile.of("hostile.bpf.o", bytes))));
    }

    /** Adds a program of so many instructions, of which the last but one is given. */
    private void program(int length, Instruction lastButOne) {
        var code = new ArrayList<Instruction>();
        for (int i = 0; i < length - 2; i++) {
            code.add(ONE);
        }
        code.add(lastButOne);
        code.add(EXIT);
        int section = object.code(SECTION, InstructionWriter.write(code, ByteOrder.LITTLE_ENDIAN));
        object.function("program", section, 0, 8L * length);
    }

    private static BtfType.Struct empty(String name) {
        return new BtfType.Struct(name, 4, List.of(), false);
    }

    private static Btf kernel(int count) {
        var kernel = BtfBuilder.create();
        for (int i = 0; i < count; i++) {
            kernel.add(empty("type" + i));
        }
        return kernel.build("kernel", ByteOrder.LITTLE_ENDIAN);
    }

    private LinkedProgram link(Btf kernel) {
        ObjectFile parsed = parse();
        return soon(() -> Linker.link(parsed, TargetKernel.of(kernel), LinkOptions.defaults()))
                .programs()
                .getFirst();
    }

    @Test
    void manyTypesAreSearchedInManyTypesOfTheKernel() {
        int count = 100_000;
        program(count + 1, ONE);
        int access = types.string("0");
        var relocations = new int[count][];
        for (int i = 0; i < count; i++) {
            int type = types.add(empty("type" + i));
            int exists = CoreRelocationKind.TYPE_EXISTS.number();
            relocations[i] = new int[] {8 * i, type, access, exists};
        }
        int section = types.string(SECTION);
        object.types(types);
        object.coreRelocations(section, relocations);
        LinkedProgram program = link(kernel(120_000));
        assertTrue(program.failure().isEmpty());
        assertEquals(ONE.immediate(), program.instructions().get(count - 1).immediate());
    }

    @Test
    void relocationsFarFromAnyLineOfSource() {
        int count = 200_000;
        program(count + 1, ONE);
        int type = types.add(empty("type0"));
        int access = types.string("0");
        var relocations = new int[count][];
        for (int i = 0; i < count; i++) {
            int exists = CoreRelocationKind.TYPE_EXISTS.number();
            relocations[i] = new int[] {8 * i, type, access, exists};
        }
        int section = types.string(SECTION);
        object.types(types);
        object.coreRelocations(section, relocations);
        assertTrue(link(kernel(1)).failure().isEmpty());
    }

    @Test
    void aBadCallFarFromAnyLineOfSource() {
        program(500_000, Instruction.of(Opcode.CALL, 0, Opcode.PSEUDO_CALL, 0, 5_000_000));
        assertEquals(499_998, link(kernel(1)).failure().orElseThrow().instruction());
    }

    @Test
    void manyMapsWithManyInitialValues() {
        int count = 30_000;
        int maps = object.section(".maps", Section.PROGBITS, Section.ALLOC, new byte[16 * count]);
        int number = types.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        int hash = uint(number, MapType.HASH.number());
        var inner = List.of(new BtfType.Member("type", hash, 0, 0));
        int element =
                types.add(new BtfType.Pointer(types.add(new BtfType.Struct("", 8, inner, false))));
        int values = types.add(new BtfType.Array(element, number, 0));
        int declaration =
                types.add(
                        new BtfType.Struct(
                                "",
                                8,
                                List.of(
                                        new BtfType.Member(
                                                "type",
                                                uint(number, MapType.ARRAY_OF_MAPS.number()),
                                                0,
                                                0),
                                        new BtfType.Member("values", values, 0, 0)),
                                false));
        var entries = new ArrayList<BtfType.SectionEntry>();
        int symbol = 0;
        for (int i = 0; i < count; i++) {
            String name = "map" + i;
            symbol =
                    object.symbol(
                            object.string(name), Symbol.GLOBAL, Symbol.OBJECT, maps, 16L * i, 16);
            int variable = types.add(new BtfType.Variable(name, declaration, Linkage.GLOBAL));
            entries.add(new BtfType.SectionEntry(variable, 16L * i, 16));
        }
        types.add(new BtfType.DataSection(".maps", 16L * count, entries));
        object.types(types);
        var relocations = new long[2 * count][];
        for (int i = 0; i < relocations.length; i++) {
            relocations[i] = new long[] {16L * (count - 1) + 8 * (i % 2), symbol};
        }
        object.relocations(maps, relocations);
        List<MapDefinition> parsed = parse().maps();
        assertEquals(count, parsed.size());
        assertEquals(2, parsed.getLast().slots().size());
    }

    private int uint(int number, int value) {
        return types.add(new BtfType.Pointer(types.add(new BtfType.Array(number, number, value))));
    }

    @Test
    void aMemberOfADeclarationComesOnce() {
        int maps = object.section(".maps", Section.PROGBITS, Section.ALLOC, new byte[16]);
        object.symbol(object.string("m"), Symbol.GLOBAL, Symbol.OBJECT, maps, 0, 16);
        int number = types.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        var member = new BtfType.Member("type", uint(number, 1), 0, 0);
        int struct = types.add(new BtfType.Struct("", 16, List.of(member, member), false));
        int variable = types.add(new BtfType.Variable("m", struct, Linkage.GLOBAL));
        var entry = new BtfType.SectionEntry(variable, 0, 16);
        types.add(new BtfType.DataSection(".maps", 16, List.of(entry)));
        object.types(types);
        assertTrue(refused().problem().contains("two members \"type\""));
    }

    @Test
    void manySectionsOfDataWithManyDescriptions() {
        int sections = 60_000;
        for (int i = 0; i < sections; i++) {
            object.section(".data.x" + i, Section.PROGBITS, Section.ALLOC, new byte[8]);
        }
        for (int i = 0; i < 5 * sections; i++) {
            String last = ".data.x" + (sections - 1);
            types.add(new BtfType.DataSection(last, 0, List.of()));
        }
        object.types(types);
        assertEquals(sections, parse().maps().size());
    }

    /** {@return BTF of functions, each with a tag, whose names are parts of one string} */
    private static byte[] overlapping(int count, String unit, int step) {
        byte[] text = unit.repeat(66_000 / unit.length()).getBytes(StandardCharsets.UTF_8);
        int size = 1 + text.length + 1;
        int records = 28 * count;
        ByteBuffer bytes = ByteBuffer.allocate(24 + records + size).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24);
        bytes.putInt(0).putInt(records).putInt(records).putInt(size);
        for (int i = 0; i < count; i++) {
            int name = 1 + i * step % (text.length - 1000);
            bytes.putInt(name).putInt(12 << 24).putInt(1);
            bytes.putInt(name).putInt(17 << 24).putInt(2 * i + 1).putInt(-1);
        }
        return bytes.put((byte) 0).put(text).put((byte) 0).array();
    }

    @Test
    void longNamesThatOverlapAreNotRemembered() {
        object.symbol(object.string("extern"), Symbol.GLOBAL, Symbol.NO_TYPE, 0, 0, 0);
        object.section(".BTF", Section.PROGBITS, 0, overlapping(100_000, "a", 1));
        assertTrue(refused().problem().contains("longer than"));
    }

    @Test
    void manyFunctionsOfTheSameBytesAreRefused() {
        program(1000, ONE);
        for (int i = 0; i < 5; i++) {
            object.function("alias" + i, 3, 0, 8000);
        }
        assertTrue(refused().problem().contains("share the same bytes"));
    }

    @Test
    void aRelocationOfATypeThatIsNotThereRefusesTheObject() {
        program(3, ONE);
        int access = types.string("0");
        int section = types.string(SECTION);
        types.add(empty("type"));
        object.types(types);
        object.coreRelocations(section, new int[][] {{0, 77, access, 8}});
        MalformedObjectException e = refused();
        assertEquals(".BTF.ext", e.section());
        assertTrue(e.problem().contains("type 77"), e::problem);
    }

    @Test
    void anUnknownFormOfRecordsIsOnlyWarnedAbout() {
        program(3, ONE);
        types.add(empty("type"));
        object.types(types);
        byte[] next = {(byte) 0x9f, (byte) 0xeb, 2, 0, 24, 0, 0, 0};
        object.section(".BTF.ext", Section.PROGBITS, 0, next);
        assertTrue(parse().btfExt().isEmpty());
    }

    @Test
    void variablesThatAreNotInTheObjectRefuseIt() {
        program(3, ONE);
        object.section(".data", Section.PROGBITS, Section.ALLOC | Section.WRITE, new byte[4]);
        int number = types.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        int variable = types.add(new BtfType.Variable("lost", number, Linkage.GLOBAL));
        var entry = new BtfType.SectionEntry(variable, 0, 4);
        types.add(new BtfType.DataSection(".data", 0, List.of(entry)));
        object.types(types);
        MalformedObjectException e = refused();
        assertEquals(".data", e.section());
        assertTrue(e.problem().contains("lost"), e::problem);
    }
}
