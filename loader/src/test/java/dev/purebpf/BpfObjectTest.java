package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.FakeKernel;
import dev.purebpf.link.ProgramType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;

/** Opening and editing, which need no kernel. */
class BpfObjectTest {
    record Value(long count, String name, int[] numbers) {}

    @Test
    void filesArraysAndStreamsOpenTheSame(@TempDir Path directory) throws IOException {
        byte[] bytes = Fixtures.bytes("globals");
        Path file = directory.resolve("globals.bpf.o");
        Files.write(file, bytes);
        List<BpfObject> objects =
                List.of(
                        BpfObject.open(file),
                        BpfObject.open("globals.bpf.o", bytes),
                        BpfObject.open("globals.bpf.o", new ByteArrayInputStream(bytes)));
        for (BpfObject object : objects) {
            assertEquals("globals", object.name());
            assertEquals("on_enter", object.programs().getFirst().name());
            assertTrue(object.variables().contains("target_pid"));
        }
    }

    @Test
    void anOpenObjectTellsWhatItNeedsOfAKernel() {
        BpfObject weak = BpfObject.open("weak.bpf.o", Fixtures.bytes("weak"));
        assertTrue(weak.externs().stream().anyMatch(e -> e.name().equals("CONFIG_NO_SUCH_OPTION")));
        BpfObject core = BpfObject.open("core.bpf.o", Fixtures.bytes("core"));
        assertTrue(
                core.relocations().stream()
                        .map(relocation -> relocation.asked().orElseThrow().path())
                        .anyMatch("struct task_struct.signal"::equals));
    }

    @Test
    void whatIsNoObjectIsRefusedByName() {
        var e =
                assertThrows(
                        MalformedObjectException.class,
                        () -> BpfObject.open("readme.txt", "hello".getBytes()));
        assertTrue(e.getMessage().contains("readme.txt"), e.getMessage());
    }

    @Test
    void aSectionThatNoHeapHoldsCannotBeSet() {
        byte[] bytes = Fixtures.bytes("globals");
        ByteBuffer object = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int section;
        try (ElfFile elf = ElfFile.of("globals.bpf.o", bytes)) {
            section = elf.section(".bss.custom").orElseThrow().index();
        }
        int headers = (int) object.getLong(40);
        object.putLong(headers + 64 * section + 32, 2_000_000_000);

        BpfObject huge = BpfObject.open("globals.bpf.o", bytes);
        var e = assertThrows(MalformedObjectException.class, () -> huge.set("custom_zero", 1));
        assertEquals(".bss.custom", e.section());
    }

    @Test
    void namesThatAreNotThereAreMetWithThoseThatAre() {
        BpfObject object = Fixtures.open("globals");
        assertSuggests("target_pid", () -> object.set("pid", 1));
        assertSuggests("on_enter", () -> object.program("enter"));
        assertSuggests(".rodata", () -> object.map("rodata"));
        assertSuggests(
                "globals has no program sched; there are: on_enter", () -> object.program("sched"));
        assertSuggests("; there is no map at all", () -> Fixtures.open("minimal").map("events"));
    }

    private static void assertSuggests(String name, Executable call) {
        var e = assertThrows(NoSuchElementException.class, call);
        assertTrue(e.getMessage().contains(name), e.getMessage());
    }

    @Test
    void valuesThatDoNotFitAreRefused() {
        BpfObject object = Fixtures.open("globals");
        object.set("target_pid", 0xffff_ffffL).set("target_pid", -1).set("target_pid", (short) 3);
        assertRefused(object, "target_pid", 1L << 32);
        assertRefused(object, "target_pid", -1L << 32);
        assertRefused(object, "target_pid", "1");
        assertRefused(object, "target_pid", null);
        assertRefused(object, "greeting", "a greeting of more than 16 bytes");
        assertRefused(object, "greeting", 1);
        assertRefused(object, "zeroes", new long[3]);
        assertRefused(object, "zeroes", new byte[31]);
        assertRefused(object, "origin", new Value(1, "", new int[0]));
    }

    private static void assertRefused(BpfObject object, String variable, Object value) {
        var e = assertThrows(IllegalArgumentException.class, () -> object.set(variable, value));
        assertTrue(e.getMessage().contains(variable), e.getMessage());
    }

    @Test
    void programsThatAreSwitchedOffAreNotLoaded() {
        BpfObject object = Fixtures.open("subprograms");
        object.program("second").autoload(false);
        try (var kernel = new FakeKernel();
                LoadedObject bpf = object.load(LoadOptions.defaults().withKernel(kernel))) {
            assertEquals(
                    List.of("first", "third"), bpf.programs().stream().map(Program::name).toList());
            assertEquals(2, kernel.calls(BpfCommand.PROG_LOAD).size());
            assertThrows(NoSuchElementException.class, () -> bpf.program("second"));
        }
    }

    @Test
    void theTypeOfAProgramCanBeChanged() {
        BpfObject object = Fixtures.open("minimal");
        ProgramSpec program = object.programs().getFirst();
        program.type(ProgramType.SOCKET_FILTER, null);
        try (var kernel = new FakeKernel();
                LoadedObject bpf = object.load(LoadOptions.defaults().withKernel(kernel))) {
            assertEquals(ProgramType.SOCKET_FILTER, bpf.programs().getFirst().type());
            assertEquals(1, kernel.calls(BpfCommand.PROG_LOAD).getFirst().getInt(0));
        }
    }

    @Test
    void recordsOfEventsAreHeldAgainstTheStructOfTheirNameOrAnother() {
        record Wrong(long count, int[] numbers, String name) {}
        BpfObject object = Fixtures.open("maps");
        object.map("pinned").autocreate(false);
        try (var kernel = new FakeKernel();
                LoadedObject bpf = object.load(LoadOptions.defaults().withKernel(kernel))) {
            assertEquals(40, bpf.codec("value", Value.class).size());
            var e =
                    assertThrows(
                            IllegalArgumentException.class, () -> bpf.codec("value", Wrong.class));
            assertTrue(e.getMessage().contains("field 2 of struct value is name"), e.getMessage());
            assertThrows(NoSuchElementException.class, () -> bpf.codec("nothing", Value.class));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> bpf.ringBuffer("hash", Value.class, _ -> {}));
            record Key(int pid) {}
            var refused =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> bpf.ringBuffer("ringbuf", Key.class, _ -> {}));
            assertTrue(refused.getMessage().contains("cpu"), refused.getMessage());
        }
    }

    @Test
    void structNamesAreWrittenInEitherStyle() {
        assertTrue(StructNames.candidates("SysCall").containsAll(List.of("sys_call", "syscall")));
        assertTrue(StructNames.candidates("HTTPEvent").contains("httpevent"));
        assertTrue(StructNames.candidates("Event").contains("event_t"));
        assertFalse(StructNames.candidates("Event").contains("even"));
    }

    @Test
    void ringSizesAreRoundedUpToPowersOfTwoPages() {
        long[] wanted = {0, 1, 4096, 4097, 5000, 1 << 20, (1 << 20) + 1, 1L << 31, 0xffff_ffffL};
        long[] rounded = {0, 4096, 4096, 8192, 8192, 1 << 20, 1 << 21, 1L << 31, 0xffff_ffffL};
        long[] actual = new long[wanted.length];
        for (int i = 0; i < wanted.length; i++) {
            actual[i] = MapCreation.ringSize(wanted[i], 4096);
        }
        assertArrayEquals(rounded, actual);
        assertEquals(65536, MapCreation.ringSize(4096, 65536));
    }
}
