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
import dev.purebpf.probe.UprobeMulti.Place;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

/** Many functions of a program that the test runs, by one link. */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class UprobeMultiTest {
    private static final Kernel KERNEL = Kernel.host();

    @TempDir Path folder;

    @Test
    void aKernelWithoutThemSaysSo() {
        assumeTrue(!KERNEL.features().has(Feature.UPROBE_MULTI), "is for kernels before 6.10");
        try (LoadedObject bpf = load(1, "at_functions")) {
            var e =
                    assertThrows(
                            UnsupportedFeatureException.class,
                            () ->
                                    UprobeMulti.of("libc.so.6", "syscall")
                                            .attach(bpf.program("at_functions")));
            assertEquals(Feature.UPROBE_MULTI.since(), e.since());
        }
    }

    @Test
    void sectionsSayWhichFunctionsOfWhichFile() {
        LiveProbes.require(Feature.UPROBE_MULTI);
        try (LoadedObject bpf = load(KERNEL.threadId(), "at_libraries", "after_libraries")) {
            try (Link link = Probe.attach(bpf.program("at_libraries"))) {
                assertEquals("uprobe.multi libc.so.6:sysc?ll", link.target());
                KERNEL.close(12345);
                assertTrue(bpf.variable("hits").getLong() > 0);
            }
            try (Link link = Probe.attach(bpf.program("after_libraries"))) {
                assertEquals("uretprobe.multi libc.so.6:sysc?ll", link.target());
                int tid = KERNEL.threadId();
                assertEquals(tid, bpf.variable("result").getLong());
            }
        }
    }

    @Test
    void patternsAndListsAreAttachedAtOnce() throws Exception {
        LiveProbes.require(Feature.UPROBE_MULTI);
        String program = CalledProgram.compile(folder).toString();
        try (CalledProgram called = CalledProgram.start(Path.of(program));
                LoadedObject bpf = load(called.pid(), "at_functions", "after_functions")) {
            try (Link link =
                    UprobeMulti.matching(program, "family_*")
                            .inProcess(called.pid())
                            .attach(bpf.program("at_functions"))) {
                assertTrue(link.target().endsWith(":family_* of process " + called.pid()));
                called.call(4);
                assertEquals(2, bpf.variable("hits").getLong());
                assertEquals(4, bpf.variable("argument").getLong());
            }
            called.call(4);
            assertEquals(2, bpf.variable("hits").getLong());
            try (Link link =
                    UprobeMulti.of(program, "family_one", "triple", "overridable")
                            .attach(bpf.program("at_functions"))) {
                assertEquals(
                        "uprobe.multi " + program + ":family_one,triple,overridable",
                        link.target());
                called.call(5);
                assertEquals(5, bpf.variable("hits").getLong());
            }
            try (Link link =
                    UprobeMulti.of(program, "family_two")
                            .returning()
                            .attach(bpf.program("after_functions"))) {
                assertTrue(link.isAttached());
                called.call(6);
                assertEquals(8, (int) bpf.variable("result").getLong());
            }
        }
    }

    @Test
    void otherProcessesAreLeftAlone() throws Exception {
        LiveProbes.require(Feature.UPROBE_MULTI);
        Path program = CalledProgram.compile(folder);
        try (CalledProgram one = CalledProgram.start(program);
                CalledProgram other = CalledProgram.start(program);
                LoadedObject bpf = load(one.pid(), "at_functions");
                Link link =
                        UprobeMulti.of(program.toString(), "triple")
                                .inProcess(other.pid())
                                .attach(bpf.program("at_functions"))) {
            assertTrue(link.isAttached());
            one.call(1);
            other.call(1);
            assertEquals(0, bpf.variable("hits").getLong());
        }
    }

    @Test
    void eachPlaceHasItsCookie() throws Exception {
        LiveProbes.require(Feature.UPROBE_MULTI);
        Path program = CalledProgram.compile(folder);
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_cookies");
                Link link =
                        UprobeMulti.of(
                                        program.toString(),
                                        List.of(
                                                Place.of("triple").withCookie(0x1_0000_0000L),
                                                Place.of("family_one").withCookie(2),
                                                Place.of("overridable").withCookie(0x100)))
                                .attach(bpf.program("at_cookies"))) {
            assertTrue(link.isAttached());
            called.call(1);
            assertEquals(0x1_0000_0102L, bpf.variable("cookies").getLong());
        }
    }

    @Test
    void aPlaceHasItsCookieAtTheReturnToo() throws Exception {
        LiveProbes.require(Feature.UPROBE_MULTI);
        Path program = CalledProgram.compile(folder);
        UprobeMulti probes =
                UprobeMulti.of(
                        program.toString(),
                        List.of(
                                Place.of("triple").withCookie(0x1_0000_0000L),
                                Place.of("family_one").withCookie(2)));
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_cookies")) {
            try (Link link = probes.returning().attach(bpf.program("at_cookies"))) {
                assertTrue(link.isAttached());
                called.call(1);
                assertEquals(0x1_0000_0002L, bpf.variable("cookies").getLong());
            }
        }
    }

    @Test
    void aSessionHasTheCookieAtBothEnds() throws Exception {
        LiveProbes.require(Feature.UPROBE_SESSION);
        Path program = CalledProgram.compile(folder);
        UprobeMulti probes =
                UprobeMulti.of(program.toString(), List.of(Place.of("triple").withCookie(3)));
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "around_cookies");
                Link link = probes.attach(bpf.program("around_cookies"))) {
            assertTrue(link.isAttached());
            called.call(1);
            assertEquals(6, bpf.variable("cookies").getLong());
        }
    }

    @Test
    void aSessionSeesBothEndsOrTheFirst() throws Exception {
        LiveProbes.require(Feature.UPROBE_SESSION);
        String program = CalledProgram.compile(folder).toString();
        try (CalledProgram called = CalledProgram.start(Path.of(program));
                LoadedObject bpf = load(called.pid(), "around_functions", "before_functions")) {
            UprobeMulti probes = UprobeMulti.matching(program, "family_*");
            try (Link link = probes.attach(bpf.program("around_functions"))) {
                assertEquals("uprobe.session " + program + ":family_*", link.target());
                called.call(1);
                assertEquals(4, bpf.variable("hits").getLong());
            }
            try (Link link = probes.attach(bpf.program("before_functions"))) {
                assertTrue(link.isAttached());
                called.call(1);
                assertEquals(6, bpf.variable("hits").getLong());
            }
            assertThrows(
                    IllegalArgumentException.class,
                    () -> probes.returning().attach(bpf.program("around_functions")));
        }
    }

    @Test
    void whatIsNotThereIsRefused() {
        LiveProbes.require(Feature.UPROBE_MULTI);
        try (LoadedObject bpf = load(1, "at_functions", "at_function")) {
            assertSays(
                    bpf,
                    UprobeMulti.matching("libc.so.6", "no_such_*"),
                    Errno.ENOENT,
                    "has a name like no_such_*");
            assertSays(
                    bpf,
                    UprobeMulti.of("libc.so.6", "syscall", "syscal"),
                    Errno.ENOENT,
                    "did you mean syscall");
            assertSays(
                    bpf,
                    UprobeMulti.of("libc.so.6", "syscall").inProcess(1 << 29),
                    Errno.ESRCH,
                    "there is no process");
            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                            UprobeMulti.of("libc.so.6", "syscall")
                                    .attach(bpf.program("at_function")));
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Probe.attach(bpf.program("at_functions")));
            assertTrue(e.getMessage().contains("uprobe.multi/FILE:PATTERN"), e.getMessage());
        }
        assertThrows(IllegalArgumentException.class, () -> UprobeMulti.of("libc.so.6"));
        assertThrows(IllegalArgumentException.class, () -> UprobeMulti.of("libc.so.6", ""));
        assertThrows(IllegalArgumentException.class, () -> UprobeMulti.matching("", "a*"));
    }

    private static void assertSays(LoadedObject bpf, UprobeMulti probes, Errno errno, String part) {
        var e =
                assertThrows(
                        KernelException.class, () -> probes.attach(bpf.program("at_functions")));
        assertEquals(errno.number(), e.errno());
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    private static LoadedObject load(int tid, String... programs) {
        return LiveProbes.load(KERNEL, "uprobes", "target_tid", tid, programs);
    }
}
