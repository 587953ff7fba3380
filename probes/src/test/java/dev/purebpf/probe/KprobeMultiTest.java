package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.KernelSymbols;
import dev.purebpf.probe.KprobeMulti.Place;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.KernelName;
import dev.purebpf.symbol.TraceableFunction;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.util.List;

/** Many functions of the kernel by one link; the programs see this thread read five bytes. */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class KprobeMultiTest {
    private static final Kernel KERNEL = Kernel.host();

    @Test
    void aKernelWithoutThemSaysSo() {
        assumeTrue(!KERNEL.features().has(Feature.KPROBE_MULTI), "is for kernels without them");
        try (LoadedObject bpf = load("at_functions")) {
            var e =
                    assertThrows(
                            UnsupportedFeatureException.class,
                            () -> KprobeMulti.of("vfs_read").attach(bpf.program("at_functions")));
            assertEquals("5.18", e.since());
        }
    }

    @Test
    void aKernelWithoutSessionsSaysSo() {
        assumeTrue(!KERNEL.features().has(Feature.KPROBE_SESSION), "is for kernels without them");
        try (LoadedObject bpf = load("around", "before")) {
            for (KprobeMulti functions :
                    List.of(KprobeMulti.of("vfs_read"), KprobeMulti.matching("vfs_rea?"))) {
                var e =
                        assertThrows(
                                UnsupportedFeatureException.class,
                                () -> functions.attach(bpf.program("around")));
                assertEquals("6.10", e.since());
            }
            assertHits(bpf, 0);
        }
    }

    @Test
    void theSectionSaysWhichFunctions() {
        LiveProbes.require(Feature.KPROBE_MULTI);
        LiveProbes.requireTracefs();
        try (LoadedObject bpf = load("at_pattern");
                Link link = Probe.attach(bpf.program("at_pattern"))) {
            assertEquals("kprobe.multi vfs_rea?", link.target());
            assertHits(bpf, 1);
        }
    }

    @Test
    void functionsAreFoundWithTheirAddresses() throws IOException {
        LiveProbes.require(Feature.KPROBE_MULTI);
        LiveProbes.requireTracefs();
        long address = Kallsyms.load(KERNEL).addresses("vfs_read")[0];
        assertEquals(
                List.of(new TraceableFunction(new KernelName("vfs_read", ""), address)),
                KprobeMulti.functions(KERNEL, new Glob("vfs_rea?")));
        assertEquals(List.of(), KprobeMulti.functions(KERNEL, new Glob("no_such_*")));
    }

    @Test
    void namesAndAddressesAreAttachedAtOnce() throws IOException {
        LiveProbes.require(Feature.KPROBE_MULTI);
        KernelSymbols symbols = Kallsyms.load(KERNEL);
        List<Place> addresses =
                List.of(
                        Place.ofAddress(symbols.addresses("vfs_read")[0]),
                        Place.ofAddress(symbols.addresses("vfs_write")[0]));
        try (LoadedObject bpf = load("at_functions", "after_functions")) {
            try (Link link =
                    KprobeMulti.of("vfs_read", "vfs_write").attach(bpf.program("at_functions"))) {
                assertEquals("kprobe.multi vfs_read,vfs_write", link.target());
                assertHits(bpf, 1);
            }
            assertHits(bpf, 0);
            try (Link link = KprobeMulti.of(addresses).attach(bpf.program("at_functions"))) {
                assertTrue(link.target().startsWith("kprobe.multi 0xffff"), link.target());
                assertHits(bpf, 1);
            }
            try (Link link =
                    KprobeMulti.of("vfs_read").returning().attach(bpf.program("after_functions"))) {
                assertEquals("kretprobe.multi vfs_read", link.target());
                assertHits(bpf, 1);
                assertEquals(5, bpf.variable("result").getLong());
            }
        }
    }

    @Test
    void eachFunctionHasItsCookie() {
        LiveProbes.require(Feature.KPROBE_MULTI);
        KprobeMulti probes =
                KprobeMulti.of(
                        List.of(
                                Place.of("vfs_write").withCookie(1),
                                Place.of("vfs_read").withCookie(0x77)));
        try (LoadedObject bpf = load("at_cookies")) {
            for (KprobeMulti each : List.of(probes, probes.returning())) {
                bpf.variable("cookie").set(0L);
                try (Link link = each.attach(bpf.program("at_cookies"))) {
                    assertTrue(link.isAttached());
                    SeenCalls.readAndClose();
                }
                assertEquals(0x77, bpf.variable("cookie").getLong());
            }
        }
    }

    @Test
    void aSessionHasTheCookieAtBothEnds() {
        LiveProbes.require(Feature.KPROBE_SESSION);
        try (LoadedObject bpf = load("around_cookies");
                Link link =
                        KprobeMulti.of(List.of(Place.of("vfs_read").withCookie(3)))
                                .attach(bpf.program("around_cookies"))) {
            assertTrue(link.isAttached());
            SeenCalls.readAndClose();
            assertEquals(6, bpf.variable("cookie").getLong());
        }
    }

    @Test
    void aSessionSeesBothEndsOrTheFirst() {
        LiveProbes.require(Feature.KPROBE_SESSION);
        try (LoadedObject bpf = load("around", "before")) {
            try (Link link = Probe.attach(bpf.program("around"))) {
                assertEquals("kprobe.session vfs_read", link.target());
                assertHits(bpf, 2);
            }
            try (Link link = Probe.attach(bpf.program("before"))) {
                assertTrue(link.isAttached());
                assertHits(bpf, 1);
            }
            assertThrows(
                    IllegalArgumentException.class,
                    () -> KprobeMulti.of("vfs_read").returning().attach(bpf.program("around")));
        }
    }

    @Test
    void aSessionOfAPatternKeepsWhatTheFunctionWasCalledWith() {
        LiveProbes.require(Feature.KPROBE_SESSION);
        LiveProbes.requireTracefs();
        try (LoadedObject bpf = loadSession("around_pattern")) {
            try (Link link = Probe.attach(bpf.program("around_pattern"))) {
                assertEquals("kprobe.session vfs_rea?", link.target());
                SeenCalls.readAndClose();
            }
            SeenCalls.readAndClose();
            assertEquals(1, bpf.variable("begins").getLong());
            assertEquals(1, bpf.variable("ends").getLong());
            assertEquals(5, bpf.variable("result").getLong());
            long file = bpf.variable("argument").getLong();
            assertTrue(file < 0, "the address of a file in the kernel: " + file);
            assertEquals(file, bpf.variable("kept").getLong());
        }
    }

    @Test
    void aSessionOfAListKeepsWhichFunctionItIs() {
        LiveProbes.require(Feature.KPROBE_SESSION);
        // Opening a file, then reading it.
        KprobeMulti functions =
                KprobeMulti.of(
                        List.of(
                                Place.of("vfs_open").withCookie(0x100),
                                Place.of("vfs_read").withCookie(0x20)));
        try (LoadedObject bpf = loadSession("around_functions")) {
            try (Link link = functions.attach(bpf.program("around_functions"))) {
                assertEquals("kprobe.session vfs_open,vfs_read", link.target());
                SeenCalls.readAndClose();
            }
            SeenCalls.readAndClose();
            assertEquals(2, bpf.variable("begins").getLong());
            assertEquals(2, bpf.variable("ends").getLong());
            assertEquals(5, bpf.variable("result").getLong());
            assertEquals(0x120, bpf.variable("kept").getLong());
        }
    }

    @Test
    void whatIsNotThereIsRefused() {
        LiveProbes.require(Feature.KPROBE_MULTI);
        LiveProbes.requireTracefs();
        try (LoadedObject bpf = load("at_functions", "at_function")) {
            assertSays(bpf, KprobeMulti.of("vfs_read", "vfs_reed"), "has no function vfs_reed");
            assertSays(bpf, KprobeMulti.matching("no_such_*"), "has a name like no_such_*");
            assertSays(bpf, KprobeMulti.of(List.of(Place.ofAddress(16))), "cannot be traced");
            assertThrows(
                    IllegalArgumentException.class,
                    () -> KprobeMulti.of("vfs_read").attach(bpf.program("at_function")));
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Probe.attach(bpf.program("at_functions")));
            assertTrue(e.getMessage().contains("KprobeMulti.of(functions)"), e.getMessage());
        }
    }

    @Test
    void placesThatNoKernelHasAreRefusedAtOnce() {
        assertThrows(IllegalArgumentException.class, () -> KprobeMulti.of(List.of()));
        assertThrows(IllegalArgumentException.class, () -> KprobeMulti.matching(""));
        assertThrows(IllegalArgumentException.class, () -> Place.of(""));
        assertThrows(IllegalArgumentException.class, () -> Place.of("a\0b"));
        List<Place> mixed = List.of(Place.of("vfs_read"), Place.ofAddress(16));
        assertThrows(IllegalArgumentException.class, () -> KprobeMulti.of(mixed));
    }

    private static void assertSays(LoadedObject bpf, KprobeMulti probes, String part) {
        var e =
                assertThrows(
                        KernelException.class, () -> probes.attach(bpf.program("at_functions")));
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    private void assertHits(LoadedObject bpf, int expected) {
        long before = bpf.variable("hits").getLong();
        SeenCalls.readAndClose();
        assertEquals(before + expected, bpf.variable("hits").getLong());
    }

    private static LoadedObject loadSession(String program) {
        return LiveProbes.load(KERNEL, "sessions", "target_tid", KERNEL.threadId(), program);
    }

    private static LoadedObject load(String... programs) {
        return LiveProbes.load(KERNEL, "kprobes", "target_tid", KERNEL.threadId(), programs);
    }
}
