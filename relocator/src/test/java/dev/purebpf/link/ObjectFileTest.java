package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.insn.InstructionWriter;
import dev.purebpf.link.MapDefinition.Origin;
import dev.purebpf.link.MapDefinition.Pinning;
import dev.purebpf.link.MapDefinition.Slot;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

class ObjectFileTest {
    private static ObjectFile parse(String name) {
        return ObjectFile.parse(Fixtures.elf(name));
    }

    @Test
    void programsComeInTheOrderOfSectionsAndOffsets() {
        assertEquals(
                List.of("first_of_two", "second_of_two", "off_at_first", "tracepoint"),
                parse("sections").programs().stream()
                        .limit(4)
                        .map(ProgramDefinition::name)
                        .toList());
    }

    @Test
    void aQuestionMarkTurnsAutoloadOff() {
        ProgramDefinition program = parse("sections").program("off_at_first").orElseThrow();
        assertFalse(program.autoload());
        assertEquals("raw_tracepoint/sys_exit", program.section());
        assertEquals("sys_exit", program.target());
        assertEquals(ProgramType.RAW_TRACEPOINT, program.definition().orElseThrow().programType());
    }

    @Test
    void functionsInTextAreSubprograms() {
        ObjectFile object = parse("subprograms");
        assertEquals(
                List.of("first", "second", "third"),
                object.programs().stream().map(ProgramDefinition::name).toList());
        assertTrue(object.subprograms().stream().anyMatch(s -> s.name().equals("middle")));
        assertTrue(object.program("middle").isEmpty());
    }

    @Test
    void licenseAndVersionAreRead() {
        ObjectFile object = parse("version");
        assertFalse(object.license().isEmpty());
        assertTrue(object.kernelVersion().isPresent());
        assertTrue(parse("minimal").kernelVersion().isEmpty());
    }

    @Test
    void mapsAreAsDeclared() {
        MapDefinition hash = parse("maps").map("hash").orElseThrow();
        assertEquals(MapType.HASH, hash.type().orElseThrow());
        assertEquals(8, hash.keySize());
        assertEquals(40, hash.valueSize());
        assertEquals(1024, hash.maxEntries());
        assertTrue(hash.keyType() > 0);
        assertTrue(hash.valueType() > 0);
        assertEquals(Pinning.BY_NAME, parse("maps").map("pinned").orElseThrow().pinning());
    }

    @Test
    void mapsOfMapsAndProgramArraysHaveInitialValues() {
        MapDefinition outer = parse("maps").map("outer").orElseThrow();
        assertEquals(4, outer.valueSize());
        assertEquals(
                List.of(new Slot(0, "inner_first"), new Slot(3, "inner_second")), outer.slots());
        assertEquals("outer.inner", outer.inner().orElseThrow().name());
        MapDefinition programs = parse("maps").map("programs").orElseThrow();
        assertEquals(List.of(new Slot(1, "tail")), programs.slots());
    }

    @Test
    void aChangedMapKeepsTheRest() {
        MapDefinition hash = parse("maps").map("hash").orElseThrow();
        MapDefinition larger = hash.withMaxEntries(9);
        assertEquals(9, larger.maxEntries());
        assertEquals(1024, hash.maxEntries());
        assertEquals(hash.keyType(), larger.keyType());
        assertEquals(0, hash.withKeySize(4).keyType());
    }

    @Test
    void eachSectionOfGlobalDataIsAMap() {
        ObjectFile object = parse("globals");
        assertEquals(Origin.READ_ONLY_DATA, object.map(".rodata").orElseThrow().origin());
        assertEquals(Origin.DATA, object.map(".data.custom").orElseThrow().origin());
        assertEquals(Origin.ZEROED_DATA, object.map(".bss").orElseThrow().origin());
        MapDefinition constants = object.map(".rodata").orElseThrow();
        assertEquals(
                MapDefinition.READ_ONLY_FOR_PROGRAMS | MapDefinition.MAPPABLE, constants.flags());
        assertEquals(1, constants.maxEntries());
        assertEquals(4, constants.keySize());
        assertEquals("globals.rodata", constants.kernelName());
        assertTrue(constants.isFrozen());
    }

    @Test
    void initialValuesAndVariablesComeFromTheSection() {
        MapDefinition constants = parse("globals").map(".rodata").orElseThrow();
        DataVariable greeting = variable(constants, "greeting");
        assertEquals(16, greeting.size());
        assertEquals(
                "hello",
                new String(
                        constants.data(), (int) greeting.offset(), 5, StandardCharsets.US_ASCII));
        DataVariable negative = variable(constants, "negative");
        assertEquals(
                -5,
                ByteBuffer.wrap(constants.data())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getLong((int) negative.offset()));
        assertEquals(Linkage.STATIC, variable(constants, "hidden_constant").linkage());
    }

    @Test
    void zeroedDataIsAsLongAsItsSection() {
        MapDefinition zeroes = parse("globals").map(".bss").orElseThrow();
        assertArrayEquals(new byte[(int) zeroes.valueSize()], zeroes.data());
        assertTrue(zeroes.valueSize() >= 36);
    }

    @Test
    void bothByteOrdersGiveTheSameModel() {
        for (String name : Fixtures.NAMES) {
            ObjectFile little = parse(name);
            ObjectFile big = ObjectFile.parse(Fixtures.bigEndianElf(name));
            assertEquals(ByteOrder.BIG_ENDIAN, big.byteOrder());
            assertEquals(
                    little.programs().stream().map(ProgramDefinition::name).toList(),
                    big.programs().stream().map(ProgramDefinition::name).toList(),
                    name);
            assertEquals(
                    little.maps().stream().map(MapDefinition::toString).toList(),
                    big.maps().stream().map(MapDefinition::toString).toList(),
                    name);
        }
    }

    @Test
    void instructionsAreThoseOfTheSection() {
        ElfFile elf = Fixtures.elf("minimal");
        ProgramDefinition program = ObjectFile.parse(elf).programs().getFirst();
        assertArrayEquals(
                elf.section("raw_tp/sys_enter").orElseThrow().bytes(),
                InstructionWriter.write(program.instructions(), ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void everyFunctionKnowsItsRecordAndItsFirstLine() {
        ObjectFile object = parse("subprograms");
        for (var functions : List.of(object.programs(), object.subprograms())) {
            for (ProgramDefinition function : functions) {
                var first = function.instructions().getFirst();
                assertEquals(
                        function.name(), object.btf().orElseThrow().name(first.function().type()));
                assertTrue(first.line().file().endsWith("subprograms.bpf.c"));
            }
        }
    }

    @Test
    void externsAreListed() {
        List<ExternDefinition> externs = parse("weak").externs();
        assertEquals(
                List.of(
                        "LINUX_KERNEL_VERSION",
                        "CONFIG_NO_SUCH_OPTION",
                        "changed_kfunc___one",
                        "changed_kfunc___two",
                        "no_such_kfunc",
                        "no_such_symbol"),
                externs.stream().map(ExternDefinition::name).toList());
        assertFalse(externs.getFirst().weak());
        assertTrue(externs.getLast().weak());
        assertInstanceOf(ExternDefinition.Setting.class, externs.getFirst());
        assertInstanceOf(ExternDefinition.KernelFunction.class, externs.get(2));
        assertEquals(
                new ExternDefinition.KernelVariable("no_such_symbol", true, 0), externs.getLast());
    }

    @Test
    void dataSectionsInTheTypesAreCompleted() {
        var btf = parse("globals").btf().orElseThrow();
        var section = (BtfType.DataSection) btf.type(btf.find(".data", BtfKind.DATA_SECTION));
        assertTrue(section.size() > 0);
    }

    @ParameterizedTest
    @CsvSource({
        "minimal, .bss, minimal.bss",
        "minimal, .rodata, minimal.rodata",
        "a_long_object_n, .bss, a_long_o.bss",
        "a_long_object_n, .data, a_long_o.data",
        "a_long_object_n, .rodata, a_long_o.rodata",
        "a_long_object_n, .kconfig, a_long_.kconfig",
        "minimal, .rodata.str1.1, .rodata.str1.1",
        "minimal, .data.very_long_name, .data.very_long",
        "we-ird, .data, we_ird.data",
    })
    void namesOfGlobalDataInTheKernelAreLibbpfs(String object, String section, String name) {
        assertEquals(name, GlobalData.kernelName(object, section));
    }

    @ParameterizedTest
    @CsvSource({
        "/tmp/dir.d/probe.bpf.o, probe",
        "probe.bpf.o, probe",
        "a_very_long_name_of_an_object.o, a_very_long_nam",
        "noending, noending",
    })
    void theObjectsNameIsTheFilesUpToADot(String path, String name) {
        assertEquals(name, ObjectReader.objectName(path));
    }

    private static DataVariable variable(MapDefinition map, String name) {
        return map.variables().stream()
                .filter(v -> v.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
