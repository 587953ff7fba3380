package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.fixtures.WatchdogModule;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** {@code purebpf trace} for a module's functions and tracepoints, by the module's types. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class TraceModuleTest {
    private static final String[] USE = {"--", "sh", "-c", "echo V >/dev/watchdog"};

    @TempDir static Path directory;

    private static WatchdogModule module;

    @BeforeAll
    static void loadsModule() throws IOException {
        Traced.requireTracing();
        module = WatchdogModule.load();
        WatchdogModule.requireTypes();
    }

    @AfterAll
    static void unloadsModule() throws IOException {
        if (module != null) {
            module.close();
        }
    }

    private static List<String> hits(String... probes) throws IOException {
        String[] words = Arrays.copyOf(probes, probes.length + USE.length);
        System.arraycopy(USE, 0, words, probes.length, USE.length);
        return Traced.hits(Traced.lines(directory, words));
    }

    private static void assertSays(String pattern, List<String> hits) {
        assertTrue(hits.stream().anyMatch(hit -> hit.matches(pattern)), hits.toString());
    }

    @Test
    void functionsAreTypedByTheModule() throws IOException {
        List<String> hits =
                hits("fentry:watchdog_write", "fexit:watchdog_write", "kprobe:watchdog_writ*");
        String parameters =
                ":watchdog_write file=0x[0-9a-f]+ data=\"V\\\\n\" len=2 ppos=0x[0-9a-f]+";
        assertEquals(3, hits.size(), hits.toString());
        assertSays("fentry" + parameters, hits);
        assertSays("kprobe" + parameters, hits);
        assertSays("fexit" + parameters + " returned=2", hits);
    }

    @Test
    void tracepointsAreTypedByTheModule() throws IOException {
        WatchdogModule.requireTracepoints();
        List<String> hits = hits("tp_btf:watchdog_stop", "rawtracepoint:watchdog_sto*");
        assertEquals(2, hits.size(), hits.toString());
        assertSays("tp_btf:watchdog_stop wdd=0x[0-9a-f]+ err=0", hits);
        assertSays("rawtracepoint:watchdog_stop wdd=0x[0-9a-f]+ err=0", hits);
    }

    @Test
    void listsSayWhichModule() {
        assertEquals(
                List.of("kprobe:watchdog_write [watchdog]"), Traced.list("kprobe:watchdog_writ?"));
        String parameters = "(struct file *file, const char *data, size_t len, loff_t *ppos)";
        assertEquals(
                List.of(
                        "kprobe:watchdog_write" + parameters + " [watchdog]",
                        "fexit:watchdog_write" + parameters + " -> ssize_t [watchdog]"),
                Traced.list("--types", "kprobe:watchdog_writ?", "fexit:watchdog_writ?"));
        WatchdogModule.requireTracepoints();
        assertEquals(
                List.of("tp_btf:watchdog_stop(struct watchdog_device *wdd, int err) [watchdog]"),
                Traced.list("--types", "tp_btf:watchdog_st?p"));
    }
}
