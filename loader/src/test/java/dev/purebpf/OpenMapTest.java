package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.KernelException;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LiveKernel;
import dev.purebpf.kernel.PinCommands;
import dev.purebpf.kernel.WatchedKernel;
import dev.purebpf.link.MapType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;

/** Maps that others have made, on this machine's kernel. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class OpenMapTest {
    private Kernel kernel;
    private LoadedObject bpf;
    private Path pin;

    @BeforeEach
    void aPinnedMap() throws IOException {
        kernel = LiveKernel.require();
        pin = Bpffs.unusedFolder();
        BpfObject object = Fixtures.open("maps");
        object.map("pinned").autocreate(false);
        bpf = object.load();
    }

    @AfterEach
    void removeThePin() throws IOException {
        Files.deleteIfExists(pin);
        if (bpf != null) {
            bpf.close();
        }
    }

    @Test
    void aPinnedMapIsUsedAfterItsObjectIsClosed() {
        bpf.map("array").typed(Integer.class, Long.class).put(3, 33L);
        bpf.map("array").pin(pin);
        bpf.close();
        OpenMap array = OpenMap.pinned(pin);
        try (array) {
            BpfMap map = array.map();
            assertEquals("array", map.name());
            assertEquals(MapType.ARRAY, map.type().orElseThrow());
            assertEquals(8, map.maxEntries());
            TypedMap<Integer, Long> typed = map.typed(Integer.class, Long.class);
            assertEquals(33, typed.get(3));
            typed.put(3, 34L);
            assertEquals(34, typed.get(3));
        }
        assertThrows(IllegalStateException.class, () -> array.map().fd());
        array.close();
    }

    @Test
    void keysAndValuesAreHeldAgainstTheTypesThatTheKernelHas() {
        record Key(int pid, int cpu) {}
        record Value(long count, String name, int[] numbers) {}
        record Swapped(int cpu, int pid) {}
        bpf.map("hash").pin(pin);
        try (OpenMap hash = OpenMap.pinned(pin)) {
            hash.map()
                    .typed(Key.class, Value.class)
                    .put(new Key(1, 2), new Value(3, "four", new int[4]));
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> hash.map().typed(Swapped.class, Value.class));
            assertTrue(e.getMessage().contains("is pid"), e.getMessage());
        }
        var entry = bpf.map("hash").typed(Key.class, Value.class).get(new Key(1, 2));
        assertEquals("four", entry.name());
    }

    @Test
    void whereThereAreNoTypesSizesDo() {
        Kernel old = new WatchedKernel(kernel, Set.of(Feature.BTF)).kernel();
        bpf.close();
        BpfObject object = Fixtures.open("maps");
        object.map("pinned").autocreate(false);
        bpf = object.load(LoadOptions.defaults().withKernel(old));
        bpf.map("array").pin(pin);
        try (OpenMap array = OpenMap.pinned(old, pin, 0)) {
            assertTrue(array.map().valueType().isEmpty());
            array.map().typed(Integer.class, Long.class).put(0, 5L);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> array.map().typed(Integer.class, Integer.class));
        }
    }

    @Test
    void whatIsOpenedForReadingCannotBeWritten() {
        bpf.map("array").pin(pin);
        try (OpenMap array = OpenMap.pinned(kernel, pin, PinCommands.READ_ONLY)) {
            TypedMap<Integer, Long> typed = array.map().typed(Integer.class, Long.class);
            assertEquals(0, typed.get(0));
            var e = assertThrows(KernelException.class, () -> typed.put(0, 1L));
            assertEquals(Errno.EPERM.number(), e.errno());
        }
    }

    @Test
    void aMapIsFoundByItsNumber() {
        bpf.map("queue").queue(Long.class).push(7L);
        int id = InfoCommands.map(kernel, bpf.map("queue").fd()).id();
        try (OpenMap queue = OpenMap.ofId(kernel, id)) {
            assertEquals(7, queue.map().queue(Long.class).pop());
        }
    }

    @Test
    void whatIsNoMapIsRefused() {
        bpf.program("count").pin(pin);
        var e = assertThrows(IllegalArgumentException.class, () -> OpenMap.pinned(pin));
        assertEquals("what is pinned at " + pin + " is no map, but a program", e.getMessage());
    }

    @Test
    void theVariablesOfAPinnedSectionAreLive() throws IOException {
        try (LoadedObject globals = Fixtures.open("globals").load()) {
            Variable counter = globals.variable("counter");
            globals.map(".data").pin(pin);
            try (OpenMap data = OpenMap.pinned(pin)) {
                assertEquals(42, data.variable("counter").getLong());
                data.variable("counter").set(43);
                assertEquals(43, counter.getLong());
                counter.set(44);
                assertEquals(44, data.variable("counter").getLong());
                record Point(short x, short y, long weight) {}
                assertEquals(
                        new Point((short) 1, (short) -2, 3),
                        data.variable("origin").get(Point.class));
                assertEquals(
                        List.of("counter", "hidden_counter", "origin"),
                        data.variables().stream().map(Variable::name).sorted().toList());
                var e = assertThrows(NoSuchElementException.class, () -> data.variable("count"));
                assertTrue(e.getMessage().contains("did you mean counter"), e.getMessage());
            }
        }
    }

    @Test
    void constantsAndWhatIsOpenedForReadingStayAsTheyAre() throws IOException {
        try (LoadedObject globals = Fixtures.open("globals").set("target_pid", 7).load()) {
            globals.map(".rodata").pin(pin);
            try (OpenMap constants = OpenMap.pinned(pin)) {
                Variable pid = constants.variable("target_pid");
                assertEquals(7, pid.getInt());
                assertThrows(UnsupportedOperationException.class, () -> pid.set(8));
            }
            Files.delete(pin);
            globals.map(".data").pin(pin);
            try (OpenMap data = OpenMap.pinned(kernel, pin, PinCommands.READ_ONLY)) {
                Variable counter = data.variable("counter");
                assertEquals(42, counter.getLong());
                var e = assertThrows(KernelException.class, () -> counter.set(43));
                assertEquals(Errno.EPERM.number(), e.errno());
                assertEquals(42, globals.variable("counter").getLong());
            }
        }
    }

    @Test
    void theVariablesOfAClosedMapAreGone() throws IOException {
        try (LoadedObject globals = Fixtures.open("globals").load()) {
            globals.map(".data").pin(pin);
            OpenMap data = OpenMap.pinned(pin);
            Variable counter = data.variable("counter");
            data.close();
            assertThrows(IllegalStateException.class, counter::getLong);
            OpenMap unread = OpenMap.pinned(pin);
            unread.close();
            assertThrows(IllegalStateException.class, unread::variables);
        }
    }

    @Test
    void anOrdinaryMapHasNoVariables() {
        bpf.map("array").pin(pin);
        try (OpenMap array = OpenMap.pinned(pin)) {
            assertEquals(List.of(), array.variables());
        }
    }

    @Test
    void whatIsNotThereIsSaidSo() {
        var e = assertThrows(KernelException.class, () -> OpenMap.pinned(pin));
        assertEquals(Errno.ENOENT.number(), e.errno());
        assertTrue(e.getMessage().contains(pin.toString()), e.getMessage());
        assertFalse(Files.exists(pin));
        var none = assertThrows(KernelException.class, () -> OpenMap.ofId(kernel, -1));
        assertEquals(Errno.ENOENT.number(), none.errno());
    }
}
