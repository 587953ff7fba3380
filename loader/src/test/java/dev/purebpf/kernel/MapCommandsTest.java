package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.purebpf.error.KernelException;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;

class MapCommandsTest {
    @AutoClose private final FakeKernel kernel = new FakeKernel();
    @AutoClose private final Arena arena = Arena.ofConfined();

    @Test
    void attributesOfANewMapLieWhereTheKernelReadsThem() {
        MapAttributes map =
                new MapAttributes("counts", 1, 4, 8, 100)
                        .flags(MapAttributes.ON_NUMA_NODE)
                        .numaNode(2)
                        .innerMap(31)
                        .interfaceIndex(32)
                        .btf(33, 34, 35)
                        .vmlinuxValueType(36)
                        .extra(0x1_0000_0002L);
        MapCommands.create(kernel, map).close();
        FakeKernel.Call call = kernel.calls(BpfCommand.MAP_CREATE).getFirst();
        assertEquals(72, call.attributes().length);
        int[] expected = {1, 4, 8, 100, 4, 31, 2};
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], call.getInt(4 * i));
        }
        assertEquals("counts\0", new String(call.attributes(), 28, 7));
        for (int i = 0; i < 5; i++) {
            assertEquals(32 + i, call.getInt(44 + 4 * i));
        }
        assertEquals(0x1_0000_0002L, call.getLong(64));
    }

    @Test
    void anOldKernelGetsNoName() {
        try (var old = new FakeKernel(EnumSet.of(Feature.MEMCG_ACCOUNTING))) {
            MapCommands.create(old, new MapAttributes("counts", 1, 4, 8, 100)).close();
            assertEquals(0, old.calls(BpfCommand.MAP_CREATE).getFirst().getLong(28));
        }
    }

    @Test
    void aRefusedMapTellsItsName() {
        kernel.failing(1, Errno.E2BIG);
        var e =
                assertThrows(
                        KernelException.class,
                        () -> MapCommands.create(kernel, new MapAttributes("counts", 1, 4, 8, 9)));
        assertEquals("creating map counts", e.operation());
        assertEquals(Errno.E2BIG.number(), e.errno());
    }

    @Test
    void elementsArePutFoundAndDeleted() {
        MemorySegment key = arena.allocateFrom(ValueLayout.JAVA_INT, 7);
        MemorySegment value = arena.allocateFrom(ValueLayout.JAVA_LONG, 42);
        MemorySegment found = arena.allocate(8);
        try (OwnedFd map = MapCommands.create(kernel, new MapAttributes("a", 1, 4, 8, 10))) {
            int fd = map.number();
            assertEquals(-2, MapCommands.lookup(kernel, fd, key, found, 0));
            assertEquals(0, MapCommands.update(kernel, fd, key, value, 0));
            assertEquals(0, MapCommands.lookup(kernel, fd, key, found, 0));
            assertEquals(42, found.get(ValueLayout.JAVA_LONG, 0));
            assertEquals(0, MapCommands.delete(kernel, fd, key));
            assertEquals(-2, MapCommands.delete(kernel, fd, key));
        }
    }

    @Test
    void aBatchAtTheEndBringsItsDataAlthoughTheKernelSaysEnoent() {
        assertEquals(new BatchResult(3, BatchResult.State.END), batch(3, -Errno.ENOENT.number()));
        assertEquals(new BatchResult(5, BatchResult.State.MORE), batch(5, 0));
    }

    @Test
    void aBucketLargerThanTheBatchBringsNothing() {
        assertEquals(
                new BatchResult(0, BatchResult.State.TOO_SMALL), batch(5, -Errno.ENOSPC.number()));
    }

    @Test
    void aBatchThatFailsOtherwiseIsAnException() {
        var e = assertThrows(KernelException.class, () -> batch(0, -Errno.EFAULT.number()));
        assertEquals("reading map a in batches", e.operation());
    }

    private BatchResult batch(int count, long result) {
        kernel.answering(
                BpfCommand.MAP_LOOKUP_BATCH,
                call -> {
                    assertEquals(56, call.attributes().length);
                    assertEquals(5, call.getInt(32));
                    assertEquals(9, call.getInt(36));
                    kernel.attributesOfTheCall().set(ValueLayout.JAVA_INT, 32, count);
                    return result;
                });
        MemorySegment memory = arena.allocate(64);
        return MapCommands.lookupBatch(
                kernel, 9, false, MemorySegment.NULL, memory, memory, memory, 5, "a");
    }

    @Test
    void walkingEndsThoughTheKernelBeginsAnewForEver() {
        kernel.answering(BpfCommand.MAP_GET_NEXT_KEY, _ -> 0);
        var keys = new MapKeys(kernel, 9, "a", 4, 10, arena);
        int count = 0;
        while (keys.next()) {
            count++;
        }
        assertEquals(84, count);
    }

    @Test
    void everyKeyMayBeDeletedOnTheWay() {
        try (OwnedFd map = MapCommands.create(kernel, new MapAttributes("a", 1, 4, 4, 100))) {
            MemorySegment key = arena.allocate(4);
            for (int i = 0; i < 100; i++) {
                key.set(ValueLayout.JAVA_INT, 0, i);
                MapCommands.update(kernel, map.number(), key, key, 0);
            }
            var keys = new MapKeys(kernel, map.number(), "a", 4, 100, arena);
            int count = 0;
            while (keys.next()) {
                assertEquals(0, MapCommands.delete(kernel, map.number(), keys.key()));
                count++;
            }
            assertEquals(100, count);
        }
    }

    @Test
    void aCallAllocatesNothing() {
        Kernel live = Kernel.host();
        MemorySegment key = arena.allocate(8);
        // On no map at all: the way into the kernel and back is what is measured, EBADF or EPERM.
        long allocated =
                AllocatedBytes.of(
                        () -> {
                            for (int i = 0; i < 20_000; i++) {
                                MapCommands.lookup(live, -1, key, key, 0);
                            }
                        });
        assertEquals(0, allocated);
    }
}
