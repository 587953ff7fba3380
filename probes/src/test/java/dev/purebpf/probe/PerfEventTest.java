package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.nio.file.Path;

/** Samples of this thread, which is kept busy until they come. */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class PerfEventTest {
    private static final Kernel KERNEL = Kernel.host();
    private static final long GIVE_UP = 20_000_000_000L;

    @Test
    void aThreadIsSampledByTheClock() {
        PerfEvent thread = PerfEvent.cpuClock().inThread(KERNEL.threadId());
        try (LoadedObject bpf = load("on_sample")) {
            try (Link link = thread.every(1_000_000).attach(bpf.program("on_sample"))) {
                assertTrue(
                        link.target().startsWith("perf_event 1:0 each 1000000 of thread "),
                        link.target());
                assertSampled(bpf, 10);
            }
            long after = bpf.variable("hits").getLong();
            work();
            assertEquals(after, bpf.variable("hits").getLong());
            try (Link link = thread.withFrequency(500).attach(bpf.program("on_sample"))) {
                assertTrue(link.target().contains(" at 500 Hz"), link.target());
                assertSampled(bpf, after + 10);
            }
        }
    }

    @Test
    void allCpusAreSampled() {
        try (LoadedObject bpf = load("on_sample");
                Link link =
                        PerfEvent.cpuClock().withFrequency(999).attach(bpf.program("on_sample"))) {
            assertEquals("perf_event 1:0 at 999 Hz", link.target());
            assertSampled(bpf, 5);
            assertThrows(
                    UnsupportedFeatureException.class,
                    () -> link.pin(Path.of("/sys/fs/bpf/purebpf-never")));
        }
    }

    @Test
    void cyclesAreCountedOrTheMachineSaysThatItCannot() {
        PerfEvent cycles = PerfEvent.cycles().every(1_000_000).inThread(KERNEL.threadId());
        try (LoadedObject bpf = load("on_sample");
                Link link = cycles.attach(bpf.program("on_sample"))) {
            assertTrue(link.isAttached());
            assertSampled(bpf, 1);
        } catch (KernelException e) {
            assertTrue(e.getMessage().contains("this machine counts no such event"), e.toString());
        }
    }

    @Test
    void theProgramGetsTheCookie() {
        assumeTrue(KERNEL.features().has(Feature.COOKIE), "needs BPF cookies (5.15)");
        try (LoadedObject bpf = load("sample_cookie");
                Link link =
                        PerfEvent.cpuClock()
                                .every(1_000_000)
                                .inThread(KERNEL.threadId())
                                .withCookie(99)
                                .attach(bpf.program("sample_cookie"))) {
            assertTrue(link.isAttached());
            long start = System.nanoTime();
            while (bpf.variable("cookie").getLong() == 0 && System.nanoTime() - start < GIVE_UP) {
                work();
            }
            assertEquals(99, bpf.variable("cookie").getLong());
        }
    }

    @Test
    void whatIsNotThereIsRefused() {
        try (LoadedObject bpf = load("on_sample", "at_call")) {
            var thread =
                    assertThrows(
                            KernelException.class,
                            () ->
                                    PerfEvent.cpuClock()
                                            .inThread(1 << 29)
                                            .attach(bpf.program("on_sample")));
            assertEquals(Errno.ESRCH.number(), thread.errno());
            assertTrue(thread.getMessage().contains("there is no thread"), thread.getMessage());
            var cpu =
                    assertThrows(
                            KernelException.class,
                            () ->
                                    PerfEvent.cpuClock()
                                            .onCpu(4000)
                                            .attach(bpf.program("on_sample")));
            assertTrue(cpu.getMessage().contains("no such CPU"), cpu.getMessage());
            var program =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> PerfEvent.cpuClock().attach(bpf.program("at_call")));
            assertTrue(program.getMessage().contains("SEC(\"perf_event\")"), program.getMessage());
        }
        assertThrows(IllegalArgumentException.class, () -> PerfEvent.cpuClock().every(0));
        assertThrows(IllegalArgumentException.class, () -> PerfEvent.cpuClock().onCpu(-2));
    }

    private static void assertSampled(LoadedObject bpf, long times) {
        long start = System.nanoTime();
        while (bpf.variable("hits").getLong() < times && System.nanoTime() - start < GIVE_UP) {
            work();
        }
        long hits = bpf.variable("hits").getLong();
        assertTrue(hits >= times, hits + " samples");
    }

    private static void work() {
        long end = System.nanoTime() + 3_000_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private static LoadedObject load(String... programs) {
        return LiveProbes.load(KERNEL, "typed", "target_tid", KERNEL.threadId(), programs);
    }
}
