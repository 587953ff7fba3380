package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.error.VerifierException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;

/** Programs that are loaded for a type of the kernel; they see what this thread does. */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class TracingTest {
    private static final Kernel KERNEL = Kernel.host();

    @Test
    void aTypedTracepointGivesItsArguments() {
        try (LoadedObject bpf = load("at_call")) {
            long epollControl =
                    switch (KERNEL.architecture()) {
                        case X86_64 -> 233;
                        case AARCH64 -> 21;
                    };
            bpf.variable("wanted").set(epollControl);
            try (Link link = Probe.attach(bpf.program("at_call"))) {
                assertEquals("tp_btf sys_enter", link.target());
                SeenCalls.controlEpoll();
                assertEquals(1, bpf.variable("hits").getLong());
                SeenCalls.controlEpoll();
                assertEquals(2, bpf.variable("hits").getLong());
            }
            SeenCalls.controlEpoll();
            assertEquals(2, bpf.variable("hits").getLong());
        }
    }

    @Test
    void theBeginningAndTheEndOfAFunctionAreSeen() {
        try (LoadedObject bpf = load("before_read", "after_read")) {
            try (Link link = LiveProbes.attach(bpf.program("before_read"))) {
                assertEquals("fentry vfs_read", link.target());
                assertEquals(5, SeenCalls.read());
                assertEquals(5, bpf.variable("argument").getLong());
                assertEquals(1, bpf.variable("hits").getLong());
            }
            try (Link link = LiveProbes.attach(bpf.program("after_read"))) {
                assertEquals("fexit vfs_read", link.target());
                assertEquals(5, SeenCalls.read());
                assertEquals(5, bpf.variable("result").getLong());
                assertEquals(2, bpf.variable("hits").getLong());
            }
            assertEquals(5, SeenCalls.read());
            assertEquals(2, bpf.variable("hits").getLong());
        }
    }

    @Test
    void aProgramIsAttachedAgainOrTheKernelIsTooOld() {
        try (LoadedObject bpf = load("before_read")) {
            LiveProbes.attach(bpf.program("before_read")).close();
            try (Link link = LiveProbes.attach(bpf.program("before_read"))) {
                assertTrue(link.isAttached());
                assertEquals(5, SeenCalls.read());
                assertEquals(1, bpf.variable("hits").getLong());
            } catch (KernelException e) {
                assertTrue(
                        e.getMessage().startsWith("attaching to fentry vfs_read failed: ENOENT"),
                        e.getMessage());
                assertTrue(e.getMessage().contains("before 5.13"), e.getMessage());
            }
        }
    }

    @Test
    void aResultIsReplaced() {
        // What is read for the first time while reading is forbidden ends Java.
        assertEquals(5, SeenCalls.read());
        try (LoadedObject bpf = load("instead_of_permission")) {
            try (Link link = LiveProbes.attach(bpf.program("instead_of_permission"))) {
                assertEquals("fmod_ret security_file_permission", link.target());
                assertEquals(-Errno.EPERM.number(), SeenCalls.read());
                assertTrue(bpf.variable("hits").getLong() > 0);
            }
            assertEquals(5, SeenCalls.read());
        }
    }

    @Test
    void aDecisionAboutSecurityIsMade() throws IOException {
        LiveProbes.requireSecurityModule();
        // What is read for the first time while reading is forbidden ends Java.
        assertEquals(5, SeenCalls.read());
        try (LoadedObject bpf = load("decide")) {
            try (Link link = LiveProbes.attach(bpf.program("decide"))) {
                assertEquals("lsm file_permission", link.target());
                assertEquals(-Errno.EPERM.number(), SeenCalls.read());
                assertTrue(bpf.variable("hits").getLong() > 0);
            }
            assertEquals(5, SeenCalls.read());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"read_cookie", "after_cookie", "permission_cookie", "watch_cookie"})
    void theProgramGetsTheCookie(String program) throws IOException {
        if (program.equals("watch_cookie")) {
            LiveProbes.requireSecurityModule();
        }
        try (LoadedObject bpf = loadAskingForCookie(program);
                Link link = attach(bpf.program(program), Tracing.of().withCookie(77))) {
            assertTrue(link.isAttached());
            assertEquals(5, SeenCalls.read());
            assertEquals(77, bpf.variable("cookie").getLong());
        }
    }

    @Test
    void aTypedTracepointGivesTheCookieToo() {
        try (LoadedObject bpf = loadAskingForCookie("call_cookie");
                Link link = Tracing.of().withCookie(78).attach(bpf.program("call_cookie"))) {
            assertTrue(link.isAttached());
            KERNEL.threadId();
            assertEquals(78, bpf.variable("cookie").getLong());
        }
    }

    @Test
    void beforeCookiesOneIsRefused() {
        assumeTrue(!KERNEL.features().has(Feature.COOKIE), "is for kernels before 5.15");
        try (LoadedObject bpf = load("at_call", "before_read", "after_test_run")) {
            RawTracepoint writable = RawTracepoint.of("bpf_test_finish").withCookie(1);
            var refused =
                    assertThrows(
                            UnsupportedFeatureException.class,
                            () -> writable.attach(bpf.program("after_test_run")));
            assertEquals("6.10", refused.since());
            for (String name : List.of("at_call", "before_read")) {
                Tracing tracing = Tracing.of().withCookie(1);
                var e =
                        assertThrows(
                                UnsupportedFeatureException.class,
                                () -> tracing.attach(bpf.program(name)));
                assertEquals(name.equals("at_call") ? "6.10" : "5.19", e.since());
            }
        }
    }

    @Test
    void aWritableTracepointIsWrittenTo() {
        try (LoadedObject bpf = load("after_test_run", "run_for_test")) {
            Program tested = bpf.program("run_for_test");
            assertEquals(7, tested.run(new byte[64], new byte[0]).returnValue());
            try (Link link = Probe.attach(bpf.program("after_test_run"))) {
                assertEquals("raw_tracepoint bpf_test_finish", link.target());
                var e =
                        assertThrows(
                                KernelException.class, () -> tested.run(new byte[64], new byte[0]));
                assertEquals(42, e.errno());
            }
            assertEquals(7, tested.run(new byte[64], new byte[0]).returnValue());
        }
    }

    @Test
    void aWritableTracepointGivesTheCookieToo() {
        RawTracepoint place = RawTracepoint.of("bpf_test_finish").withCookie(79);
        try (LoadedObject bpf = loadAskingForCookie("test_run_cookie", "run_for_test");
                Link link = place.attach(bpf.program("test_run_cookie"))) {
            assertEquals("raw_tracepoint bpf_test_finish", link.target());
            assertEquals(
                    7, bpf.program("run_for_test").run(new byte[64], new byte[0]).returnValue());
            assertEquals(79, bpf.variable("cookie").getLong());
        }
    }

    @Test
    void whatCannotBeAttachedSoIsRefused() {
        var e = assertThrows(UnsupportedFeatureException.class, () -> load("nowhere"));
        assertTrue(e.getMessage().contains("fentry target no_such_function"), e.getMessage());
        for (String program : List.of("no_tracepoint", "no_hook", "no_objects")) {
            var missing = assertThrows(UnsupportedFeatureException.class, () -> load(program));
            assertTrue(missing.getMessage().contains(" target no_such_"), missing.getMessage());
        }
        try (LoadedObject bpf = load("on_sample")) {
            var other =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Tracing.of().attach(bpf.program("on_sample")));
            assertTrue(other.getMessage().contains("only fentry, fexit"), other.getMessage());
        }
    }

    private static Link attach(Program program, Tracing tracing) {
        try {
            return tracing.attach(program);
        } catch (KernelException e) {
            throw LiveProbes.refused(e);
        }
    }

    private static LoadedObject loadAskingForCookie(String... programs) {
        try {
            return load(programs);
        } catch (VerifierException e) {
            assertTrue(e.getMessage().contains("#174"), e.getMessage());
            return abort("needs cookies of such programs (5.19; tp_btf 6.10)");
        }
    }

    private static LoadedObject load(String... programs) {
        try {
            return LiveProbes.load(KERNEL, "typed", "target_tid", KERNEL.threadId(), programs);
        } catch (KernelException e) {
            throw LiveProbes.refused(e);
        }
    }
}
