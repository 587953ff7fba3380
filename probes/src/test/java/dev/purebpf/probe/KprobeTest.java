package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.error.BpfException;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.KernelSymbols;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;

/** Probes of the kernel's functions, in kernels that have them; the programs see this process. */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class KprobeTest {
    private static final long PERF_ENABLE = 0x2400;
    private static final Path EVENTS = Path.of("/sys/kernel/tracing/kprobe_events");
    private static final List<String> PROGRAMS =
            List.of(
                    "at_function",
                    "before_read",
                    "after_read",
                    "before_close",
                    "after_close",
                    "nowhere",
                    "no_number");

    private static final Kernel KERNEL = Kernel.host();
    private static KernelSymbols symbols;

    @Test
    void aKernelWithoutThemSaysSo() {
        assumeTrue(!LiveProbes.isBuiltWithKprobes(), "is for a kernel without kprobes");
        LiveProbes.requireTracefs();
        try (LoadedObject bpf = load("before_read", "before_close")) {
            for (String name : List.of("before_read", "before_close")) {
                var e =
                        assertThrows(
                                UnsupportedFeatureException.class,
                                () -> Probe.attach(bpf.program(name)));
                assertEquals(
                        "this kernel was built without kprobes (CONFIG_KPROBE_EVENTS)",
                        e.getMessage());
            }
            var e =
                    assertThrows(
                            UnsupportedFeatureException.class,
                            () ->
                                    Kprobe.of("vfs_read")
                                            .withWay(Kprobe.Way.PERF_EVENT)
                                            .attach(bpf.program("before_read")));
            assertTrue(e.getMessage().contains("4.17"), e.getMessage());
        }
    }

    @Test
    void sectionsSayWhichFunction() {
        LiveProbes.requireKprobes();
        try (LoadedObject bpf = load("before_read", "after_read", "before_close", "after_close")) {
            assertSeen(bpf, "before_read", "kprobe vfs_read", "hits", 1);
            assertSeen(bpf, "after_read", "kretprobe vfs_read", "result", 5);
            String close = wrapped("close");
            assertSeen(bpf, "before_close", "kprobe " + close, "argument", 12345);
            assertSeen(bpf, "after_close", "kretprobe " + close, "result", -Errno.EBADF.number());
        }
    }

    @ParameterizedTest
    @EnumSource(Kprobe.Way.class)
    void eachWayLeadsThere(Kprobe.Way way) {
        LiveProbes.requireKprobes();
        long address = symbols().addresses("vfs_read")[0];
        try (LoadedObject bpf = load("at_function", "after_read")) {
            for (Kprobe probe :
                    List.of(
                            Kprobe.of("vfs_read").withWay(way),
                            Kprobe.ofAddress(address).withWay(way))) {
                assertSeen(bpf, probe.attach(bpf.program("at_function")), way);
            }
            bpf.variable("result").set(0L);
            assertSeen(
                    bpf,
                    Kprobe.of("vfs_read")
                            .returning()
                            .withWay(way)
                            .attach(bpf.program("after_read")),
                    way);
            assertEquals(5, bpf.variable("result").getLong());
        }
    }

    @Test
    void anyInstructionCanBeProbed() {
        LiveProbes.requireKprobes();
        try (LoadedObject bpf = load("at_function")) {
            int probed = 0;
            int refused = 0;
            for (int offset = 1; offset <= 16; offset++) {
                try (Link link =
                        Kprobe.of("vfs_read").at(offset).attach(bpf.program("at_function"))) {
                    assertEquals("kprobe vfs_read+" + offset, link.target());
                    probed++;
                } catch (KernelException e) {
                    assertTrue(
                            e.getMessage()
                                    .contains("begins at offset " + offset + " of this function"),
                            e.getMessage());
                    refused++;
                }
            }
            assertTrue(probed > 0 && refused > 0, probed + " probed, " + refused + " refused");
        }
    }

    /** As libbpf has it: nobody asks how long the function is. */
    @Test
    void anOffsetBehindTheEndIsOfAnotherFunction() {
        LiveProbes.requireKprobes();
        long address = symbols().addresses("vfs_read")[0];
        KernelSymbols.Function before = symbols().containing(address - 1).orElseThrow();
        assumeTrue(
                symbols().addresses(before.name()).length == 1,
                "needs a function before vfs_read that has its name alone, not " + before.name());
        Kprobe probe = Kprobe.of(before.name()).at(address - before.address());
        try (LoadedObject bpf = load("at_function");
                Link link = probe.attach(bpf.program("at_function"))) {
            assertTrue(link.isAttached());
            SeenCalls.readAndClose();
            assertEquals(1, bpf.variable("hits").getLong());
        }
    }

    @Test
    void theProgramGetsTheCookie() {
        LiveProbes.requireKprobes();
        assumeTrue(KERNEL.features().has(Feature.COOKIE), "needs BPF cookies (5.15)");
        try (LoadedObject bpf = load("with_cookie")) {
            for (Kprobe.Way way : Kprobe.Way.values()) {
                bpf.variable("cookie").set(0L);
                try (Link link =
                        Kprobe.of("vfs_read")
                                .withWay(way)
                                .withCookie(0x1234_5678_9abcL)
                                .attach(bpf.program("with_cookie"))) {
                    assertTrue(link.isAttached());
                    SeenCalls.readAndClose();
                }
                assertEquals(0x1234_5678_9abcL, bpf.variable("cookie").getLong(), way.toString());
            }
        }
    }

    @Test
    void theCookieComesAtTheReturnAndInSystemCallsToo() {
        LiveProbes.requireKprobes();
        assumeTrue(KERNEL.features().has(Feature.COOKIE), "needs BPF cookies (5.15)");
        try (LoadedObject bpf = load("with_cookie")) {
            Program program = bpf.program("with_cookie");
            List<Supplier<Link>> places =
                    List.of(
                            () -> Kprobe.of("vfs_read").returning().withCookie(5).attach(program),
                            () -> Ksyscall.of("close").withCookie(5).attach(program),
                            () -> Ksyscall.of("close").returning().withCookie(5).attach(program));
            for (Supplier<Link> place : places) {
                bpf.variable("cookie").set(0L);
                try (Link link = place.get()) {
                    SeenCalls.readAndClose();
                    assertEquals(5, bpf.variable("cookie").getLong(), link.target());
                }
            }
        }
    }

    /** Kernels without wrappers of system calls have the functions under another name. */
    @Test
    void aSystemCallIsLookedForByBothNames() {
        LiveProbes.requireKprobes();
        Queue<Errno> answers = new ArrayDeque<>(List.of(Errno.ENOENT, Errno.EMFILE));
        Kernel unwrapped =
                LiveProbes.otherwise(
                        (method, arguments) ->
                                method.equals("perfEventOpen")
                                        ? (long) -answers.remove().number()
                                        : null);
        try (LoadedObject bpf = load(unwrapped, "before_close")) {
            Program program = bpf.program("before_close");
            var e = assertThrows(KernelException.class, () -> Probe.attach(program));
            assertTrue(
                    e.getMessage().startsWith("attaching to kprobe __se_sys_close failed: EMFILE"),
                    e.getMessage());
            assertTrue(answers.isEmpty());
        }
    }

    @Test
    void beforeCookiesOneIsRefused() {
        LiveProbes.requireKprobes();
        assumeTrue(!KERNEL.features().has(Feature.COOKIE), "is for kernels before 5.15");
        try (LoadedObject bpf = load("at_function")) {
            for (Kprobe.Way way : Kprobe.Way.values()) {
                Kprobe probe = Kprobe.of("vfs_read").withWay(way).withCookie(1);
                assertThrows(
                        UnsupportedFeatureException.class,
                        () -> probe.attach(bpf.program("at_function")));
            }
        }
    }

    @Test
    void aFailureOnTheWayLeavesNothing() {
        LiveProbes.requireKprobes();
        Kernel broken = LiveProbes.failing(KERNEL.features(), PERF_ENABLE);
        try (LoadedObject bpf = load(broken, "at_function")) {
            for (Kprobe.Way way : Kprobe.Way.values()) {
                KernelException e =
                        assertThrows(
                                KernelException.class,
                                () ->
                                        Kprobe.of("vfs_read")
                                                .withWay(way)
                                                .attach(bpf.program("at_function")));
                assertEquals(Errno.EIO.number(), e.errno());
                assertEquals(List.of(), entries());
            }
        }
    }

    @Test
    void whatADeadProcessLeftInTracefsIsRemoved() throws Exception {
        LiveProbes.requireKprobes();
        long dead;
        Process process = new ProcessBuilder("true").start();
        dead = process.pid();
        process.waitFor();
        LiveProbes.append("kprobe_events", "p:kprobes/purebpf_" + dead + "_1_vfs_read vfs_read");
        LiveProbes.append("kprobe_events", "p:kprobes/purebpf_1_1_vfs_read vfs_read");
        LiveProbes.append("kprobe_events", "p:kprobes/another_" + dead + " vfs_read");
        try (LoadedObject bpf = load("at_function");
                Link link =
                        Kprobe.of("vfs_read")
                                .withWay(Kprobe.Way.TRACEFS)
                                .attach(bpf.program("at_function"))) {
            assertTrue(link.isAttached());
            String entries = Files.readString(EVENTS);
            assertFalse(entries.contains("purebpf_" + dead), entries);
            assertTrue(entries.contains("purebpf_1_1_vfs_read"), entries);
            assertTrue(entries.contains("another_" + dead), entries);
            assertTrue(entries.contains("purebpf_" + ProcessHandle.current().pid()), entries);
        } finally {
            LiveProbes.append("kprobe_events", "-:kprobes/purebpf_1_1_vfs_read");
            LiveProbes.append("kprobe_events", "-:kprobes/another_" + dead);
        }
    }

    @Test
    void eachRefusalSaysWhy() throws IOException {
        LiveProbes.requireKprobes();
        try (LoadedObject bpf = load(PROGRAMS.toArray(String[]::new))) {
            String forbidden =
                    Files.readAllLines(Path.of("/sys/kernel/debug/kprobes/blacklist")).stream()
                            .map(line -> line.substring(line.indexOf('\t') + 1))
                            .filter(name -> symbols().addresses(name).length == 1)
                            .findFirst()
                            .orElseThrow();
            assertSays(bpf, Kprobe.of(forbidden), "is on its blacklist");
            assertSays(bpf, Kprobe.ofAddress(16), "at this address");
            for (Kprobe.Way way : Kprobe.Way.values()) {
                assertSays(bpf, Kprobe.of("vfs_read").at(1).withWay(way), "at offset 1");
            }
            var missing =
                    assertThrows(KernelException.class, () -> Probe.attach(bpf.program("nowhere")));
            assertTrue(
                    missing.getMessage()
                            .contains("has no function " + bpf.program("nowhere").target() + ":"),
                    missing.getMessage());
            assertTrue(
                    missing.getMessage().contains("did you mean vfs_read"), missing.getMessage());
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Probe.attach(bpf.program("no_number")));
            assertTrue(e.getMessage().contains("SEC(\"kprobe/vfs_read+x\")"), e.getMessage());
            var unnamed =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Probe.attach(bpf.program("at_function")));
            assertTrue(unnamed.getMessage().contains("Kprobe.of(function)"), unnamed.getMessage());
            var call =
                    assertThrows(
                            KernelException.class,
                            () -> Ksyscall.of("nothing").attach(bpf.program("at_function")));
            assertTrue(call.getMessage().contains(wrapped("nothing")), call.getMessage());
        }
    }

    @Test
    void aProgramOfAnotherKindIsRefused() {
        try (LoadedObject bpf = load("elsewhere")) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Kprobe.of("vfs_read").attach(bpf.program("elsewhere")));
            assertTrue(e.getMessage().contains("SEC(\"kprobe/vfs_read\")"), e.getMessage());
        }
    }

    @Test
    void placesThatNoKernelHasAreRefusedAtOnce() {
        assertThrows(IllegalArgumentException.class, () -> Kprobe.of(""));
        for (String name : List.of("a b", "a\tb", "a\nb", "a\0b")) {
            assertThrows(IllegalArgumentException.class, () -> Kprobe.of(name));
        }
        // The kernel would take it for the beginning.
        assertThrows(IllegalArgumentException.class, () -> Kprobe.of("a").at(1L << 32));
        assertThrows(IllegalArgumentException.class, () -> Kprobe.of("a").at(-1));
        assertThrows(IllegalArgumentException.class, () -> Kprobe.of("a").at(4).returning());
    }

    @Test
    void namesInTracefsAreShortAndOfItsLetters() {
        assertEquals("purebpf_7_2_a_b_isra_0_16", TracefsProbe.name(7, 2, "a.b.isra.0+16"));
        assertEquals(63, TracefsProbe.name(7, 2, "f".repeat(100)).length());
    }

    private void assertSays(LoadedObject bpf, Kprobe probe, String... parts) {
        var e = assertThrows(BpfException.class, () -> probe.attach(bpf.program("at_function")));
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    private void assertSeen(
            LoadedObject bpf, String program, String target, String variable, long value) {
        try (Link link = Probe.attach(bpf.program(program))) {
            assertEquals(target, link.target());
            SeenCalls.readAndClose();
            assertEquals(value, bpf.variable(variable).getLong());
        }
    }

    private void assertSeen(LoadedObject bpf, Link link, Kprobe.Way way) {
        try (link) {
            // Reads files, which the program may see.
            assertEquals(way == Kprobe.Way.TRACEFS ? 1 : 0, entries().size());
            long before = bpf.variable("hits").getLong();
            SeenCalls.readAndClose();
            assertEquals(before + 1, bpf.variable("hits").getLong());
        }
    }

    private static String wrapped(String call) {
        return switch (KERNEL.architecture()) {
            case X86_64 -> "__x64_sys_" + call;
            case AARCH64 -> "__arm64_sys_" + call;
        };
    }

    /** Read once: emulated, it takes a second. */
    private static KernelSymbols symbols() {
        try {
            if (symbols == null) {
                symbols = Kallsyms.load(KERNEL);
            }
            return symbols;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static LoadedObject load(String... programs) {
        return load(KERNEL, programs);
    }

    private static LoadedObject load(Kernel kernel, String... programs) {
        return LiveProbes.load(kernel, "kprobes", "target_tid", KERNEL.threadId(), programs);
    }

    /** {@return our own entries in tracefs} */
    private static List<String> entries() {
        return LiveProbes.entries("kprobe_events");
    }
}
