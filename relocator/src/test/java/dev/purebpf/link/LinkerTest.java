package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.RelocationException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.InstructionReader;
import dev.purebpf.insn.InstructionWriter;
import dev.purebpf.insn.Opcode;
import dev.purebpf.insn.Reference;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

class LinkerTest {
    private static LinkedObject link(String name) {
        ObjectFile object = ObjectFile.parse(Fixtures.elf(name));
        return Linker.link(
                object, TargetKernel.of(object.btf().orElseThrow()), LinkOptions.defaults());
    }

    private static LinkedProgram program(String object, String program) {
        return link(object).orThrow().program(program).orElseThrow();
    }

    /** {@return the names of the functions of a program, by the slots where they begin} */
    private static Map<Integer, String> functions(LinkedProgram program, ObjectFile object) {
        var functions = new HashMap<Integer, String>();
        int slot = 0;
        for (Instruction instruction : program.instructions()) {
            if (instruction.function() != null) {
                functions.put(slot, object.btf().orElseThrow().name(instruction.function().type()));
            }
            slot += instruction.slots();
        }
        return functions;
    }

    @Test
    void subprogramsAreAppendedDepthFirstAndOnlyOnce() {
        LinkedObject linked = link("subprograms");
        LinkedProgram first = linked.program("first").orElseThrow();
        var order = new ArrayList<String>();
        for (Instruction instruction : first.instructions()) {
            if (instruction.function() != null) {
                order.add(linked.object().btf().orElseThrow().name(instruction.function().type()));
            }
        }
        assertEquals(List.of("first", "middle", "deepest", "global_function"), order);
    }

    @Test
    void programsGetTheSubprogramsThatTheyNeedAndNoOthers() {
        LinkedObject linked = link("subprograms");
        assertEquals(
                Set.of("second", "deepest"),
                Set.copyOf(
                        functions(linked.program("second").orElseThrow(), linked.object())
                                .values()));
        assertEquals(
                Set.of("third", "on_element"),
                Set.copyOf(
                        functions(linked.program("third").orElseThrow(), linked.object())
                                .values()));
    }

    @Test
    void everyCallLandsWhereItsSubprogramBegins() {
        for (boolean little : new boolean[] {true, false}) {
            ObjectFile object =
                    ObjectFile.parse(
                            little
                                    ? Fixtures.elf("subprograms")
                                    : Fixtures.bigEndianElf("subprograms"));
            int calls = 0;
            for (LinkedProgram program :
                    Linker.link(object, TargetKernel.unknown(), LinkOptions.defaults())
                            .orThrow()
                            .programs()) {
                Map<Integer, String> functions = functions(program, object);
                int slot = 0;
                for (Instruction instruction : program.instructions()) {
                    if (instruction.isSubprogramCall() || instruction.isFunctionAddress()) {
                        int target = slot + (int) instruction.immediate() + 1;
                        assertEquals(instruction.reference().name(), functions.get(target));
                        calls++;
                    }
                    slot += instruction.slots();
                }
            }
            assertEquals(6, calls);
        }
    }

    @Test
    void aCallbackIsReferredToByItsAddress() {
        Instruction address =
                program("subprograms", "third").instructions().stream()
                        .filter(Instruction::isFunctionAddress)
                        .findFirst()
                        .orElseThrow();
        assertEquals("on_element", address.reference().name());
        assertEquals(Opcode.PSEUDO_FUNCTION, address.source());
    }

    @Test
    void functionAndLineRecordsMoveWithTheirInstructions() {
        LinkedProgram first = program("subprograms", "first");
        ObjectFile object = link("subprograms").object();
        ByteBuffer records =
                ByteBuffer.wrap(first.functionInfo(ByteOrder.LITTLE_ENDIAN))
                        .order(ByteOrder.LITTLE_ENDIAN);
        Map<Integer, String> functions = functions(first, object);
        assertEquals(4 * LinkedProgram.FUNCTION_INFO_SIZE, records.remaining());
        while (records.hasRemaining()) {
            int slot = records.getInt();
            assertEquals(functions.get(slot), object.btf().orElseThrow().name(records.getInt()));
        }
        ByteBuffer lines =
                ByteBuffer.wrap(first.lineInfo(ByteOrder.LITTLE_ENDIAN))
                        .order(ByteOrder.LITTLE_ENDIAN);
        int previous = -1;
        while (lines.hasRemaining()) {
            int slot = lines.getInt();
            assertTrue(slot > previous && slot < first.slots());
            previous = slot;
            assertTrue(object.btf().orElseThrow().string(lines.getInt()).endsWith(".bpf.c"));
            String text = object.btf().orElseThrow().string(lines.getInt());
            int line = lines.getInt() >>> 10;
            assertTrue(line > 0 || text.isEmpty(), text + " in line " + line);
        }
    }

    @Test
    void mapsAreReferredToByNameUntilTheyAreEncoded() {
        LinkedProgram second = program("subprograms", "second");
        Instruction map =
                second.instructions().stream()
                        .filter(i -> i.reference() instanceof Reference.Map)
                        .findFirst()
                        .orElseThrow();
        assertEquals("totals", map.reference().name());
        assertEquals(Opcode.PSEUDO_MAP, map.source());
        assertEquals(0, map.immediate());

        var encoded =
                decode(
                        second.encode(
                                name -> name.equals("totals") ? 77 : 99, ByteOrder.LITTLE_ENDIAN));
        assertEquals(77, encoded.get(second.instructions().indexOf(map)).immediate());
    }

    @Test
    void globalVariablesAreReferredToByMapAndOffset() {
        ObjectFile object = ObjectFile.parse(Fixtures.elf("globals"));
        LinkedProgram program =
                Linker.link(object, TargetKernel.unknown(), LinkOptions.defaults())
                        .orThrow()
                        .programs()
                        .getFirst();
        int found = 0;
        for (Instruction instruction : program.instructions()) {
            if (instruction.reference() instanceof Reference.MapValue value) {
                MapDefinition map = object.map(value.name()).orElseThrow();
                assertTrue(value.offset() >= 0 && value.offset() < map.valueSize());
                assertEquals((long) value.offset() << 32, instruction.immediate());
                assertEquals(Opcode.PSEUDO_MAP_VALUE, instruction.source());
                found++;
            }
        }
        assertTrue(found >= 10, "only " + found);
    }

    @Test
    void staticVariablesAreFoundThroughTheirSectionsSymbol() {
        ObjectFile object = ObjectFile.parse(Fixtures.elf("globals"));
        MapDefinition data = object.map(".data").orElseThrow();
        long offset =
                data.variables().stream()
                        .filter(v -> v.name().equals("hidden_counter"))
                        .findFirst()
                        .orElseThrow()
                        .offset();
        assertTrue(
                object.programs().getFirst().instructions().stream()
                        .anyMatch(
                                i ->
                                        new Reference.MapValue(".data", (int) offset)
                                                .equals(i.reference())));
    }

    @Test
    void aMapThatWasNotCreatedPoisonsWhatRefersToIt() {
        LinkedProgram second = program("subprograms", "second");
        ObjectFile object = link("subprograms").object();
        var encoded = decode(second.encode(name -> -1, ByteOrder.LITTLE_ENDIAN));
        long calls = encoded.stream().filter(i -> i.immediate() >= 2_001_000_000).count();
        assertTrue(calls >= 2 && calls % 2 == 0);
        assertTrue(
                encoded.stream()
                        .filter(i -> i.immediate() >= 2_001_000_000)
                        .allMatch(
                                i ->
                                        i.opcode() == Opcode.CALL
                                                && i.immediate() - 2_001_000_000
                                                        < object.maps().size()));
        assertEquals(second.slots() * 8, second.encode(name -> -1, ByteOrder.LITTLE_ENDIAN).length);
    }

    @Test
    void linkingAgainstTheObjectsOwnTypesChangesNoAccess() {
        for (String name : List.of("layout", "events_ring", "events_perf")) {
            ObjectFile object = ObjectFile.parse(Fixtures.elf(name));
            for (LinkedProgram program :
                    Linker.link(
                                    object,
                                    TargetKernel.of(object.btf().orElseThrow()),
                                    LinkOptions.defaults())
                            .orThrow()
                            .programs()) {
                List<Instruction> before = program.program().instructions();
                for (int i = 0; i < before.size(); i++) {
                    Instruction instruction = program.instructions().get(i);
                    assertEquals(before.get(i).opcode(), instruction.opcode());
                    assertEquals(before.get(i).offset(), instruction.offset());
                    if (!before.get(i).relocations().isEmpty()) {
                        assertEquals(before.get(i).immediate(), instruction.immediate());
                    }
                }
            }
        }
    }

    @Test
    void bothByteOrdersLinkToTheSameInstructions() {
        for (String name : List.of("core", "subprograms", "globals", "maps")) {
            ObjectFile little = ObjectFile.parse(Fixtures.elf(name));
            ObjectFile big = ObjectFile.parse(Fixtures.bigEndianElf(name));
            for (LinkedProgram program :
                    Linker.link(little, TargetKernel.unknown(), LinkOptions.defaults())
                            .programs()) {
                LinkedProgram other =
                        Linker.link(big, TargetKernel.unknown(), LinkOptions.defaults())
                                .program(program.name())
                                .orElseThrow();
                assertEquals(program.failure().isPresent(), other.failure().isPresent());
                if (!name.equals("globals")) {
                    assertEquals(program.slots(), other.slots(), name);
                }
            }
        }
    }

    @Test
    void withoutTheKernelsTypesOnlyRelocatedProgramsFail() {
        ObjectFile object = ObjectFile.parse(Fixtures.elf("core"));
        LinkedObject linked = Linker.link(object, TargetKernel.unknown(), LinkOptions.defaults());
        RelocationException failure =
                linked.program("fields").orElseThrow().failure().orElseThrow();
        assertTrue(failure.getMessage().contains("kernel's types"), failure.getMessage());
        assertTrue(failure.sourceLine().contains("core.bpf.c:"), failure.sourceLine());
        assertThrows(RelocationException.class, linked::orThrow);
    }

    @Test
    void programsWithAutoloadOffAreLinkedOnlyWhenAskedFor() {
        ObjectFile object = ObjectFile.parse(Fixtures.elf("core"));
        var kernel = object.btf().orElseThrow();
        assertTrue(
                Linker.link(object, TargetKernel.of(kernel), LinkOptions.defaults())
                        .program("missing")
                        .isEmpty());
        assertFalse(
                Linker.link(
                                object,
                                TargetKernel.of(kernel),
                                LinkOptions.defaults().withPrograms(Set.of("missing")))
                        .program("missing")
                        .isEmpty());
    }

    @Test
    void linkingTwiceGivesTheSame() {
        for (String name : Fixtures.NAMES) {
            List<LinkedProgram> first = link(name).programs();
            List<LinkedProgram> second = link(name).programs();
            for (int i = 0; i < first.size(); i++) {
                if (first.get(i).failure().isEmpty()) {
                    assertArrayEquals(
                            first.get(i).encode(map -> 5, ByteOrder.LITTLE_ENDIAN),
                            second.get(i).encode(map -> 5, ByteOrder.LITTLE_ENDIAN));
                }
            }
        }
    }

    @Test
    void gapsBetweenSubprogramsShiftNoRecord() {
        ObjectFile object = ObjectFile.parse(Fixtures.elf("linking"));
        LinkedProgram neighbour =
                Linker.link(object, TargetKernel.unknown(), LinkOptions.defaults())
                        .program("neighbour")
                        .orElseThrow();
        assertTrue(neighbour.failure().isEmpty());
        assertEquals(
                Map.of(0, "neighbour", 14, "hidden_one", 29, "aligned_one"),
                functions(neighbour, object));
    }

    @Test
    void relocationsWithinSubprogramsAreDoneForEachProgramThatUsesThem() {
        ObjectFile object = ObjectFile.parse(Fixtures.elf("linking"));
        var kernel = BtfBuilder.create();
        int number = kernel.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        var pid = new BtfType.Member("pid", number, 8 * 1234, 0);
        kernel.add(new BtfType.Struct("task_struct", 2000, List.of(pid), false));
        LinkedObject linked =
                Linker.link(
                        object,
                        TargetKernel.of(kernel.build("kernel", ByteOrder.LITTLE_ENDIAN)),
                        LinkOptions.defaults());
        for (String name : List.of("chain", "callbacks")) {
            LinkedProgram program = linked.orThrow().program(name).orElseThrow();
            assertTrue(
                    program.instructions().stream()
                            .anyMatch(i -> !i.relocations().isEmpty() && i.immediate() == 1234));
            assertTrue(program.instructions().stream().anyMatch(i -> i.immediate() == 0xbad2310));
        }
    }

    @Test
    void hiddenSubprogramsAndVariablesAreStaticForTheKernel() {
        Btf btf = ObjectFile.parse(Fixtures.elf("linking")).btf().orElseThrow();
        assertEquals(
                Linkage.STATIC,
                ((BtfType.Function) btf.type(btf.find("hidden_one", BtfKind.FUNCTION))).linkage());
        assertEquals(
                Linkage.STATIC,
                ((BtfType.Variable) btf.type(btf.find("hidden_from_others", BtfKind.VARIABLE)))
                        .linkage());
        assertEquals(
                Linkage.GLOBAL,
                ((BtfType.Function) btf.type(btf.find("weak_one", BtfKind.FUNCTION))).linkage());
    }

    @Test
    void aSubprogramWithoutFunctionRecordIsRefusedWhereTheProgramHasOne() {
        LinkedObject linked = link("norecord");
        RelocationException failure =
                linked.program("caller").orElseThrow().failure().orElseThrow();
        assertEquals("unknown", failure.program());
        assertTrue(failure.getMessage().contains("no function record"), failure.getMessage());
        assertTrue(linked.program("alone").orElseThrow().failure().isEmpty());
    }

    /** A program, and a subprogram with a relocation that no kernel can answer. */
    @Test
    void aSubprogramThatCannotBeFittedSpoilsAllProgramsAsItDoesForLibbpf() {
        var object = new ObjectBuilder();
        var types = BtfBuilder.create();
        int number = types.add(new BtfType.Int("int", 4, 0, 0, 32));
        int text = types.string(".text");
        int access = types.string("0:1");
        byte[] code =
                InstructionWriter.write(
                        List.of(
                                Instruction.of(0xb7, 0, 0, 0, 1),
                                Instruction.of(Opcode.EXIT, 0, 0, 0, 0)),
                        ByteOrder.LITTLE_ENDIAN);
        object.function("subprogram", object.code(".text", code), 0, 16);
        object.function("program", object.code("tc", code), 0, 16);
        object.types(types);
        object.coreRelocations(text, new int[][] {{0, number, access, 0}});
        ObjectFile file = ObjectFile.parse(ElfFile.of("spoilt.bpf.o", object.build()));
        Btf kernel = BtfBuilder.create().build("kernel", ByteOrder.LITTLE_ENDIAN);
        RelocationException failure =
                Linker.link(file, TargetKernel.of(kernel), LinkOptions.defaults())
                        .program("program")
                        .orElseThrow()
                        .failure()
                        .orElseThrow();
        assertEquals("subprogram", failure.program());
    }

    @Test
    void aCallOfWhatIsNoFunctionIsTheFailureOfItsProgramAlone() {
        var object = new ObjectBuilder();
        byte[] exit =
                InstructionWriter.write(
                        List.of(Instruction.of(Opcode.EXIT, 0, 0, 0, 0)), ByteOrder.LITTLE_ENDIAN);
        byte[] call =
                InstructionWriter.write(
                        List.of(
                                Instruction.of(Opcode.CALL, 0, Opcode.PSEUDO_CALL, 0, 40),
                                Instruction.of(Opcode.EXIT, 0, 0, 0, 0)),
                        ByteOrder.LITTLE_ENDIAN);
        int subprogram = object.function("subprogram", object.code(".text", exit), 0, 8);
        object.function("sound", object.code("tc", exit), 0, 8);
        int code = object.code("xdp", call);
        object.function("calls", code, 0, 16);
        object.relocations(code, new long[][] {{0, subprogram}});
        LinkedObject linked =
                Linker.link(
                        ObjectFile.parse(ElfFile.of("calls.bpf.o", object.build())),
                        TargetKernel.unknown(),
                        LinkOptions.defaults());
        assertTrue(linked.program("sound").orElseThrow().failure().isEmpty());
        String message = linked.program("calls").orElseThrow().failure().orElseThrow().getMessage();
        assertTrue(message.contains("slot 41 of .text, where no function is"), message);
    }

    @Test
    void anExceptionCallbackIsAppendedThoughNothingCallsIt() {
        ObjectFile object = ObjectFile.parse(Fixtures.elf("exceptions"));
        LinkedProgram guarded = link("exceptions").program("guarded").orElseThrow();
        assertEquals(
                Set.of("guarded", "on_exception"), Set.copyOf(functions(guarded, object).values()));
    }

    @Test
    void externsThatAreNeededAndNotFoundAreRefused() {
        LinkedProgram program = link("weak").programs().getFirst();
        String message = program.failure().orElseThrow().getMessage();
        assertTrue(message.contains("CONFIG_NO_SUCH_OPTION"), message);
        assertTrue(message.contains("weak.bpf.c:"), message);
    }

    static List<Instruction> decode(byte[] code) {
        return InstructionReader.read(ByteReader.of("test", "code", code, ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void aProgramTellsWhatItsRelocationsAskedAndWereAnswered() {
        BtfBuilder kernel = BtfBuilder.create();
        int number = kernel.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        kernel.add(
                new BtfType.Struct(
                        "task_struct",
                        8,
                        List.of(new BtfType.Member("tgid", number, 32, 0)),
                        false));
        ObjectFile object = ObjectFile.parse(Fixtures.elf("core"));
        LinkedProgram program =
                Linker.link(
                                object,
                                TargetKernel.of(kernel.build("kernel", ByteOrder.LITTLE_ENDIAN)),
                                LinkOptions.defaults())
                        .program("fields")
                        .orElseThrow();

        Map<Integer, Instruction> bySlot = new HashMap<>();
        int slot = 0;
        for (Instruction instruction : program.instructions()) {
            bySlot.put(slot, instruction);
            slot += instruction.slots();
        }
        for (AppliedRelocation relocation : program.relocations()) {
            assertEquals(relocation.after().getFirst(), bySlot.get(relocation.slot()));
        }

        assertEquals(
                List.of("fields", "parent_of"),
                program.functions().stream().map(f -> f.definition().name()).toList());
        AppliedRelocation moved =
                program.relocations().stream()
                        .filter(
                                r ->
                                        r.resolution()
                                                .local()
                                                .path()
                                                .equals("struct task_struct.tgid"))
                        .findFirst()
                        .orElseThrow();
        assertEquals("fields", moved.function());
        assertEquals(20, moved.resolution().original());
        assertEquals(4, moved.resolution().value());
        assertEquals("struct task_struct.tgid", moved.resolution().target().orElseThrow().path());
        assertEquals(20, moved.before().immediate());
        assertEquals(4, moved.after().getFirst().immediate());
        assertFalse(moved.poisoned());

        AppliedRelocation missing =
                program.relocations().stream()
                        .filter(r -> r.function().equals("parent_of") && r.poisoned())
                        .findFirst()
                        .orElseThrow();
        int start = program.functions().getLast().slot();
        assertEquals(start + missing.functionSlot(), missing.slot());
        assertEquals("struct task_struct.real_parent", missing.resolution().local().path());
        assertTrue(missing.resolution().target().isEmpty());
        assertTrue(missing.line().orElseThrow().file().endsWith("core.bpf.c"));
    }

    @Test
    void anObjectTellsWhatItAsksOfAnyKernel() {
        ObjectFile object = ObjectFile.parse(Fixtures.elf("core"));
        assertEquals(
                object.btfExt().orElseThrow().relocations().size(), object.relocations().size());
        assertTrue(
                object.relocations().stream()
                        .anyMatch(
                                r ->
                                        r.function().equals("missing")
                                                && r.asked()
                                                        .orElseThrow()
                                                        .path()
                                                        .equals(
                                                                "struct task_struct___other"
                                                                        + ".no_such_field")));
    }
}
