package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Architecture;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.BinaryPath;
import dev.purebpf.symbol.Glob;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** USDT probes of a program that the test runs; the values are those that it was told. */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class UsdtTest {
    private static final Kernel KERNEL = Kernel.host();

    @TempDir Path folder;
    private Path program;

    @BeforeEach
    void compilesProgram() throws Exception {
        program = CalledProgram.compileSource(folder, "marked");
    }

    @Test
    void valuesOfAllKindsArrive() throws Exception {
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_values")) {
            // Before cookies, only the address tells: the program has to be there.
            called.call(1);
            Usdt probe = usdt("values").inProcess(called.pid()).withCookie(0x1234_5678_9abcL);
            try (Link link = probe.attach(bpf.program("at_values"))) {
                assertEquals(
                        "usdt " + program + ":test:values of process " + called.pid(),
                        link.target());
                called.call(100);
            }
            called.call(101);
            assertEquals(1, bpf.variable("hits").getLong(), "detached");
            assertEquals(5, bpf.variable("count").getLong());
            assertEquals(0x1234_5678_9abcL, bpf.variable("cookies").getLong());
            assertArrayEquals(
                    new long[] {100, 5_000_000_100L, -100, 60_100, -7},
                    bpf.variable("values").get(long[].class));
            assertEquals(0, UsdtSpecs.of(bpf).inUse());
        }
    }

    @Test
    void allPlacesOfANameAreSeenEachWithItsOwnValues() throws Exception {
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_first")) {
            called.call(1);
            Usdt probe = usdt("twice").inProcess(called.pid());
            try (Link link = probe.attach(bpf.program("at_first"))) {
                assertTrue(link.isAttached());
                assertEquals(2, UsdtSpecs.of(bpf).inUse());
                called.call(7);
            }
            assertEquals(2, bpf.variable("hits").getLong());
            assertEquals(77, bpf.variable("sum").getLong());
        }
    }

    @Test
    void aPatternNamesPlacesOfAFile() {
        assertEquals(
                List.of("test:twice -4@", "test:twice -4@"),
                Usdt.matching(KERNEL, program.toString(), -1, new Glob("te*"), new Glob("tw*"))
                        .stream()
                        .map(
                                place ->
                                        place.provider()
                                                + ":"
                                                + place.name()
                                                + " "
                                                + place.arguments().substring(0, 3))
                        .toList());
        assertEquals(2, usdt("twice").places(KERNEL).size());
        assertEquals(
                List.of(),
                Usdt.matching(KERNEL, program.toString(), -1, new Glob("no"), new Glob("*")));
        assertThrows(KernelException.class, () -> usdt("no").places(KERNEL));
    }

    @Test
    void theProgramIsToldThatSomebodyListens() throws Exception {
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_first")) {
            assertEquals(0, called.call(3));
            Usdt probe = usdt("listened").inProcess(called.pid());
            try (Link link = probe.attach(bpf.program("at_first"))) {
                assertTrue(link.isAttached());
                assertEquals(1, called.call(3));
            }
            assertEquals(0, called.call(3));
            assertEquals(3, bpf.variable("sum").getLong());
        }
    }

    @Test
    void otherProcessesAreLeftAlone() throws Exception {
        try (CalledProgram one = CalledProgram.start(program);
                CalledProgram other = CalledProgram.start(program);
                LoadedObject bpf = load(one.pid(), "at_first")) {
            other.call(1);
            try (Link link = usdt("twice").inProcess(other.pid()).attach(bpf.program("at_first"))) {
                assertTrue(link.isAttached());
                one.call(1);
                other.call(1);
            }
            assertEquals(0, bpf.variable("hits").getLong());
        }
    }

    /** A program at a fixed address can be probed in all processes on all kernels. */
    @Test
    void allProcessesAreSeenWhereThePlaceIsKnown() throws Exception {
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_first")) {
            if (KERNEL.features().has(Feature.COOKIE)) {
                try (Link link = usdt("twice").attach(bpf.program("at_first"))) {
                    assertEquals("usdt " + program + ":test:twice", link.target());
                    called.call(2);
                }
                assertEquals(22, bpf.variable("sum").getLong());
            } else {
                assertThrows(
                        UnsupportedFeatureException.class,
                        () -> usdt("twice").attach(bpf.program("at_first")));
            }
        }
    }

    /** There is room for four records, by the fixture's BPF_USDT_MAX_SPEC_CNT. */
    @Test
    void recordsAreFreedAndUsedAgain() throws Exception {
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_first")) {
            assumeTrue(KERNEL.features().has(Feature.COOKIE), "needs BPF cookies (5.15)");
            called.call(1);
            Usdt probe = usdt("twice").inProcess(called.pid());
            for (int round = 0; round < 3; round++) {
                List<Link> links = new ArrayList<>();
                try {
                    links.add(probe.attach(bpf.program("at_first")));
                    links.add(probe.attach(bpf.program("at_first")));
                    var e =
                            assertThrows(
                                    KernelException.class,
                                    () -> probe.attach(bpf.program("at_first")));
                    assertEquals(Errno.E2BIG.number(), e.errno());
                    assertTrue(e.getMessage().contains("BPF_USDT_MAX_SPEC_CNT"), e.getMessage());
                    assertEquals(4, UsdtSpecs.of(bpf).inUse());
                } finally {
                    links.forEach(Link::close);
                }
                assertEquals(0, UsdtSpecs.of(bpf).inUse());
            }
        }
    }

    @Test
    void aSectionSaysWhichProbeOfWhichFile() {
        assumeTrue(KERNEL.features().has(Feature.COOKIE), "needs BPF cookies (5.15)");
        assumeTrue(BinaryPath.find(KERNEL, "libstdc++.so.6").isPresent(), "needs libstdc++.so.6");
        try (LoadedObject bpf = load(1, "at_library", "no_name")) {
            try (Link link = Probe.attach(bpf.program("at_library"))) {
                assertEquals("usdt libstdc++.so.6:libstdcxx:catch", link.target());
            }
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Probe.attach(bpf.program("no_name")));
            assertTrue(e.getMessage().contains("usdt/FILE:PROVIDER:NAME"), e.getMessage());
        }
    }

    /** Python marks the beginning of a collection and says which generation it is about. */
    @Test
    void aProgramThatNobodyHereWroteIsSeen() throws Exception {
        Path python = Path.of("/usr/bin/python3");
        assumeTrue(Files.isExecutable(python), "needs Debian's python3");
        String script =
                "import gc,sys\ngc.disable()\n"
                        + "for line in sys.stdin: gc.collect(int(line)); print('.', flush=True)";
        Process process = new ProcessBuilder(python.toString(), "-c", script).start();
        try (LoadedObject bpf = load((int) process.pid(), "at_first")) {
            collect(process, 0);
            Usdt probe =
                    Usdt.of(python.toString(), "python", "gc__start")
                            .inProcess((int) process.pid());
            try (Link link = probe.attach(bpf.program("at_first"))) {
                assertTrue(link.isAttached());
                collect(process, 1);
                collect(process, 2);
            }
            collect(process, 2);
            assertEquals(2, bpf.variable("hits").getLong());
            assertEquals(3, bpf.variable("sum").getLong());
        } finally {
            process.getOutputStream().close();
            assertEquals(0, process.waitFor());
        }
    }

    private static void collect(Process python, int generation) throws IOException {
        python.outputWriter().write(generation + "\n");
        python.outputWriter().flush();
        assertEquals(".", python.inputReader().readLine());
    }

    /** Programs compiled with the header of libbpf 1.7 can read what a register indexes. */
    @ParameterizedTest
    @CsvSource({"indexed, -9", "before, 90", "unscaled, 270"})
    void anElementOfAnArrayIsRead(String name, long expected) throws Exception {
        assumeTrue(KERNEL.architecture() == Architecture.X86_64, "is a form of x86-64 only");
        assumeTrue(KERNEL.features().has(Feature.COOKIE), "needs BPF cookies (5.15)");
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf =
                        LiveProbes.load(
                                KERNEL, "usdtindexed", "target_tid", called.pid(), "at_first");
                Link link = usdt(name).attach(bpf.program("at_first"))) {
            assertTrue(link.isAttached());
            called.call(9);
            assertEquals(1, bpf.variable("hits").getLong());
            assertEquals(expected, bpf.variable("sum").getLong());
        }
    }

    @Test
    void anElementOfAnArrayIsRefusedToProgramsOfOlderHeaders() {
        assumeTrue(KERNEL.architecture() == Architecture.X86_64, "is a form of x86-64 only");
        try (LoadedObject bpf = load(1, "at_first")) {
            assumeTrue(
                    bpf.map("__bpf_usdt_specs").valueSize() < 300,
                    "is for programs compiled with the header of a libbpf before 1.7");
            assertRefused(bpf, usdt("indexed"), Errno.EINVAL, "usdt.bpf.h of libbpf 1.7 or later");
            assertEquals(0, UsdtSpecs.of(bpf).inUse());
        }
    }

    @Test
    void badTargetsAreNamed() throws IOException {
        Path script = Files.writeString(folder.resolve("script"), "#!/bin/sh\n");
        try (LoadedObject bpf = load(1, "at_first", "elsewhere")) {
            assertRefused(bpf, usdt("twise"), Errno.ENOENT, "did you mean test:twice?");
            assertRefused(bpf, usdt("vector"), Errno.EINVAL, "argument 1 of \"8f@xmm0\"");
            assertRefused(
                    bpf,
                    Usdt.of("/no/such/file", "a", "b"),
                    Errno.ENOENT,
                    "there is no file /no/such/file");
            assertRefused(
                    bpf, usdt("twice").inProcess(1 << 29), Errno.ESRCH, "there is no process");
            assertThrows(
                    MalformedObjectException.class,
                    () -> Usdt.of(script.toString(), "a", "b").attach(bpf.program("at_first")));
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> usdt("twice").attach(bpf.program("elsewhere")));
            assertTrue(e.getMessage().contains("SEC(\"usdt/"), e.getMessage());
            assertEquals(0, UsdtSpecs.of(bpf).inUse());
        }
        assertThrows(IllegalArgumentException.class, () -> Usdt.of("", "a", "b"));
        assertThrows(IllegalArgumentException.class, () -> Usdt.of("a", "b", "c").inProcess(0));
    }

    private static void assertRefused(LoadedObject bpf, Usdt probe, Errno errno, String part) {
        var e = assertThrows(KernelException.class, () -> probe.attach(bpf.program("at_first")));
        assertTrue(e.getMessage().contains(part), e.getMessage());
        assertEquals(errno.number(), e.errno());
    }

    private Usdt usdt(String name) {
        return Usdt.of(program.toString(), "test", name);
    }

    private static LoadedObject load(int tid, String... programs) {
        return LiveProbes.load(KERNEL, "usdt", "target_tid", tid, programs);
    }
}
