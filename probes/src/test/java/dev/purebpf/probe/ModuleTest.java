package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.fixtures.WatchdogModule;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.KernelName;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;

/**
 * Functions and tracepoints of a module of the kernel, which has types of its own. What is attached
 * keeps the module; once nothing is, it can be unloaded.
 */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class ModuleTest {
    private static final Kernel KERNEL = Kernel.host();

    /** What the device of softdog begins with, in seconds. */
    private static final long TIMEOUT = 60;

    private static WatchdogModule module;

    @BeforeAll
    static void loadsModule() throws IOException {
        module = WatchdogModule.load();
    }

    @AfterAll
    static void unloadsModule() throws IOException {
        if (module != null) {
            module.close();
        }
    }

    @Test
    void theBeginningAndTheEndOfAFunctionAreSeen() throws IOException {
        WatchdogModule.requireTypes();
        assertSeen("at_open", "fentry watchdog_open").close();
        try (LoadedObject bpf = assertSeen("at_write", "fentry watchdog:watchdog_write")) {
            assertEquals(1, bpf.variable("argument").getLong());
        }
        try (LoadedObject bpf = assertSeen("after_write", "fexit watchdog:watchdog_write")) {
            assertEquals(1, bpf.variable("result").getLong());
        }
    }

    @Test
    void aFunctionOfTheKernelIsNoneOfTheModules() {
        var e = assertThrows(UnsupportedFeatureException.class, () -> load("of_another"));
        assertTrue(e.getMessage().contains("fentry target watchdog:vfs_read"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"before_write", "before_write_of_module"})
    void kprobesFindAFunctionWithAndWithoutTheModulesName(String program) throws IOException {
        String name = program.equals("before_write") ? "" : "watchdog:";
        assertSeen(program, "kprobe " + name + "watchdog_write").close();
    }

    @Test
    void whatTheModuleHasNotIsRefused() {
        String name = "watchdog:watchdog_wride";
        try (LoadedObject bpf = load("before_write")) {
            var e =
                    assertThrows(
                            KernelException.class,
                            () -> Kprobe.of(name).attach(bpf.program("before_write")));
            assertTrue(
                    e.getMessage().startsWith("attaching to kprobe " + name + " failed: ENOENT"),
                    e.getMessage());
        }
    }

    @Test
    void aPatternFindsFunctions() throws IOException {
        LiveProbes.require(Feature.KPROBE_MULTI);
        assertSeen("at_functions", "kprobe.multi watchdog_wr?te").close();
    }

    @Test
    void tracepointsAreSeen() throws IOException {
        WatchdogModule.requireTracepoints();
        assertSeen("at_stop", "tracepoint watchdog/watchdog_stop").close();
        assertSeen("at_raw_stop", "raw_tracepoint watchdog_stop").close();
        try (LoadedObject bpf = assertSeen("at_typed_stop", "tp_btf watchdog_stop")) {
            assertEquals(TIMEOUT, bpf.variable("argument").getLong());
        }
    }

    @Test
    void namesTellWhichModule() throws IOException {
        KernelName write = new KernelName("watchdog_write", "watchdog");
        assertEquals(List.of(write), Kprobe.names(KERNEL, new Glob("watchdog_write")));
        WatchdogModule.requireTracepoints();
        KernelName stop = new KernelName("watchdog_stop", "watchdog");
        assertEquals(List.of(stop), RawTracepoint.names(KERNEL, new Glob("watchdog_sto*")));
    }

    @Test
    void whatIsAttachedKeepsTheModule() throws IOException {
        WatchdogModule.requireTypes();
        try (LoadedObject bpf = load("at_open");
                Link link = LiveProbes.attach(bpf.program("at_open"))) {
            assertTrue(link.isAttached());
            assertFalse(module.unload());
        } finally {
            // Of the two only the one without a program is gone.
            module.close();
            module = WatchdogModule.load();
        }
    }

    /**
     * {@return the object, after its program has seen the module used as long as it is attached}
     */
    private static LoadedObject assertSeen(String program, String target) throws IOException {
        LoadedObject bpf = load(program);
        try (Link link = LiveProbes.attach(bpf.program(program))) {
            assertEquals(target, link.target());
            module.use();
            assertEquals(1, bpf.variable("hits").getLong());
        } catch (RuntimeException | Error | IOException e) {
            bpf.close();
            throw e;
        }
        module.use();
        assertEquals(1, bpf.variable("hits").getLong());
        return bpf;
    }

    private static LoadedObject load(String program) {
        return LiveProbes.load(KERNEL, "modules", "target_tid", KERNEL.threadId(), program);
    }
}
