package dev.purebpf.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.FakeKernel;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.MapAttributes;
import dev.purebpf.kernel.MapCommands;
import dev.purebpf.kernel.OwnedFd;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.List;
import java.util.Map;

class OpeningBuffersTest {
    private static final EventHandler NOBODY = (_, _, _) -> {};
    private static final String ONLINE = "/sys/devices/system/cpu/online";

    private static OwnedFd map(Kernel kernel) {
        return MapCommands.create(kernel, new MapAttributes("events", 4, 4, 4, 8));
    }

    private static RingBuffer ring(Kernel kernel, int map) {
        return RingBuffer.open(kernel, map, 8192, "events", NOBODY);
    }

    private static PerfBuffer perf(Kernel kernel, int map) {
        return PerfBuffer.open(kernel, map, 8, 2, "events", NOBODY);
    }

    @Test
    void aRingIsMappedAsTheKernelLaysItOut() {
        try (var kernel = new FakeKernel();
                OwnedFd map = map(kernel);
                RingBuffer ring = ring(kernel, map.number())) {
            List<FakeKernel.Call> mappings = kernel.calls("mmap");
            // address, length, protection, flags, fd, offset
            assertEquals(List.of(0L, 4096L, 3L, 1L), mappings.get(0).arguments().subList(0, 4));
            assertEquals(0, mappings.get(0).arguments().get(5));
            assertEquals(
                    List.of(0L, 4096L + 2 * 8192, 1L, 1L),
                    mappings.get(1).arguments().subList(0, 4));
            assertEquals(4096, mappings.get(1).arguments().get(5));
            assertEquals(0, ring.consume());
            assertEquals(0, ring.lost());
        }
    }

    @Test
    void theMapsDescriptorMayBeClosedBeforeTheBuffer() {
        try (var kernel = new FakeKernel()) {
            OwnedFd ringMap = map(kernel);
            OwnedFd perfMap = map(kernel);
            try (RingBuffer ring = ring(kernel, ringMap.number());
                    PerfBuffer perf = perf(kernel, perfMap.number())) {
                ringMap.close();
                perfMap.close();
                assertEquals(0, ring.poll(Duration.ZERO));
                assertEquals(0, perf.poll(Duration.ZERO));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 4095, 12288, 2048, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 41})
    void aSizeThatIsNoPowerOfTwoOfPagesIsRefused(long size) {
        try (var kernel = new FakeKernel()) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> RingBuffer.open(kernel, 5, size, "events", NOBODY));
            assertTrue(e.getMessage().contains("events"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 3, 12, Integer.MIN_VALUE})
    void perfPagesThatAreNoPowerOfTwoAreRefused(int pages) {
        try (var kernel = new FakeKernel()) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> PerfBuffer.open(kernel, 5, 8, pages, "events", NOBODY));
        }
    }

    @Test
    void whicheverCallFailsNothingOfARingIsLeftBehind() {
        int calls;
        try (var kernel = new FakeKernel();
                OwnedFd map = map(kernel);
                RingBuffer _ = ring(kernel, map.number())) {
            calls = kernel.calls().size();
        }
        assertEquals(8, calls);
        for (int n = 2; n <= calls; n++) {
            try (var kernel = new FakeKernel().failing(n, Errno.ENOMEM);
                    OwnedFd map = map(kernel)) {
                var e = assertThrows(KernelException.class, () -> ring(kernel, map.number()));
                assertEquals("ENOMEM", e.errnoName());
            }
        }
    }

    @Test
    void whicheverCallFailsNothingOfAPerfBufferIsLeftBehind() {
        int calls;
        try (var kernel = new FakeKernel();
                OwnedFd map = map(kernel);
                PerfBuffer _ = perf(kernel, map.number())) {
            calls = kernel.calls().size();
        }
        assertTrue(calls > 20, calls + " calls");
        for (int n = 2; n <= calls; n++) {
            try (var kernel = new FakeKernel().failing(n, Errno.ENOMEM);
                    OwnedFd map = map(kernel)) {
                assertThrows(KernelException.class, () -> perf(kernel, map.number()));
            }
        }
    }

    @Test
    void onlyOnlineCpusGetARingAndTheirKeyIsTheCpu() {
        try (var kernel = new FakeKernel().file(ONLINE, "0,2-3\n");
                OwnedFd map = map(kernel);
                PerfBuffer _ = perf(kernel, map.number())) {
            List<FakeKernel.Call> events = kernel.calls("perf_event_open");
            assertEquals(
                    List.of(0L, 2L, 3L),
                    events.stream().map(call -> call.arguments().get(1)).toList());
            FakeKernel.Call event = events.getFirst();
            assertEquals(List.of(-1L, 0L, -1L, 8L), event.arguments());
            assertEquals(1, event.getInt(0));
            assertEquals(10, event.getLong(8));
            assertEquals(1, event.getLong(16));
            assertEquals(1 << 10, event.getLong(24));
            assertEquals(1, event.getInt(48));
            assertEquals(3, kernel.calls(BpfCommand.MAP_UPDATE_ELEM).size());
        }
    }

    @Test
    void aCpuThatGoesOfflineMeanwhileIsPassedOver() {
        // Calls: create, duplicate, epoll, eventfd, epoll_ctl, and the first perf_event_open.
        try (var kernel = new FakeKernel().failing(6, Errno.ENODEV);
                OwnedFd map = map(kernel);
                PerfBuffer _ = perf(kernel, map.number())) {
            assertEquals(3, kernel.calls(BpfCommand.MAP_UPDATE_ELEM).size());
        }
    }

    @Test
    void cpusBeyondTheMapGetNoRing() {
        try (var kernel = new FakeKernel();
                OwnedFd map = map(kernel)) {
            PerfBuffer.open(kernel, map.number(), 2, 1, "events", NOBODY).close();
            assertEquals(2, kernel.calls("perf_event_open").size());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> PerfBuffer.open(kernel, map.number(), 0, 1, "events", NOBODY));
        }
    }

    @Test
    void theArrayIsEmptyAgainWhenTheReaderIsClosed() {
        try (var kernel = new FakeKernel();
                OwnedFd map = map(kernel)) {
            perf(kernel, map.number()).close();
            assertEquals(4, kernel.calls(BpfCommand.MAP_DELETE_ELEM).size());
            assertEquals(Map.of(map.number(), "map"), kernel.open());
        }
    }

    @Test
    void useAfterTheCloseIsAnException() {
        try (var kernel = new FakeKernel();
                OwnedFd map = map(kernel)) {
            for (EventBuffer buffer :
                    List.of(ring(kernel, map.number()), perf(kernel, map.number()))) {
                buffer.close();
                buffer.close();
                assertThrows(IllegalStateException.class, () -> buffer.poll(Duration.ZERO));
                assertThrows(IllegalStateException.class, buffer::consume);
                assertEquals(0, buffer.lost());
            }
        }
    }
}
