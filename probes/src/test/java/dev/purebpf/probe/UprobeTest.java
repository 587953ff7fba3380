package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.BinaryPath;
import dev.purebpf.symbol.ZipMember;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Probes of functions of a program that the test runs, and of the C library of this process. */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class UprobeTest {
    private static final long PERF_ENABLE = 0x2400;
    private static final Kernel KERNEL = Kernel.host();

    @TempDir Path folder;

    @Test
    void sectionsSayWhichFunctionOfWhichFile() {
        try (LoadedObject bpf = load(KERNEL.threadId(), "at_library", "after_library")) {
            try (Link link = Probe.attach(bpf.program("at_library"))) {
                assertEquals("uprobe libc.so.6:syscall", link.target());
                // libc's syscall() makes all calls of this process that Java does not make itself.
                assertEquals(-Errno.EBADF.number(), KERNEL.close(12345));
                assertTrue(bpf.variable("hits").getLong() > 0);
            }
            try (Link link = Probe.attach(bpf.program("after_library"))) {
                assertEquals("uretprobe libc.so.6:syscall", link.target());
                int tid = KERNEL.threadId();
                assertEquals(tid, bpf.variable("result").getLong());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kprobe.Way.class)
    void eachWayLeadsThere(Kprobe.Way way) throws Exception {
        if (way == Kprobe.Way.TRACEFS) {
            LiveProbes.requireTracefs();
        }
        Path program = CalledProgram.compile(folder);
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_function", "after_function")) {
            Uprobe probe = Uprobe.of(program.toString(), "triple").withWay(way);
            try (Link link = probe.attach(bpf.program("at_function"))) {
                assertEquals(
                        way == Kprobe.Way.TRACEFS ? 1 : 0,
                        LiveProbes.entries("uprobe_events").size());
                called.call(5);
                assertEquals(5, bpf.variable("argument").getLong());
                assertEquals(1, bpf.variable("hits").getLong());
                assertTrue(link.isAttached());
            }
            called.call(6);
            assertEquals(1, bpf.variable("hits").getLong(), "detached");
            try (Link link = probe.returning().attach(bpf.program("after_function"))) {
                assertEquals("uretprobe " + program + ":triple", link.target());
                called.call(7);
                assertEquals(21, (int) bpf.variable("result").getLong());
            }
            Uprobe offset =
                    Uprobe.ofOffset(program.toString(), CalledProgram.offset(program, "triple"));
            try (Link link = offset.withWay(way).attach(bpf.program("at_function"))) {
                assertTrue(link.target().startsWith("uprobe " + program + ":0x"), link.target());
                called.call(8);
                assertEquals(8, bpf.variable("argument").getLong());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kprobe.Way.class)
    void aFunctionOfAMemberOfAnArchiveIsSeen(Kprobe.Way way) throws Exception {
        if (way == Kprobe.Way.TRACEFS) {
            LiveProbes.requireTracefs();
        }
        Path program = CalledProgram.compileSource(folder, "archived");
        Path archive = folder.resolve("test.zip");
        ZipMember member = archive(archive, program);
        String file = archive + "!/" + member.name();
        long at = CalledProgram.offset(program, "triple");
        String place = Long.toString(member.offset() + at);
        try (CalledProgram called =
                        CalledProgram.start(program.toString(), archive.toString(), place);
                LoadedObject bpf = load(called.pid(), "at_function")) {
            Uprobe byName = Uprobe.of(file, "triple").withWay(way);
            try (Link link = byName.attach(bpf.program("at_function"))) {
                assertEquals("uprobe " + file + ":triple", link.target());
                assertEquals(15, called.call(5));
                assertEquals(5, bpf.variable("argument").getLong());
            }
            Uprobe byOffset = Uprobe.ofOffset(file, at).inProcess(called.pid()).withWay(way);
            try (Link link = byOffset.attach(bpf.program("at_function"))) {
                assertTrue(link.isAttached());
                assertEquals(18, called.call(6));
                assertEquals(6, bpf.variable("argument").getLong());
            }
        }
    }

    /** {@return the only member of a zip file, a program, at a place where instructions may be} */
    private static ZipMember archive(Path archive, Path program) throws IOException {
        byte[] bytes = Files.readAllBytes(program);
        // The name's length decides where the bytes begin: 30 + 14, which 4 divides.
        ZipEntry entry = CalledProgram.stored("lib/any/called", bytes);
        try (var zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            zip.putNextEntry(entry);
            zip.write(bytes);
        }
        return ZipMember.find(archive, entry.getName()).orElseThrow();
    }

    @Test
    void otherProcessesAreLeftAlone() throws Exception {
        Path program = CalledProgram.compile(folder);
        try (CalledProgram one = CalledProgram.start(program);
                CalledProgram other = CalledProgram.start(program);
                LoadedObject bpf = load(one.pid(), "at_function")) {
            for (Kprobe.Way way : ways()) {
                long before = bpf.variable("hits").getLong();
                Uprobe probe = Uprobe.of(program.toString(), "triple").withWay(way);
                try (Link link = probe.inProcess(other.pid()).attach(bpf.program("at_function"))) {
                    assertTrue(link.target().endsWith(" of process " + other.pid()), link.target());
                    one.call(1);
                    assertEquals(before, bpf.variable("hits").getLong());
                }
                try (Link link = probe.inProcess(one.pid()).attach(bpf.program("at_function"))) {
                    assertTrue(link.isAttached());
                    one.call(1);
                    assertEquals(before + 1, bpf.variable("hits").getLong());
                }
            }
        }
    }

    @Test
    void aProcessThatStartsLaterIsSeen() throws Exception {
        Path program = CalledProgram.compile(folder);
        try (LoadedObject bpf = load(KERNEL.threadId(), "at_function")) {
            // The number of the process is not known yet, so the counter of the file tells.
            Uprobe probe =
                    Uprobe.of(program.toString(), "triple")
                            .withReferenceCounter(CalledProgram.offset(program, "semaphore"));
            try (Link link = probe.attach(bpf.program("at_function"));
                    CalledProgram called = CalledProgram.start(program)) {
                assertTrue(link.isAttached());
                assertEquals(1, called.call(1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kprobe.Way.class)
    void theProgramIsToldThatSomebodyListens(Kprobe.Way way) throws Exception {
        if (way == Kprobe.Way.TRACEFS) {
            LiveProbes.requireTracefs();
        }
        Path program = CalledProgram.compile(folder);
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_function")) {
            assertEquals(0, called.call(1));
            try (Link link =
                    Uprobe.of(program.toString(), "triple")
                            .withReferenceCounter(CalledProgram.offset(program, "semaphore"))
                            .withWay(way)
                            .attach(bpf.program("at_function"))) {
                assertTrue(link.isAttached());
                assertEquals(1, called.call(1));
            }
            assertEquals(0, called.call(1));
        }
    }

    @Test
    void aFileThatWasDeletedIsFoundByTheProcessThatRunsIt() throws Exception {
        Path program = CalledProgram.compile(folder);
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_function")) {
            called.call(1);
            Files.delete(program);
            assertSays(
                    assertThrows(
                            KernelException.class,
                            () ->
                                    Uprobe.of(program.toString(), "triple")
                                            .attach(bpf.program("at_function"))),
                    "there is no file " + program);
            // What a process calls its own file is that of that process, not ours.
            for (String name : List.of(program.toString(), "/proc/self/exe")) {
                assertSeen(Uprobe.of(name, "triple").inProcess(called.pid()), called, bpf);
            }
        }
    }

    private static void assertSeen(Uprobe probe, CalledProgram called, LoadedObject bpf)
            throws IOException {
        bpf.variable("argument").set(0L);
        try (Link link = probe.attach(bpf.program("at_function"))) {
            assertTrue(link.isAttached());
            called.call(9);
        }
        assertEquals(9, bpf.variable("argument").getLong(), probe.toString());
    }

    @Test
    void aPathMayHaveAnyCharactersAndLeadThroughLinks() throws Exception {
        Path program = CalledProgram.compile(folder);
        Path odd = Files.createDirectory(folder.resolve("a b\nc")).resolve("\\012 ! (deleted)");
        Files.copy(program, odd, StandardCopyOption.COPY_ATTRIBUTES);
        Path linked = Files.createSymbolicLink(folder.resolve("linked"), odd);
        try (CalledProgram called = CalledProgram.start(odd);
                LoadedObject bpf = load(called.pid(), "at_function")) {
            called.call(1);
            for (Path path : List.of(odd, linked)) {
                for (int pid : new int[] {-1, called.pid()}) {
                    assertSeen(Uprobe.of(path.toString(), "triple").inProcess(pid), called, bpf);
                }
            }
        }
    }

    /** As in a container: the path leads to the file there only. */
    @Test
    void aFileInAnotherMountNamespaceIsFoundByTheProcessThatRunsIt() throws Exception {
        assumeTrue(BinaryPath.find(KERNEL, "unshare").isPresent(), "needs unshare");
        Path program = CalledProgram.compile(Files.createDirectory(folder.resolve("outside")));
        Path inside = Files.createDirectory(folder.resolve("inside")).resolve("called");
        String become = "mount --bind \"$0\" \"$1\" && exec \"$1/called\"";
        try (CalledProgram called =
                        CalledProgram.start(
                                "unshare",
                                "--mount",
                                "sh",
                                "-c",
                                become,
                                program.getParent().toString(),
                                inside.getParent().toString());
                LoadedObject bpf = load(called.pid(), "at_function")) {
            called.call(1);
            assertFalse(Files.exists(inside));
            for (String name : List.of(inside.toString(), "called")) {
                assertSeen(Uprobe.of(name, "triple").inProcess(called.pid()), called, bpf);
            }
        }
    }

    /**
     * Then the kernel tells us a path from the root of that namespace, which is not the process'.
     */
    @Test
    void aFileInAChrootInAnotherMountNamespaceIsFoundByTheProcessThatRunsIt() throws Exception {
        assumeTrue(BinaryPath.find(KERNEL, "unshare").isPresent(), "needs unshare");
        Path program = CalledProgram.compile(Files.createDirectory(folder.resolve("whole")));
        Path root = Files.createDirectory(folder.resolve("root"));
        String become = "mount --rbind / \"$0\" && exec chroot \"$0\" \"$1\"";
        try (CalledProgram called =
                        CalledProgram.start(
                                "unshare",
                                "--mount",
                                "sh",
                                "-c",
                                become,
                                root.toString(),
                                program.toString());
                LoadedObject bpf = load(called.pid(), "at_function")) {
            called.call(1);
            for (String name : List.of(program.toString(), "called")) {
                assertSeen(Uprobe.of(name, "triple").inProcess(called.pid()), called, bpf);
            }
        }
    }

    @Test
    void aVersionOfTheFunctionIsPartOfThePlace() {
        Path libc = BinaryPath.find(KERNEL, "libc.so.6").orElseThrow();
        String version;
        try (ElfFile elf = ElfFile.open(libc)) {
            int index = elf.dynamicSymbols().next(0, Symbol.FUNCTION, "syscall".getBytes());
            version = elf.symbolVersions().of(index).orElseThrow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        try (LoadedObject bpf = load(KERNEL.threadId(), "at_function")) {
            for (String name : List.of("syscall@" + version, "syscall@@" + version)) {
                try (Link link = Uprobe.of("libc.so.6", name).attach(bpf.program("at_function"))) {
                    assertEquals("uprobe libc.so.6:" + name, link.target());
                    long before = bpf.variable("hits").getLong();
                    KERNEL.threadId();
                    assertTrue(bpf.variable("hits").getLong() > before);
                }
            }
        }
    }

    /**
     * In a program of the test's own: where no instruction begins, a probe damages the code of all
     * that run it.
     */
    @Test
    void anOffsetInTheFunctionIsPartOfThePlace() throws Exception {
        Path program = CalledProgram.compile(folder);
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_function");
                Link link =
                        Uprobe.of(program.toString(), "padded")
                                .at(4)
                                .attach(bpf.program("at_function"))) {
            assertEquals("uprobe " + program + ":padded+4", link.target());
            called.call(9);
            assertEquals(1, bpf.variable("hits").getLong());
            assertEquals(9, bpf.variable("argument").getLong());
        }
    }

    /** As libbpf has it: nobody asks how long the function is. */
    @Test
    void anOffsetBehindTheEndIsOfAnotherFunction() throws Exception {
        Path program = CalledProgram.compile(folder);
        long one = CalledProgram.offset(program, "triple");
        long other = CalledProgram.offset(program, "padded");
        String first = one < other ? "triple" : "padded";
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_function");
                Link link =
                        Uprobe.of(program.toString(), first)
                                .at(Math.abs(other - one))
                                .attach(bpf.program("at_function"))) {
            assertTrue(link.isAttached());
            called.call(9);
            assertEquals(1, bpf.variable("hits").getLong());
            assertEquals(9, bpf.variable("argument").getLong());
        }
    }

    @Test
    void theProgramGetsTheCookie() throws Exception {
        assumeTrue(KERNEL.features().has(Feature.COOKIE), "needs BPF cookies (5.15)");
        Path program = CalledProgram.compile(folder);
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_cookie")) {
            for (Kprobe.Way way : ways()) {
                bpf.variable("cookies").set(0L);
                try (Link link =
                        Uprobe.of(program.toString(), "triple")
                                .withCookie(0x1234_5678_9abcL)
                                .withWay(way)
                                .attach(bpf.program("at_cookie"))) {
                    assertTrue(link.isAttached());
                    called.call(1);
                }
                assertEquals(0x1234_5678_9abcL, bpf.variable("cookies").getLong());
            }
        }
    }

    @Test
    void theCookieComesAtTheReturnToo() throws Exception {
        assumeTrue(KERNEL.features().has(Feature.COOKIE), "needs BPF cookies (5.15)");
        Path program = CalledProgram.compile(folder);
        try (CalledProgram called = CalledProgram.start(program);
                LoadedObject bpf = load(called.pid(), "at_cookie");
                Link link =
                        Uprobe.of(program.toString(), "triple")
                                .returning()
                                .withCookie(0x1234_5678_9abcL)
                                .attach(bpf.program("at_cookie"))) {
            assertTrue(link.isAttached());
            called.call(1);
            assertEquals(0x1234_5678_9abcL, bpf.variable("cookies").getLong());
        }
    }

    @Test
    void beforeCookiesOneIsRefused() {
        assumeTrue(!KERNEL.features().has(Feature.COOKIE), "is for kernels before 5.15");
        try (LoadedObject bpf = load(1, "at_function")) {
            for (Kprobe.Way way : ways()) {
                Uprobe probe = Uprobe.of("libc.so.6", "syscall").withWay(way).withCookie(1);
                assertThrows(
                        UnsupportedFeatureException.class,
                        () -> probe.attach(bpf.program("at_function")));
            }
        }
    }

    @Test
    void aFailureOnTheWayLeavesNothing() {
        Kernel broken = LiveProbes.failing(KERNEL.features(), PERF_ENABLE);
        try (LoadedObject bpf =
                LiveProbes.load(broken, "uprobes", "target_tid", 1, "at_function")) {
            for (Kprobe.Way way : ways()) {
                Uprobe probe = Uprobe.of("libc.so.6", "syscall").withWay(way);
                var e =
                        assertThrows(
                                KernelException.class,
                                () -> probe.attach(bpf.program("at_function")));
                assertEquals(Errno.EIO.number(), e.errno());
                assertEquals(List.of(), LiveProbes.entries("uprobe_events"));
            }
        }
    }

    @Test
    void theRightProgramAndAWholePlaceAreNeeded() {
        try (LoadedObject bpf = load(1, "elsewhere", "no_number", "no_function", "at_function")) {
            assertSays(
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Uprobe.of("a", "b").attach(bpf.program("elsewhere"))),
                    "SEC(\"uprobe/a:b\")");
            assertSays(
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Probe.attach(bpf.program("no_number"))),
                    "has an offset that is no number");
            for (String name : List.of("no_function", "at_function")) {
                assertSays(
                        assertThrows(
                                IllegalArgumentException.class,
                                () -> Probe.attach(bpf.program(name))),
                        "SEC(\"uprobe/FILE:FUNCTION\")");
            }
        }
    }

    @Test
    void placesThatNoKernelHasAreRefusedAtOnce() {
        Uprobe probe = Uprobe.of("a", "b");
        assertThrows(IllegalArgumentException.class, () -> Uprobe.of("", "b"));
        assertThrows(IllegalArgumentException.class, () -> Uprobe.of("a", ""));
        assertThrows(IllegalArgumentException.class, () -> probe.at(-1));
        assertThrows(IllegalArgumentException.class, () -> probe.at(4).returning());
        assertThrows(IllegalArgumentException.class, () -> probe.inProcess(-2));
        assertThrows(IllegalArgumentException.class, () -> probe.withReferenceCounter(1L << 32));
        assertFalse(Uprobe.ofOffset("a", 4).returning().equals(probe));
    }

    private static void assertSays(Exception e, String part) {
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    private static List<Kprobe.Way> ways() {
        return LiveProbes.hasTracefs() ? List.of(Kprobe.Way.values()) : List.of(Kprobe.Way.BEST);
    }

    private static LoadedObject load(int tid, String... programs) {
        return LiveProbes.load(KERNEL, "uprobes", "target_tid", tid, programs);
    }
}
