package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * Attaching and detaching again and again leaves nothing: no descriptor, no perf event, no entry in
 * tracefs, no mapping. How often says {@code -Dpurebpf.tests.attachments}.
 */
@Tag("kernel")
class ManyAttachmentsTest {
    private static final int TIMES = Integer.getInteger("purebpf.tests.attachments", 20);

    /** What Java itself opens and maps meanwhile: classes, code, heap. */
    private static final int MAPPINGS_OF_JAVA = 40;

    private static final Kernel KERNEL = Kernel.host();

    @BeforeEach
    void needsKernel() throws IOException {
        LiveProbes.begin();
    }

    @Test
    void uprobesLeaveNothing() throws IOException {
        Uprobe probe = Uprobe.of("libc.so.6", "malloc_info").inProcess(KERNEL.processId());
        try (LoadedObject bpf = load("uprobes", "at_function")) {
            leavesNothing(() -> probe.attach(bpf.program("at_function")));
        }
    }

    @Test
    void uprobesOfTracefsLeaveNothing() throws IOException {
        LiveProbes.requireTracefs();
        Uprobe probe =
                Uprobe.of("libc.so.6", "malloc_info")
                        .inProcess(KERNEL.processId())
                        .withWay(Kprobe.Way.TRACEFS);
        try (LoadedObject bpf = load("uprobes", "at_function")) {
            leavesNothing(() -> probe.attach(bpf.program("at_function")));
        }
    }

    @Test
    void manyUprobesLeaveNothing() throws IOException {
        require(Feature.UPROBE_MULTI);
        UprobeMulti probes =
                UprobeMulti.of("libc.so.6", "malloc_info", "malloc_trim")
                        .inProcess(KERNEL.processId());
        try (LoadedObject bpf = load("uprobes", "at_functions")) {
            leavesNothing(() -> probes.attach(bpf.program("at_functions")));
        }
    }

    @Test
    void usdtProbesLeaveNothing(@TempDir Path folder) throws Exception {
        require(Feature.COOKIE);
        Path program = CalledProgram.compileSource(folder, "marked");
        Usdt probe = Usdt.of(program.toString(), "test", "twice");
        try (LoadedObject bpf = load("usdt", "at_first")) {
            leavesNothing(() -> probe.attach(bpf.program("at_first")));
            assertEquals(0, UsdtSpecs.of(bpf).inUse());
        }
    }

    @Test
    void manyKprobesLeaveNothing() throws IOException {
        require(Feature.KPROBE_MULTI);
        KprobeMulti probes = KprobeMulti.of("vfs_read", "vfs_write");
        try (LoadedObject bpf = load("kprobes", "at_functions")) {
            leavesNothing(() -> probes.attach(bpf.program("at_functions")));
        }
    }

    @Test
    void typedProgramsAndIteratorsAndSamplesLeaveNothing() throws IOException {
        PerfEvent samples = PerfEvent.cpuClock().withFrequency(1).inThread(KERNEL.threadId());
        try (LoadedObject bpf = load("typed", "at_call", "tasks", "on_sample")) {
            leavesNothing(() -> Tracing.of().attach(bpf.program("at_call")));
            leavesNothing(() -> BpfIterator.of().attach(bpf.program("tasks")));
            leavesNothing(() -> samples.attach(bpf.program("on_sample")));
        }
    }

    private static void leavesNothing(Supplier<Link> attach) throws IOException {
        attachAndDetach(attach);
        long descriptors = count(Path.of("/proc/self/fd"));
        long mappings = mappings();
        for (int i = 0; i < TIMES; i++) {
            attachAndDetach(attach);
        }
        assertEquals(descriptors, count(Path.of("/proc/self/fd")));
        assertEquals(List.of(), LiveProbes.entries("uprobe_events"));
        assertEquals(List.of(), LiveProbes.entries("kprobe_events"));
        assertTrue(mappings() <= mappings + MAPPINGS_OF_JAVA, mappings + " mappings before");
    }

    private static void attachAndDetach(Supplier<Link> attach) {
        Link link = attach.get();
        link.close();
        assertFalse(link.isAttached());
    }

    private static long count(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.count();
        }
    }

    private static long mappings() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.count();
        }
    }

    private static void require(Feature feature) {
        assumeTrue(
                KERNEL.features().has(feature),
                "needs " + feature.description() + " (" + feature.since() + ")");
    }

    private static LoadedObject load(String fixture, String... programs) {
        return LiveProbes.load(KERNEL, fixture, "target_tid", KERNEL.threadId(), programs);
    }
}
