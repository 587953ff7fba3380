package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.OpenProgram;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.error.VerifierException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.KernelFeatures;
import dev.purebpf.symbol.Glob;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Attaching and detaching on this machine's kernel; the programs count this process only. */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class AttachTest {
    private static final long PERF_ENABLE = 0x2400;

    @Test
    void linksOfOtherKindsKeepTheirProgram() {
        try (LoadedObject bpf = load(Kernel.host(), "at_any_raw_tracepoint")) {
            Program program = bpf.program("at_any_raw_tracepoint");
            try (Link link = RawTracepoint.of("sys_enter").attach(program)) {
                var e = assertThrows(UnsupportedFeatureException.class, () -> link.update(program));
                assertTrue(e.getMessage().contains("raw_tracepoint sys_enter"), e.getMessage());
                assertTrue(link.isAttached());
            }
        }
    }

    @Test
    void aNameEndsWhereItEnds() {
        assertThrows(IllegalArgumentException.class, () -> RawTracepoint.of("sys_enter\0_not"));
    }

    @Test
    void aPatternNamesRawTracepoints() throws IOException {
        assertEquals(
                List.of(RawTracepoint.of("sched_process_exec")),
                RawTracepoint.matching(Kernel.host(), new Glob("sched_process_ex?c")));
        assertEquals(List.of(), RawTracepoint.matching(Kernel.host(), new Glob("no_such_*")));
    }

    @Test
    void aRawTracepointIsAttachedByItsSection() {
        try (LoadedObject bpf = load(Kernel.host(), "at_raw_tracepoint")) {
            Link link = Probe.attach(bpf.program("at_raw_tracepoint"));
            assertEquals("raw_tracepoint sys_enter", link.target());
            assertAttachedUntilClosed(bpf, link);
        }
    }

    @Test
    void aPinnedProgramIsAttachedWithoutItsObject() throws IOException {
        Path pin = LiveProbes.newPin();
        try (LoadedObject bpf = load(Kernel.host(), "at_raw_tracepoint")) {
            bpf.program("at_raw_tracepoint").pin(pin);
            try (OpenProgram opened = OpenProgram.pinned(pin)) {
                Program program = opened.program("raw_tracepoint/sys_enter");
                Link link = Probe.attach(program);
                assertEquals("at_raw_tracepoi at raw_tracepoint sys_enter", link.toString());
                assertAttachedUntilClosed(bpf, link);
                assertAttachedUntilClosed(bpf, RawTracepoint.of("sys_enter").attach(program));
            }
        } finally {
            Files.deleteIfExists(pin);
        }
    }

    @Test
    void aTracepointIsAttachedByItsSection() {
        LiveProbes.requireTracefs();
        try (LoadedObject bpf = load(Kernel.host(), "at_tracepoint")) {
            Link link = Probe.attach(bpf.program("at_tracepoint"));
            assertEquals("tracepoint raw_syscalls/sys_enter", link.target());
            assertAttachedUntilClosed(bpf, link);
        }
    }

    @Test
    void aSectionWithoutANameLeavesItToTheCaller() {
        LiveProbes.requireTracefs();
        try (LoadedObject bpf = load(Kernel.host(), "at_any_tracepoint")) {
            assertAttachedUntilClosed(
                    bpf,
                    Tracepoint.of("raw_syscalls", "sys_enter")
                            .attach(bpf.program("at_any_tracepoint")));
        }
        try (LoadedObject bpf = load(Kernel.host(), "at_any_raw_tracepoint")) {
            assertAttachedUntilClosed(
                    bpf,
                    RawTracepoint.of("sys_enter").attach(bpf.program("at_any_raw_tracepoint")));
            assertSays(
                    "RawTracepoint.of(name)",
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Probe.attach(bpf.program("at_any_raw_tracepoint"))));
        }
    }

    @Test
    void theProgramGetsTheCookie() {
        LiveProbes.requireTracefs();
        assumeTrue(Kernel.host().features().has(Feature.COOKIE), "needs cookies (5.15)");
        try (LoadedObject bpf = load(Kernel.host(), "with_cookie");
                Link link =
                        Tracepoint.of("raw_syscalls", "sys_enter")
                                .withCookie(0x1234_5678_9abcL)
                                .attach(bpf.program("with_cookie"))) {
            assertTrue(link.isAttached());
            Kernel.host().threadId();
            assertEquals(0x1234_5678_9abcL, bpf.variable("cookie").getLong());
        }
    }

    @Test
    void aRawTracepointGivesTheCookieToo() {
        assumeTrue(hasCookiesOfRawTracepoints(), "needs cookies of raw tracepoints (6.10)");
        RawTracepoint place = RawTracepoint.of("sys_enter").withCookie(0x1234_5678_9abcL);
        try (LoadedObject bpf = load(Kernel.host(), "raw_cookie");
                Link link = place.attach(bpf.program("raw_cookie"))) {
            assertTrue(link.isAttached());
            Kernel.host().threadId();
            assertEquals(0x1234_5678_9abcL, bpf.variable("cookie").getLong());
        }
    }

    @Test
    void beforeCookiesOfRawTracepointsOneIsRefused() {
        assumeTrue(!hasCookiesOfRawTracepoints(), "is for kernels before 6.10");
        RawTracepoint place = RawTracepoint.of("sys_enter").withCookie(1);
        try (LoadedObject bpf = load(Kernel.host(), "at_any_raw_tracepoint")) {
            var e =
                    assertThrows(
                            UnsupportedFeatureException.class,
                            () -> place.attach(bpf.program("at_any_raw_tracepoint")));
            assertEquals("6.10", e.since());
        }
    }

    private static boolean hasCookiesOfRawTracepoints() {
        try {
            load(Kernel.host(), "raw_cookie").close();
            return true;
        } catch (VerifierException e) {
            assertSays("#174", e);
            return false;
        }
    }

    @Test
    void beforeLinksOfPerfEventsAProgramIsAttachedToTheEventItself() {
        LiveProbes.requireTracefs();
        assumeTrue(Kernel.host().features().has(Feature.COOKIE), "needs BPF cookies (5.15)");
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        for (Feature feature : Feature.values()) {
            if (feature != Feature.PERF_LINK
                    && feature != Feature.COOKIE
                    && Kernel.host().features().has(feature)) {
                features.add(feature);
            }
        }
        Kernel old = LiveProbes.failing(KernelFeatures.of(features), -1);
        try (LoadedObject bpf = load(old, "at_tracepoint", "with_cookie")) {
            Link link = Probe.attach(bpf.program("at_tracepoint"));
            assertThrows(
                    UnsupportedFeatureException.class,
                    () -> link.pin(Path.of("/sys/fs/bpf/purebpf-never")));
            assertAttachedUntilClosed(bpf, link);
            assertThrows(
                    UnsupportedFeatureException.class,
                    () ->
                            Tracepoint.of("raw_syscalls", "sys_enter")
                                    .withCookie(1)
                                    .attach(bpf.program("with_cookie")));
        }
    }

    @Test
    void aFailureOnTheWayLeavesNothingBehind() {
        LiveProbes.requireTracefs();
        Kernel broken = LiveProbes.failing(Kernel.host().features(), PERF_ENABLE);
        try (LoadedObject bpf = load(broken, "at_tracepoint")) {
            KernelException e =
                    assertThrows(
                            KernelException.class,
                            () -> Probe.attach(bpf.program("at_tracepoint")));
            assertEquals(Errno.EIO.number(), e.errno());
            assertCounting(bpf, false);
        }
    }

    @Test
    void aPinnedLinkOutlivesItsCloseUntilThePinIsRemoved() throws IOException {
        Path pin = LiveProbes.newPin();
        for (String program : List.of("at_raw_tracepoint", "at_tracepoint")) {
            if (program.equals("at_tracepoint")) {
                LiveProbes.requireTracefs();
                assumeTrue(Kernel.host().features().has(Feature.PERF_LINK), "needs 5.15");
            }
            try (LoadedObject bpf = load(Kernel.host(), program)) {
                Link link = Probe.attach(bpf.program(program));
                link.pin(pin);
                try {
                    link.close();
                    assertFalse(link.isAttached());
                    assertCounting(bpf, true);
                    assertThrows(IllegalStateException.class, () -> link.pin(pin));
                } finally {
                    Files.delete(pin);
                }
                assertEventuallyNotCounting(bpf);
            }
        }
    }

    @Test
    void anUnknownNameIsAnsweredWithThoseThatComeNear() {
        try (LoadedObject bpf = load(Kernel.host(), "at_any_tracepoint", "at_any_raw_tracepoint")) {
            KernelException raw =
                    assertThrows(
                            KernelException.class,
                            () ->
                                    RawTracepoint.of("sys_entr")
                                            .attach(bpf.program("at_any_raw_tracepoint")));
            assertSays("did you mean sys_enter", raw);
            LiveProbes.requireTracefs();
            KernelException e =
                    assertThrows(
                            KernelException.class,
                            () ->
                                    Tracepoint.of("sched", "sched_swich")
                                            .attach(bpf.program("at_any_tracepoint")));
            assertSays("did you mean sched/sched_switch", e);
        }
    }

    @Test
    void aTracepointRunsAProgramOnce() {
        LiveProbes.requireTracefs();
        Tracepoint place = Tracepoint.of("raw_syscalls", "sys_enter");
        try (LoadedObject bpf = load(Kernel.host(), "at_any_tracepoint");
                Link link = place.attach(bpf.program("at_any_tracepoint"))) {
            var e =
                    assertThrows(
                            KernelException.class,
                            () -> place.attach(bpf.program("at_any_tracepoint")));
            assertEquals(Errno.EEXIST.number(), e.errno());
            assertSays("attaching to tracepoint raw_syscalls/sys_enter", e);
            assertSays("is attached there already", e);
            assertTrue(link.isAttached());
        }
    }

    @Test
    void aProgramOfAnotherKindIsRefused() {
        try (LoadedObject bpf =
                load(Kernel.host(), "elsewhere", "at_any_tracepoint", "at_any_raw_tracepoint")) {
            assertSays(
                    "SEC(\"socket\")",
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Probe.attach(bpf.program("elsewhere"))));
            assertSays(
                    "SEC(\"tp/a/b\")",
                    assertThrows(
                            IllegalArgumentException.class,
                            () ->
                                    Tracepoint.of("a", "b")
                                            .attach(bpf.program("at_any_raw_tracepoint"))));
            assertSays(
                    "SEC(\"raw_tp/a\")",
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> RawTracepoint.of("a").attach(bpf.program("at_any_tracepoint"))));
        }
    }

    @Test
    void closingTwiceAndFromSeveralThreadsClosesOnce() throws InterruptedException {
        try (LoadedObject bpf = load(Kernel.host(), "at_raw_tracepoint")) {
            Link link = Probe.attach(bpf.program("at_raw_tracepoint"));
            Thread[] threads = new Thread[4];
            for (int i = 0; i < threads.length; i++) {
                threads[i] = Thread.ofPlatform().start(link::close);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            link.detach();
            assertFalse(link.isAttached());
        }
    }

    private static void assertAttachedUntilClosed(LoadedObject bpf, Link link) {
        assertTrue(link.isAttached());
        assertCounting(bpf, true);
        link.close();
        link.close();
        assertFalse(link.isAttached());
        assertEventuallyNotCounting(bpf);
    }

    private static void assertCounting(LoadedObject bpf, boolean expected) {
        long before = bpf.variable("hits").getLong();
        Kernel.host().threadId();
        assertEquals(expected, bpf.variable("hits").getLong() > before);
    }

    private static void assertEventuallyNotCounting(LoadedObject bpf) {
        LiveProbes.await(
                () -> {
                    long before = bpf.variable("hits").getLong();
                    Kernel.host().threadId();
                    return bpf.variable("hits").getLong() == before;
                });
    }

    private static void assertSays(String part, Exception e) {
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    private static LoadedObject load(Kernel kernel, String... programs) {
        int pid = (int) ProcessHandle.current().pid();
        return LiveProbes.load(kernel, "probes", "target_pid", pid, programs);
    }
}
