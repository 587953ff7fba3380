package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.KernelException;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.Cpus;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LiveKernel;
import dev.purebpf.kernel.WatchedKernel;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Maps of many kinds on this machine's kernel. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class BpfMapTest {
    record Key(int pid, int cpu) {}

    record Value(long count, String name, int[] numbers) {}

    private Kernel kernel;

    @BeforeEach
    void needsKernel() {
        kernel = LiveKernel.require();
    }

    @Test
    void entriesArePutFoundReplacedAndDeleted() {
        try (LoadedObject bpf = load()) {
            TypedMap<Key, Value> map = bpf.map("hash").typed(Key.class, Value.class);
            var key = new Key(1, 2);
            assertNull(map.get(key));
            assertFalse(map.replace(key, value(1)));
            assertTrue(map.putIfAbsent(key, value(1)));
            assertFalse(map.putIfAbsent(key, value(2)));
            assertTrue(map.replace(key, value(3)));
            assertEquals(3, map.get(key).count());
            assertEquals("value 3", map.get(key).name());
            assertArrayEquals(new int[] {3, 2, 1, 0}, map.get(key).numbers());
            assertEquals(3, map.remove(key).count());
            assertNull(map.remove(key));
            map.put(key, value(4));
            assertTrue(map.delete(key));
            assertFalse(map.delete(key));
        }
    }

    @Test
    void theKernelGetsNoMemoryThatIsClosedReadOnlyOrOfAnotherThread() throws Exception {
        try (LoadedObject bpf = load();
                Arena arena = Arena.ofConfined()) {
            BpfMap map = bpf.map("hash");
            MemorySegment key = arena.allocate(map.keySize());
            MemorySegment value = arena.allocate(map.transferSize());
            Arena gone = Arena.ofConfined();
            MemorySegment closed = gone.allocate(map.transferSize());
            gone.close();
            assertThrows(IllegalStateException.class, () -> map.put(key, closed));
            assertThrows(IllegalStateException.class, () -> map.lookup(key, closed));
            assertThrows(IllegalStateException.class, () -> map.delete(closed));
            MemorySegment constant = value.asReadOnly();
            assertThrows(UnsupportedOperationException.class, () -> map.lookup(key, constant));
            assertThrows(UnsupportedOperationException.class, () -> map.nextKey(key, constant));
            map.put(key.asReadOnly(), constant);
            assertTrue(map.lookup(key, value));
            var elsewhere = new CompletableFuture<Boolean>();
            Thread thread =
                    new Thread(
                            () -> {
                                try {
                                    elsewhere.complete(map.lookup(key, value));
                                } catch (WrongThreadException e) {
                                    elsewhere.complete(false);
                                }
                            });
            thread.start();
            assertFalse(elsewhere.get());
        }
    }

    @Test
    void everyEntryIsHandedOutOnce() {
        try (LoadedObject bpf = load()) {
            TypedMap<Key, Value> map = bpf.map("hash").typed(Key.class, Value.class);
            Map<Key, Long> expected = new HashMap<>();
            for (int i = 0; i < 1000; i++) {
                map.put(new Key(i, -i), value(i));
                expected.put(new Key(i, -i), (long) i);
            }
            Map<Key, Long> seen = new HashMap<>();
            map.forEach((key, value) -> assertNull(seen.put(key, value.count())));
            assertEquals(expected, seen);
        }
    }

    @Test
    void iterationEndsWhileEntriesAreDeleted() {
        try (LoadedObject bpf = load()) {
            TypedMap<Key, Value> map = bpf.map("hash").typed(Key.class, Value.class);
            for (int i = 0; i < 1000; i++) {
                map.put(new Key(i, 0), value(i));
            }
            Set<Key> seen = new HashSet<>();
            map.forEach(
                    (key, _) -> {
                        seen.add(key);
                        map.delete(key);
                        map.delete(new Key(key.pid() ^ 1, 0));
                    });
            assertTrue(seen.size() >= 500, () -> "saw " + seen.size());
            map.forEach((key, _) -> assertNull(key));
        }
    }

    @Test
    void mapsThatHaveNoBatchesAreWalkedByKey() {
        try (LoadedObject bpf = load()) {
            var map = bpf.map("lpm_trie").typed(byte[].class, Integer.class);
            map.put(new byte[] {32, 0, 0, 0, 10, 0, 0, 1}, 1);
            map.put(new byte[] {8, 0, 0, 0, 10, 0, 0, 0}, 2);
            Set<Integer> seen = new HashSet<>();
            map.forEach((_, value) -> seen.add(value));
            assertEquals(Set.of(1, 2), seen);
            assertEquals(2, map.get(new byte[] {32, 0, 0, 0, 10, 9, 9, 9}));
        }
    }

    @Test
    void perCpuMapsHaveAValueForEachPossibleCpu() {
        try (LoadedObject bpf = load()) {
            int cpus = Cpus.possibleCount(kernel);
            PerCpuMap<Integer, Long> array =
                    bpf.map("percpu_array").perCpu(Integer.class, Long.class);
            assertEquals(Collections.nCopies(cpus, 0L), array.get(0));
            array.put(1, Collections.nCopies(cpus, 5L));
            assertEquals(Collections.nCopies(cpus, 5L), array.get(1));
            PerCpuMap<Integer, Value> hash =
                    bpf.map("percpu_hash").perCpu(Integer.class, Value.class);
            hash.put(1, Collections.nCopies(cpus, value(9)));
            List<Value> values = hash.get(1);
            assertEquals(cpus, values.size());
            assertEquals("value 9", values.getLast().name());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> bpf.map("percpu_hash").typed(Integer.class, Value.class));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> bpf.map("hash").perCpu(Key.class, Value.class));
        }
    }

    @Test
    void typesThatAreNotTheMapsAreRefused() {
        record Swapped(int cpu, int pid) {}
        try (LoadedObject bpf = load()) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> bpf.map("hash").typed(Swapped.class, Value.class));
            assertTrue(e.getMessage().contains("pid"), e.getMessage());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> bpf.map("lru_hash").typed(Long.class, Value.class));
        }
    }

    @Test
    void memoryIsCopiedAndCheckedForSize() {
        try (LoadedObject bpf = load();
                Arena arena = Arena.ofConfined()) {
            BpfMap map = bpf.map("array");
            MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
            value.set(ValueLayout.JAVA_LONG, 0, 77);
            map.put(key, value);
            value.set(ValueLayout.JAVA_LONG, 0, 0);
            assertTrue(map.lookup(key, value));
            assertEquals(77, value.get(ValueLayout.JAVA_LONG, 0));
            key.set(ValueLayout.JAVA_INT, 0, 8);
            assertFalse(map.lookup(key, value));
            assertThrows(KernelException.class, () -> map.put(key, value));
            MemorySegment tooSmall = arena.allocate(4);
            assertThrows(IllegalArgumentException.class, () -> map.lookup(key, tooSmall));
            MemorySegment onHeap = MemorySegment.ofArray(new long[1]);
            assertThrows(IllegalArgumentException.class, () -> map.lookup(key, onHeap));
        }
    }

    @Test
    void sizesAreAdjustedToTheMachine() {
        try (LoadedObject bpf = load()) {
            assertEquals(8192, bpf.map("ringbuf").maxEntries());
            assertEquals(Cpus.possibleCount(kernel), bpf.map("perf").maxEntries());
        }
    }

    @Test
    void mapsOfMapsAndProgramArraysAreFilled() {
        try (LoadedObject bpf = load()) {
            var outer = bpf.map("outer").typed(Integer.class, Integer.class);
            assertTrue(outer.get(0) > 0, "the id of inner_first");
            assertNull(outer.get(1));
            assertTrue(outer.get(3) > 0, "the id of inner_second");
            assertTrue(bpf.map("programs").programArray().programId(1).orElseThrow() > 0);
        }
    }

    @Test
    void aMapOfMapsTakesOnlyMapsLikeItsInnerOne() {
        try (LoadedObject bpf = load()) {
            MapOfMaps<Integer> outer = bpf.map("outer").mapOfMaps(Integer.class);
            outer.put(1, bpf.map("inner_first"));
            assertEquals(outer.mapId(0), outer.mapId(1));
            assertTrue(outer.delete(0));
            assertEquals(OptionalInt.empty(), outer.mapId(0));
            assertThrows(
                    IllegalArgumentException.class, () -> bpf.map("hash").mapOfMaps(Integer.class));
            var e = assertThrows(KernelException.class, () -> outer.put(1, bpf.map("hash")));
            assertEquals(Errno.EINVAL.number(), e.errno());
            assertTrue(e.getMessage().contains("same type, key size"), e.getMessage());
        }
    }

    @Test
    void queuesArePopped() {
        try (LoadedObject bpf = load();
                Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
            BpfMap queue = bpf.map("queue");
            assertFalse(queue.lookupAndDelete(MemorySegment.NULL, value));
            value.set(ValueLayout.JAVA_LONG, 0, 5);
            queue.put(MemorySegment.NULL, value);
            value.set(ValueLayout.JAVA_LONG, 0, 0);
            assertTrue(queue.lookupAndDelete(MemorySegment.NULL, value));
            assertEquals(5, value.get(ValueLayout.JAVA_LONG, 0));
        }
    }

    @Test
    void valuesOfAQueueComeInTheirOrder() {
        try (LoadedObject bpf = load()) {
            QueueMap<Long> queue = bpf.map("queue").queue(Long.class);
            assertNull(queue.peek());
            assertNull(queue.pop());
            for (long value = 1; value <= 16; value++) {
                queue.push(value);
            }
            var full = assertThrows(KernelException.class, () -> queue.push(17L));
            assertEquals(Errno.E2BIG.number(), full.errno());
            assertEquals(1, queue.peek());
            assertEquals(1, queue.pop());
            assertEquals(2, queue.pop());
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> bpf.map("queue").queue(Integer.class));
            assertTrue(e.getMessage().contains("declare it long"), e.getMessage());
            assertThrows(IllegalArgumentException.class, () -> bpf.map("array").queue(Long.class));
        }
    }

    @Test
    void manyEntriesArePutAndDeletedAtOnce() {
        Map<Key, Value> entries = new HashMap<>();
        for (int i = 0; i < 600; i++) {
            entries.put(new Key(i, -i), value(i));
        }
        try (LoadedObject bpf = load()) {
            TypedMap<Key, Value> map = bpf.map("hash").typed(Key.class, Value.class);
            map.putAll(Map.of());
            map.putAll(entries);
            assertEquals(entries.keySet(), keys(map));
            assertEquals(599, map.get(new Key(599, -599)).count());
            // Those that are not there are at the beginning, next to each other, and at the end.
            List<Key> some = new ArrayList<>(List.of(new Key(-1, 0), new Key(-2, 0)));
            for (int i = 0; i < 500; i++) {
                some.add(new Key(i, -i));
            }
            some.add(250, new Key(-3, 0));
            some.add(new Key(-4, 0));
            assertEquals(500, map.deleteAll(some));
            assertEquals(0, map.deleteAll(some));
            assertEquals(0, map.deleteAll(List.of()));
            assertEquals(100, keys(map).size());
        }
    }

    @Test
    void whereThereAreNoBatchesEntriesArePutAndDeletedOneByOne() {
        try (LoadedObject bpf = load()) {
            // LPM tries have batches since 5.11.
            var routes = bpf.map("lpm_trie").typed(Long.class, Integer.class);
            long half = 32; // The first four bytes of a key are how many bits of the rest count.
            routes.putAll(Map.of(half | 1L << 32, 1, half | 2L << 32, 2));
            assertEquals(2, routes.get(half | 2L << 32));
            assertEquals(1, routes.deleteAll(List.of(half | 2L << 32, half | 3L << 32)));
            // Those of an array never go.
            var array = bpf.map("array").typed(Integer.class, Long.class);
            array.putAll(Map.of(0, 5L, 7, 6L));
            assertEquals(6, array.get(7));
            assertThrows(KernelException.class, () -> array.deleteAll(List.of(0)));
        }
    }

    @Test
    void aKernelWithoutBatchesGetsEntriesOneByOne() {
        WatchedKernel old = new WatchedKernel(kernel, Set.of(Feature.BATCH));
        BpfObject object = Fixtures.open("maps");
        object.map("pinned").autocreate(false);
        try (LoadedObject bpf = object.load(LoadOptions.defaults().withKernel(old.kernel()))) {
            TypedMap<Key, Value> map = bpf.map("hash").typed(Key.class, Value.class);
            map.putAll(Map.of(new Key(1, 1), value(1), new Key(2, 2), value(2)));
            assertEquals(1, map.deleteAll(List.of(new Key(2, 2), new Key(3, 3))));
            assertEquals(Set.of(new Key(1, 1)), keys(map));
            assertEquals(List.of(), old.calls(BpfCommand.MAP_UPDATE_BATCH));
            assertEquals(List.of(), old.calls(BpfCommand.MAP_DELETE_BATCH));
        }
    }

    @Test
    void putAllOfPerCpuMapsTakesAValueForEachCpu() {
        try (LoadedObject bpf = load()) {
            PerCpuMap<Integer, Long> map =
                    bpf.map("percpu_array").perCpu(Integer.class, Long.class);
            List<Long> ones = Collections.nCopies(map.map().valuesPerKey(), 1L);
            List<Long> twos = Collections.nCopies(map.map().valuesPerKey(), 2L);
            map.putAll(Map.of(0, ones, 1, twos));
            assertEquals(ones, map.get(0));
            assertEquals(twos, map.get(1));
        }
    }

    private static Set<Key> keys(TypedMap<Key, Value> map) {
        Set<Key> keys = new HashSet<>();
        map.forEach((key, _) -> keys.add(key));
        return keys;
    }

    @Test
    void pinnedMapsAreSharedIfTheyAreTheSame() throws IOException {
        Path pins = Bpffs.unusedFolder();
        try {
            LoadOptions options = LoadOptions.defaults().withPinRoot(pins);
            try (LoadedObject first = Fixtures.open("maps").load(options)) {
                first.map("pinned").typed(Integer.class, Integer.class).put(1, 11);
                try (LoadedObject second = Fixtures.open("maps").load(options)) {
                    assertEquals(
                            11, second.map("pinned").typed(Integer.class, Integer.class).get(1));
                }
            }
            BpfObject larger = Fixtures.open("maps");
            larger.map("pinned").maxEntries(5);
            var e = assertThrows(KernelException.class, () -> larger.load(options).close());
            assertTrue(e.getMessage().contains("capacity is 4 instead of 5"), e.getMessage());
            assertTrue(Files.exists(pins.resolve("pinned")), "a pin of others stays");
        } finally {
            Files.deleteIfExists(pins.resolve("pinned"));
            Files.deleteIfExists(pins);
        }
    }

    @Test
    void aFailedLoadTakesItsPinsBack() throws IOException {
        Path pins = Bpffs.unusedFolder();
        try {
            BpfObject object = Fixtures.open("maps");
            object.map("hash").flags(-1);
            object.map("pinned").pinPath(pins.resolve("mine"));
            BpfObject last = Fixtures.open("maps");
            last.map("outer").flags(-1);
            last.map("pinned").pinPath(pins.resolve("mine"));
            assertThrows(KernelException.class, () -> object.load().close());
            assertThrows(KernelException.class, () -> last.load().close());
            assertFalse(Files.exists(pins.resolve("mine")));
        } finally {
            Files.deleteIfExists(pins.resolve("mine"));
            Files.deleteIfExists(pins);
        }
    }

    private static Value value(int number) {
        return new Value(number, "value " + number, new int[] {3, 2, 1, 0});
    }

    /** The maps, without the one that would be pinned. */
    private static LoadedObject load() {
        BpfObject object = Fixtures.open("maps");
        object.map("pinned").autocreate(false);
        return object.load();
    }
}
