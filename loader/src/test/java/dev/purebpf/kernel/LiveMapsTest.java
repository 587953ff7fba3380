package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.error.KernelException;
import dev.purebpf.fixtures.LeakCheck;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

@Tag("kernel")
@ExtendWith(LeakCheck.class)
@Timeout(60)
class LiveMapsTest {
    private static final int HASH = 1;
    private static final int ARRAY = 2;
    private static final int PERCPU_ARRAY = 6;
    private static final int QUEUE = 22;

    private Kernel kernel;
    private Arena arena;

    @BeforeEach
    void open() {
        kernel = LiveKernel.require();
        arena = Arena.ofShared();
    }

    @AfterEach
    void close() {
        if (arena != null) {
            arena.close();
        }
    }

    private OwnedFd create(int type, int keySize, int valueSize, int maxEntries) {
        return MapCommands.create(
                kernel, new MapAttributes("test", type, keySize, valueSize, maxEntries));
    }

    private MemorySegment integer(int value) {
        return arena.allocateFrom(ValueLayout.JAVA_INT, value);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 4, 8, 10, 0",
        "2, 4, 8, 10, 1024",
        "3, 4, 4, 10, 0",
        "4, 4, 4, 10, 0",
        "5, 4, 8, 10, 1",
        "6, 4, 8, 10, 0",
        "7, 4, 80, 10, 0",
        "8, 4, 4, 10, 0",
        "9, 4, 8, 10, 0",
        "10, 4, 8, 10, 0",
        "11, 8, 8, 10, 1",
        "22, 0, 8, 10, 0",
        "23, 0, 8, 10, 0",
        "27, 0, 0, 65536, 0",
        "30, 0, 8, 10, 0",
    })
    void mapsOfManyTypesAreAsAskedFor(int type, int key, int value, int entries, int flags) {
        if (type == 27) {
            assumeTrue(kernel.features().has(Feature.RING_BUFFER), "needs ring buffers (5.8)");
        }
        if (type == 30) {
            LiveKernel.requireHelper(kernel, 179, "bloom filters (5.16)");
        }
        try (OwnedFd map =
                MapCommands.create(
                        kernel,
                        new MapAttributes("a-type", type, key, value, entries).flags(flags))) {
            MapInfo info = InfoCommands.map(kernel, map.number());
            assertEquals(type, info.type());
            assertEquals(key, info.keySize());
            assertEquals(value, info.valueSize());
            assertEquals(entries, info.maxEntries());
            assertEquals(flags, info.flags());
            assertEquals("a_type", info.name());
            try (OwnedFd same = InfoCommands.open(kernel, BpfCommand.MAP_GET_FD_BY_ID, info.id())) {
                assertEquals(info, InfoCommands.map(kernel, same.number()));
            }
        }
    }

    @Test
    void aMapOfMapsHoldsMapsLikeItsTemplate() {
        try (OwnedFd inner = create(HASH, 4, 8, 10);
                OwnedFd outer =
                        MapCommands.create(
                                kernel,
                                new MapAttributes("outer", 12, 4, 4, 2).innerMap(inner.number()))) {
            MemorySegment fd = integer(inner.number());
            assertEquals(
                    0, MapCommands.update(kernel, outer.number(), integer(1), fd, MapCommands.ANY));
            MemorySegment id = arena.allocate(4, 4);
            assertEquals(0, MapCommands.lookup(kernel, outer.number(), integer(1), id, 0));
            assertEquals(
                    InfoCommands.map(kernel, inner.number()).id(), id.get(ValueLayout.JAVA_INT, 0));
        }
    }

    @Test
    void anUnknownTypeIsRefusedWithAdvice() {
        var e = assertThrows(KernelException.class, () -> create(9999, 4, 4, 1).close());
        assertTrue(
                e.getMessage().startsWith("creating map test failed: EINVAL (errno 22): Invalid"),
                e.getMessage());
    }

    @Test
    void updatesObeyTheirFlags() {
        try (OwnedFd map = create(HASH, 4, 8, 2)) {
            int fd = map.number();
            MemorySegment value = arena.allocateFrom(ValueLayout.JAVA_LONG, 42L);
            assertTrue(Errno.ENOENT.is(MapCommands.update(kernel, fd, integer(1), value, 2)));
            assertEquals(0, MapCommands.update(kernel, fd, integer(1), value, 1));
            assertTrue(Errno.EEXIST.is(MapCommands.update(kernel, fd, integer(1), value, 1)));
            assertEquals(0, MapCommands.update(kernel, fd, integer(1), value, 2));
            assertEquals(0, MapCommands.update(kernel, fd, integer(2), value, 0));
            assertTrue(Errno.E2BIG.is(MapCommands.update(kernel, fd, integer(3), value, 0)));
        }
    }

    @Test
    void aQueueIsPushedAndPoppedWithoutKey() {
        try (OwnedFd map = create(QUEUE, 0, 4, 2)) {
            int fd = map.number();
            MemorySegment out = arena.allocate(4, 4);
            MemorySegment none = MemorySegment.NULL;
            assertEquals(0, MapCommands.update(kernel, fd, none, integer(7), 0));
            assertEquals(0, MapCommands.update(kernel, fd, none, integer(8), 0));
            assertEquals(0, MapCommands.lookupAndDelete(kernel, fd, none, out, 0));
            assertEquals(7, out.get(ValueLayout.JAVA_INT, 0));
        }
    }

    @Test
    void aPerCpuValueHasAPartForEveryPossibleCpu() {
        int cpus = Cpus.possibleCount(kernel);
        long size = MapCommands.perCpuValueSize(4, cpus);
        MemorySegment values = arena.allocate(size, 8);
        MemorySegment read = arena.allocate(size, 8);
        for (int cpu = 0; cpu < cpus; cpu++) {
            values.set(ValueLayout.JAVA_INT, 8L * cpu, cpu + 100);
        }
        try (OwnedFd map = create(PERCPU_ARRAY, 4, 4, 1)) {
            assertEquals(0, MapCommands.update(kernel, map.number(), integer(0), values, 0));
            assertEquals(0, MapCommands.lookup(kernel, map.number(), integer(0), read, 0));
            assertEquals(-1, values.mismatch(read));
        }
    }

    @Test
    void anArrayIsMappedAndSharedWithTheKernel() {
        try (OwnedFd map =
                MapCommands.create(
                        kernel,
                        new MapAttributes("data", ARRAY, 4, 16, 1).flags(MapAttributes.MAPPABLE))) {
            int both = Kernel.PROTECTION_READ | Kernel.PROTECTION_WRITE;
            MemorySegment memory =
                    Mapping.map(kernel, map.number(), 0, 16, both, arena, "mapping data");
            memory.set(ValueLayout.JAVA_LONG, 8, 42);
            MemorySegment value = arena.allocate(16, 8);
            assertEquals(0, MapCommands.lookup(kernel, map.number(), integer(0), value, 0));
            assertEquals(42, value.get(ValueLayout.JAVA_LONG, 8));
        }
    }

    @Test
    void aFrozenMapIsReadThroughItsMemory() {
        MemorySegment image = arena.allocate(16, 8);
        image.set(ValueLayout.JAVA_LONG, 0, 42);
        try (OwnedFd map =
                MapCommands.create(
                        kernel,
                        new MapAttributes(".rodata", ARRAY, 4, 16, 1)
                                .flags(
                                        MapAttributes.MAPPABLE
                                                | MapAttributes.READ_ONLY_FOR_PROGRAMS))) {
            int fd = map.number();
            assertEquals(0, MapCommands.update(kernel, fd, integer(0), image, 0));
            MapCommands.freeze(kernel, fd, ".rodata");
            assertTrue(Errno.EPERM.is(MapCommands.update(kernel, fd, integer(0), image, 0)));
            MemorySegment live =
                    Mapping.map(
                            kernel, fd, 0, 16, Kernel.PROTECTION_READ, arena, "mapping .rodata");
            assertEquals(42, live.get(ValueLayout.JAVA_LONG, 0));
            assertTrue(live.isReadOnly());
        }
    }

    /** Keys and values 0 to n−1. */
    private void fill(OwnedFd map, int n) {
        MemorySegment keys = arena.allocate(4L * n, 4);
        for (int i = 0; i < n; i++) {
            keys.setAtIndex(ValueLayout.JAVA_INT, i, i);
        }
        MapCommands.updateBatch(kernel, map.number(), keys, keys, n, MapCommands.ANY, "test");
    }

    @ParameterizedTest
    @CsvSource({"1, false", "7, false", "100, false", "5000, false", "64, true"})
    void batchesReadEveryEntryOnceWhateverTheirSize(int room, boolean delete) {
        assumeTrue(kernel.features().has(Feature.BATCH), "needs batches (5.6)");
        int n = 1000;
        try (OwnedFd map = create(HASH, 4, 4, n)) {
            fill(map, n);
            MemorySegment position = MemorySegment.NULL;
            MemorySegment next = arena.allocate(4, 4);
            BitSet seen = new BitSet();
            boolean grew = false;
            BatchResult.State state = BatchResult.State.MORE;
            while (state != BatchResult.State.END) {
                MemorySegment keys = arena.allocate(4L * room, 4);
                MemorySegment values = arena.allocate(4L * room, 4);
                BatchResult result =
                        MapCommands.lookupBatch(
                                kernel,
                                map.number(),
                                delete,
                                position,
                                next,
                                keys,
                                values,
                                room,
                                "test");
                state = result.state();
                if (state == BatchResult.State.TOO_SMALL) {
                    room *= 2;
                    grew = true;
                    continue;
                }
                for (int i = 0; i < result.count(); i++) {
                    int key = keys.getAtIndex(ValueLayout.JAVA_INT, i);
                    assertEquals(key, values.getAtIndex(ValueLayout.JAVA_INT, i));
                    assertFalse(seen.get(key), key + " twice");
                    seen.set(key);
                }
                position = next;
            }
            assertEquals(n, seen.cardinality());
            assertTrue(grew || room > 1);
            MemorySegment first = arena.allocate(4, 4);
            long left = MapCommands.nextKey(kernel, map.number(), MemorySegment.NULL, first);
            assertEquals(delete, Errno.ENOENT.is(left));
        }
    }

    @Test
    void aBatchOfDeletionsStopsAtAMissingKey() {
        assumeTrue(kernel.features().has(Feature.BATCH), "needs batches (5.6)");
        try (OwnedFd map = create(HASH, 4, 4, 10)) {
            fill(map, 5);
            MemorySegment keys = arena.allocateFrom(ValueLayout.JAVA_INT, 0, 1, 99, 2);
            assertEquals(2, MapCommands.deleteBatch(kernel, map.number(), keys, 4, "test"));
        }
    }

    @Test
    void aWalkEndsWhileAnotherThreadDeletesAndInserts() throws Exception {
        int n = 2000;
        try (OwnedFd map = create(HASH, 4, 4, n)) {
            fill(map, n);
            boolean[] stop = {false};
            Thread churn =
                    new Thread(
                            () -> {
                                try (Arena own = Arena.ofConfined()) {
                                    MemorySegment key = own.allocate(4, 4);
                                    for (int i = 0; !stop[0]; i = (i + 7) % n) {
                                        key.set(ValueLayout.JAVA_INT, 0, i);
                                        MapCommands.delete(kernel, map.number(), key);
                                        MapCommands.update(kernel, map.number(), key, key, 0);
                                    }
                                }
                            });
            churn.start();
            for (int i = 0; i < 8; i++) {
                var keys = new MapKeys(kernel, map.number(), "test", 4, n, arena);
                int count = 0;
                while (keys.next()) {
                    count++;
                }
                assertTrue(count <= 2 * n + 64);
            }
            stop[0] = true;
            churn.join();
        }
    }

    @Test
    void aWalkMayDeleteWhereItStands() {
        int n = 500;
        try (OwnedFd map = create(HASH, 4, 4, n)) {
            fill(map, n);
            var keys = new MapKeys(kernel, map.number(), "test", 4, n, arena);
            int count = 0;
            while (keys.next()) {
                assertEquals(0, MapCommands.delete(kernel, map.number(), keys.key()));
                count++;
            }
            assertEquals(n, count);
        }
    }

    @Test
    void aPinnedMapOutlivesItsDescriptor() throws Exception {
        Path root = Path.of("/sys/fs/bpf");
        assumeTrue(PinCommands.isPinnable(kernel, root), "needs a bpffs at /sys/fs/bpf");
        Path pin = root.resolve("purebpf-test-" + kernel.processId());
        Files.deleteIfExists(pin);
        try (OwnedFd map = create(HASH, 4, 4, 10)) {
            fill(map, 3);
            PinCommands.pin(kernel, map.number(), pin);
            var e =
                    assertThrows(
                            KernelException.class,
                            () -> PinCommands.pin(kernel, map.number(), pin));
            assertEquals("EEXIST", e.errnoName());
        }
        try {
            try (OwnedFd again = PinCommands.open(kernel, pin, 0)) {
                MemorySegment value = arena.allocate(4, 4);
                assertEquals(0, MapCommands.lookup(kernel, again.number(), integer(2), value, 0));
            }
            try (OwnedFd reader = PinCommands.open(kernel, pin, PinCommands.READ_ONLY)) {
                long result =
                        MapCommands.update(kernel, reader.number(), integer(2), integer(2), 0);
                assertTrue(Errno.EPERM.is(result));
            }
        } finally {
            Files.deleteIfExists(pin);
        }
        var e = assertThrows(KernelException.class, () -> PinCommands.open(kernel, pin, 0));
        assertEquals("ENOENT", e.errnoName());
    }

    /**
     * The JDK's own way into the kernel allocates nothing once the optimising compiler has seen it,
     * which the machines of the kernel matrix do without; what is ours allocates nothing anywhere.
     */
    @Test
    void aLookupAllocatesNothing() {
        MemorySegment key = integer(1);
        MemorySegment value = arena.allocate(8, 8);
        long bare =
                AllocatedBytes.optimisingCompiler()
                        ? 0
                        : AllocatedBytes.steady(
                                () -> {
                                    for (int i = 0; i < 40_000; i++) {
                                        kernel.threadId();
                                    }
                                });
        try (OwnedFd map = create(HASH, 4, 8, 10)) {
            int fd = map.number();
            assertEquals(
                    bare,
                    AllocatedBytes.of(
                            () -> {
                                for (int i = 0; i < 20_000; i++) {
                                    MapCommands.update(kernel, fd, key, value, 0);
                                    MapCommands.lookup(kernel, fd, key, value, 0);
                                }
                            },
                            bare));
        }
    }
}
