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
import dev.purebpf.kernel.OwnedFd;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Programs that are loaded for a type of the kernel; they see what this thread does. */
@Tag("kernel")
class TracingTest {
    private static final Kernel KERNEL = Kernel.host();
    private static final Path ZEROES = Path.of("/dev/zero");
    private final MemorySegment buffer = Arena.ofAuto().allocate(5);
    private long openBefore;

    @BeforeEach
    void needsKernel() throws IOException {
        openBefore = LiveProbes.begin();
    }

    @AfterEach
    void leavesNothingOpen() throws IOException {
        assertEquals(openBefore, LiveProbes.openDescriptors());
    }

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
                call();
                assertEquals(1, bpf.variable("hits").getLong());
                call();
                assertEquals(2, bpf.variable("hits").getLong());
            }
            call();
            assertEquals(2, bpf.variable("hits").getLong());
        }
    }

    @Test
    void theBeginningAndTheEndOfAFunctionAreSeen() {
        try (LoadedObject bpf = load("before_read", "after_read")) {
            try (Link link = attach(bpf.program("before_read"))) {
                assertEquals("fentry vfs_read", link.target());
                assertEquals(5, read());
                assertEquals(5, bpf.variable("argument").getLong());
                assertEquals(1, bpf.variable("hits").getLong());
            }
            try (Link link = attach(bpf.program("after_read"))) {
                assertEquals("fexit vfs_read", link.target());
                assertEquals(5, read());
                assertEquals(5, bpf.variable("result").getLong());
                assertEquals(2, bpf.variable("hits").getLong());
            }
            assertEquals(5, read());
            assertEquals(2, bpf.variable("hits").getLong());
        }
    }

    @Test
    void aResultIsReplaced() {
        try (LoadedObject bpf = load("instead_of_permission")) {
            try (Link link = attach(bpf.program("instead_of_permission"))) {
                assertEquals("fmod_ret security_file_permission", link.target());
                assertEquals(-Errno.EPERM.number(), read());
                assertTrue(bpf.variable("hits").getLong() > 0);
            }
            assertEquals(5, read());
        }
    }

    @Test
    void aDecisionAboutSecurityIsMade() throws IOException {
        Path modules = Path.of("/sys/kernel/security/lsm");
        assumeTrue(
                Files.isReadable(modules) && Files.readString(modules).contains("bpf"),
                "needs the security module bpf (lsm=… on the kernel's command line), and"
                        + " securityfs at /sys/kernel/security");
        try (LoadedObject bpf = load("decide")) {
            try (Link link = attach(bpf.program("decide"))) {
                assertEquals("lsm file_permission", link.target());
                assertEquals(-Errno.EPERM.number(), read());
                assertTrue(bpf.variable("hits").getLong() > 0);
            }
            assertEquals(5, read());
        }
    }

    @Test
    void theProgramGetsTheCookie() {
        try (LoadedObject bpf = loadAskingForCookie("read_cookie");
                Link link = attach(bpf.program("read_cookie"), Tracing.of().withCookie(77))) {
            assertTrue(link.isAttached());
            assertEquals(5, read());
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
        try (LoadedObject bpf = load("at_call", "before_read")) {
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
    void whatCannotBeAttachedSoIsRefused() {
        var e = assertThrows(UnsupportedFeatureException.class, () -> load("nowhere"));
        assertTrue(e.getMessage().contains("fentry target no_such_function"), e.getMessage());
        try (LoadedObject bpf = load("on_sample")) {
            var other =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Tracing.of().attach(bpf.program("on_sample")));
            assertTrue(other.getMessage().contains("only fentry, fexit"), other.getMessage());
        }
    }

    private static Link attach(Program program) {
        try {
            return Probe.attach(program);
        } catch (KernelException e) {
            throw refused(e);
        }
    }

    private static Link attach(Program program, Tracing tracing) {
        try {
            return tracing.attach(program);
        } catch (KernelException e) {
            throw refused(e);
        }
    }

    /** Some kernels load such programs and then allow none of them. */
    private static KernelException refused(KernelException e) {
        if (e.errno() == Errno.EPERM.number()) {
            abort("needs a kernel that allows programs at its functions: " + e.getMessage());
        }
        return e;
    }

    /** A call that Java does not make by itself in this thread. */
    private static void call() {
        assertEquals(-Errno.EBADF.number(), KERNEL.epollControl(12345, 1, 12345, 0, 0));
    }

    private long read() {
        long fd = KERNEL.open(ZEROES.toString(), Kernel.OPEN_CLOSE_ON_EXEC, 0);
        try (OwnedFd zeroes = OwnedFd.of(KERNEL, fd, "opening " + ZEROES)) {
            return KERNEL.read(zeroes.number(), buffer, 5);
        }
    }

    private static LoadedObject loadAskingForCookie(String program) {
        try {
            return load(program);
        } catch (VerifierException e) {
            assertTrue(e.getMessage().contains("#174"), e.getMessage());
            return abort("needs cookies of such programs (5.19; tp_btf 6.10)");
        }
    }

    private static LoadedObject load(String... programs) {
        try {
            return LiveProbes.load(KERNEL, "typed", "target_tid", KERNEL.threadId(), programs);
        } catch (KernelException e) {
            throw refused(e);
        }
    }
}
