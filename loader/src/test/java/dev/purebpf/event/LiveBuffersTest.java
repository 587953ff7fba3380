package dev.purebpf.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;

import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.AllocatedBytes;
import dev.purebpf.kernel.Cpus;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LiveKernel;
import dev.purebpf.kernel.MapAttributes;
import dev.purebpf.kernel.MapCommands;
import dev.purebpf.kernel.Mapping;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.ProgramAttributes;
import dev.purebpf.kernel.ProgramCommands;
import dev.purebpf.kernel.Slots;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Both buffers on the real kernel. A program that counts its runs and writes the count is run by
 * {@code BPF_PROG_TEST_RUN}, a million times in one call: a burst that nothing else can disturb.
 */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
@Timeout(120)
class LiveBuffersTest {
    private static final int SOCKET_FILTER = 1;
    private static final int ARRAY = 2;
    private static final int PERF_EVENT_ARRAY = 4;
    private static final int RING_BUFFER = 27;
    private static final int HELPER_PERF_EVENT_OUTPUT = 25;
    private static final int HELPER_RINGBUF_OUTPUT = 130;
    private static final int NO_WAKEUP = 1;
    private static final int MILLION = 1_000_000;

    private Kernel kernel;
    private Arena arena;
    private OwnedFd counters;
    private MemorySegment counts;

    @BeforeEach
    void open() {
        kernel = LiveKernel.require();
        arena = Arena.ofShared();
        counters =
                MapCommands.create(
                        kernel,
                        new MapAttributes("counters", ARRAY, 4, 16, 1)
                                .flags(MapAttributes.MAPPABLE));
        counts =
                Mapping.map(
                        kernel,
                        counters.number(),
                        0,
                        16,
                        Kernel.PROTECTION_READ,
                        arena,
                        "mapping counters");
    }

    @AfterEach
    void close() {
        if (counters != null) {
            counters.close();
            arena.close();
        }
    }

    /** {@return how often the program has run} */
    private long made() {
        return (long) ValueLayout.JAVA_LONG.varHandle().getAcquire(counts, 0L);
    }

    /** {@return how often the buffer refused} */
    private long refused() {
        return (long) ValueLayout.JAVA_LONG.varHandle().getAcquire(counts, 8L);
    }

    /** Counts a run and puts its number, 8 bytes, on the stack. */
    private Slots count() {
        return new Slots()
                .copy(8, 1)
                .value(6, counters.number(), 0)
                .loadLong(7, 6, 0)
                .storeRegister(10, -8, 7)
                .plus(7, 1)
                .storeRegister(6, 0, 7);
    }

    /** Counts a refusal if r0 says so, and returns. */
    private OwnedFd load(Slots slots) {
        byte[] instructions =
                slots.ifEqual(0, 0, 3)
                        .loadLong(7, 6, 8)
                        .plus(7, 1)
                        .storeRegister(6, 8, 7)
                        .move(0, 0)
                        .exit();
        return LiveKernel.load(
                kernel, new ProgramAttributes("burst", SOCKET_FILTER, instructions).license("GPL"));
    }

    private OwnedFd ringWriter(OwnedFd ring, int flags) {
        return load(
                count().map(1, ring.number())
                        .copy(2, 10)
                        .plus(2, -8)
                        .move(3, 8)
                        .move(4, flags)
                        .call(HELPER_RINGBUF_OUTPUT));
    }

    private OwnedFd perfWriter(OwnedFd array) {
        return load(
                count().copy(1, 8)
                        .map(2, array.number())
                        .moveLong(3, 0xffffffffL)
                        .copy(4, 10)
                        .plus(4, -8)
                        .move(5, 8)
                        .call(HELPER_PERF_EVENT_OUTPUT));
    }

    private OwnedFd ringMap(int size) {
        return MapCommands.create(kernel, new MapAttributes("ring", RING_BUFFER, 0, 0, size));
    }

    private OwnedFd perfMap() {
        return MapCommands.create(kernel, new MapAttributes("perf", PERF_EVENT_ARRAY, 4, 4, 64));
    }

    /** Runs a program once, on a CPU of choice: by a thread that is bound to it. */
    private void runOn(int cpu, OwnedFd program) throws Exception {
        var bound = new AtomicBoolean();
        Thread thread =
                new Thread(
                        () -> {
                            bound.set(bindThisThread(cpu));
                            run(program, 1);
                        });
        thread.start();
        thread.join();
        assumeTrue(bound.get(), "needs taskset, to run on CPU " + cpu);
    }

    private static boolean bindThisThread(int cpu) {
        try {
            // PID/task/TID
            String self = Files.readSymbolicLink(Path.of("/proc/thread-self")).toString();
            String tid = self.substring(self.lastIndexOf('/') + 1);
            return new ProcessBuilder("taskset", "-p", Long.toHexString(1L << cpu), tid)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void run(OwnedFd program, int times) {
        ProgramCommands.testRun(kernel, program.number(), new byte[64], 0, new byte[0], times);
    }

    /** Runs a burst on another thread while this one reads; every number has to come in order. */
    private void burst(EventBuffer buffer, OwnedFd program, AtomicLong handled) throws Exception {
        Thread burst = new Thread(() -> run(program, MILLION));
        burst.start();
        while (burst.isAlive()) {
            buffer.poll(Duration.ofMillis(5));
        }
        burst.join();
        while (buffer.consume() > 0) {
            // What was left behind.
        }
        assertTrue(made() >= MILLION, made() + " made");
        assertEquals(made() - refused(), handled.get(), refused() + " refused");
    }

    /** Takes numbers and insists that they rise. */
    private static EventHandler rising(AtomicLong handled) {
        long[] last = {-1};
        return (data, offset, length) -> {
            assertTrue(length >= 8);
            long number = data.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
            // A message for each of a million records takes longer than reading them.
            if (number <= last[0]) {
                fail(number + " after " + last[0]);
            }
            last[0] = number;
            handled.setPlain(handled.getPlain() + 1);
        };
    }

    @Test
    void aMillionRingRecordsAreReadOrRefusedExactly() throws Exception {
        var handled = new AtomicLong();
        try (OwnedFd map = ringMap(1 << 18);
                OwnedFd program = ringWriter(map, 0);
                RingBuffer ring =
                        RingBuffer.open(kernel, map.number(), 1 << 18, "events", rising(handled))) {
            burst(ring, program, handled);
            assertEquals(0, ring.lost());
        }
    }

    @Test
    void aMillionPerfRecordsAreReadOrLostExactly() throws Exception {
        var handled = new AtomicLong();
        try (OwnedFd map = perfMap();
                OwnedFd program = perfWriter(map);
                PerfBuffer perf =
                        PerfBuffer.open(
                                kernel,
                                map.number(),
                                64,
                                16,
                                "events",
                                (data, offset, length) -> {
                                    assertEquals(12, length);
                                    data.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
                                    handled.setPlain(handled.getPlain() + 1);
                                })) {
            burst(perf, program, handled);
            // The kernel reports a loss with the next record of that CPU that finds room.
            for (int cpu : Cpus.online(kernel)) {
                runOn(cpu, program);
                perf.consume();
            }
            assertEquals(made(), handled.get() + perf.lost());
            assertEquals(refused(), perf.lost());
        }
    }

    @Test
    void aRecordWakesThePoll() throws Exception {
        var handled = new AtomicLong();
        try (OwnedFd ringMap = ringMap(4096);
                OwnedFd perfMap = perfMap();
                OwnedFd ringWriter = ringWriter(ringMap, 0);
                OwnedFd perfWriter = perfWriter(perfMap);
                RingBuffer ring =
                        RingBuffer.open(kernel, ringMap.number(), 4096, "r", rising(handled));
                PerfBuffer perf =
                        PerfBuffer.open(kernel, perfMap.number(), 64, 1, "p", rising(handled))) {
            for (int i = 0; i < 20; i++) {
                assertWakes(ring, ringWriter);
                assertWakes(perf, perfWriter);
            }
            assertEquals(40, handled.get());
        }
    }

    private void assertWakes(EventBuffer buffer, OwnedFd program) throws Exception {
        Thread writer =
                new Thread(
                        () -> {
                            pause();
                            run(program, 1);
                        });
        writer.start();
        assertEquals(1, buffer.poll(Duration.ofSeconds(60)));
        writer.join();
    }

    private static void pause() {
        try {
            Thread.sleep(3);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void recordsWhoseWakeUpIsSuppressedAreRead() {
        var handled = new AtomicLong();
        try (OwnedFd map = ringMap(4096);
                OwnedFd program = ringWriter(map, NO_WAKEUP);
                RingBuffer ring =
                        RingBuffer.open(kernel, map.number(), 4096, "r", rising(handled))) {
            run(program, 3);
            assertEquals(3, ring.poll(Duration.ofSeconds(60)));
        }
    }

    @Test
    void aFullRingRefusesAndGoesOnWhenThereIsRoom() {
        var handled = new AtomicLong();
        try (OwnedFd map = ringMap(4096);
                OwnedFd program = ringWriter(map, 0);
                RingBuffer ring =
                        RingBuffer.open(kernel, map.number(), 4096, "r", rising(handled))) {
            run(program, 1000);
            int read = ring.consume();
            assertEquals(1000, read + refused());
            assertTrue(read >= 4096 / 16 - 1, read + " read");
            run(program, 1);
            assertEquals(1, ring.consume());
        }
    }

    @Test
    void readingAllocatesNothing() {
        long[] sum = {0};
        try (OwnedFd map = ringMap(1 << 16);
                OwnedFd program = ringWriter(map, 0);
                RingBuffer ring =
                        RingBuffer.open(
                                kernel,
                                map.number(),
                                1 << 16,
                                "r",
                                (data, offset, _) ->
                                        sum[0] += data.get(ValueLayout.JAVA_LONG, offset))) {
            // The run in between may allocate: only the poll is measured.
            var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            Duration wait = Duration.ofMillis(1);
            long least = Long.MAX_VALUE;
            long start = System.nanoTime();
            while (least > 0 && System.nanoTime() - start < 20_000_000_000L) {
                run(program, 4000);
                long before = threads.getCurrentThreadAllocatedBytes();
                ring.poll(wait);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least, "bytes for a poll of 4000 records");
        }
    }

    @Test
    void anEmptyPollAllocatesNothing() {
        try (OwnedFd map = ringMap(4096);
                RingBuffer ring =
                        RingBuffer.open(kernel, map.number(), 4096, "r", (_, _, _) -> {})) {
            assertEquals(
                    0,
                    AllocatedBytes.of(
                            () -> {
                                for (int i = 0; i < 20_000; i++) {
                                    ring.poll(Duration.ZERO);
                                }
                            }));
        }
    }

    @Test
    void closingWhileAnotherThreadReadsIsSafeAtAnyMoment() throws Exception {
        try (OwnedFd ringMap = ringMap(1 << 16);
                OwnedFd perfMap = perfMap();
                OwnedFd ringWriter = ringWriter(ringMap, 0);
                OwnedFd perfWriter = perfWriter(perfMap)) {
            for (int i = 0; i < 40; i++) {
                EventHandler touch =
                        (data, offset, _) -> data.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
                closeWhileReading(
                        RingBuffer.open(kernel, ringMap.number(), 1 << 16, "r", touch),
                        ringWriter,
                        i);
                closeWhileReading(
                        PerfBuffer.open(kernel, perfMap.number(), 64, 1, "p", touch),
                        perfWriter,
                        i);
            }
        }
    }

    private void closeWhileReading(EventBuffer buffer, OwnedFd program, int turn) throws Exception {
        Throwable[] ended = new Throwable[1];
        Thread poller =
                new Thread(
                        () -> {
                            try {
                                while (true) {
                                    buffer.poll(Duration.ofMinutes(1));
                                }
                            } catch (Throwable e) {
                                ended[0] = e;
                            }
                        });
        Thread writer = new Thread(() -> run(program, 1 + 250 * turn));
        poller.start();
        writer.start();
        long until = System.nanoTime() + turn * 25_000L;
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        buffer.close();
        poller.join();
        writer.join();
        assertEquals(IllegalStateException.class, ended[0].getClass(), ended[0]::toString);
        assertTrue(ended[0].getMessage().endsWith("is closed"), ended[0].getMessage());
        assertThrows(IllegalStateException.class, buffer::consume);
    }
}
