package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.BpfObject;
import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.ProgramSpec;
import dev.purebpf.error.BpfException;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.KernelSymbols;
import dev.purebpf.symbol.BinaryPath;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Whatever is wrong with a target, one sentence says so, and nothing is left. */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class RefusalTest {
    private static final Kernel KERNEL = Kernel.host();
    private static final int NOBODY = 1 << 29;

    /** A function with types, which tracing itself calls. */
    private static final String UNTRACEABLE = "ktime_get_mono_fast_ns";

    @TempDir Path folder;

    /** Targets that are wrong, what is to be attached there, and what the message has to say. */
    private enum Target {
        NO_FUNCTION_OF_THE_KERNEL(
                "kprobes/at_function",
                test -> Kprobe.of("vfs_reed")::attach,
                "this kernel has no function vfs_reed: it may be inlined"),
        BLACKLISTED(
                "kprobes/at_function",
                test -> Kprobe.of(RefusalTest.blacklisted())::attach,
                "it is on its blacklist"),
        BLACKLISTED_AT_ITS_RETURN(
                "kprobes/at_function",
                test -> Kprobe.of(RefusalTest.blacklisted()).returning()::attach,
                "it is on its blacklist"),
        BLACKLISTED_BY_TRACEFS(
                "kprobes/at_function",
                test -> Kprobe.of(RefusalTest.blacklisted()).withWay(Kprobe.Way.TRACEFS)::attach,
                "it is on its blacklist"),
        NO_FUNCTION_WHOSE_RETURN_COULD_BE_SEEN(
                "kprobes/at_function",
                test -> Kprobe.of("vfs_reed").returning()::attach,
                "; did you mean vfs_read"),
        NO_FUNCTION_BY_TRACEFS(
                "kprobes/at_function",
                test -> Kprobe.of("vfs_reed").withWay(Kprobe.Way.TRACEFS)::attach,
                "; did you mean vfs_read"),
        BEHIND_THE_FUNCTION(
                "kprobes/at_function",
                test -> Kprobe.of("vfs_read").at(1 << 20)::attach,
                "at offset 1048576 of this function"),
        NO_ADDRESS(
                "kprobes/at_function",
                test -> Kprobe.ofAddress(4711)::attach,
                "no instruction that can be probed begins at this address"),
        NO_SYSTEM_CALL(
                "kprobes/at_function", test -> Ksyscall.of("raed")::attach, "has no function"),
        NO_FUNCTION_AMONG_MANY(
                "kprobes/at_functions",
                test -> KprobeMulti.of("vfs_read", "vfs_reed")::attach,
                "has no function vfs_reed: it may be inlined, or be called otherwise in this"
                        + " version; did you mean vfs_read"),
        NO_FUNCTION_OF_A_PATTERN_WITHOUT_WILDCARDS(
                "kprobes/at_functions",
                test -> KprobeMulti.matching("vfs_reed")::attach,
                "has no function vfs_reed: it may be inlined"),
        NO_FUNCTION_LIKE_THIS(
                "kprobes/at_functions",
                test -> KprobeMulti.matching("vfs_reed*")::attach,
                "no function that can be traced has a name like vfs_reed*"),
        UNTRACEABLE_AMONG_MANY(
                "kprobes/at_functions",
                test -> KprobeMulti.of("vfs_read", untraceable())::attach,
                UNTRACEABLE + " cannot be traced by its begin"),
        NO_FUNCTION_AMONG_ADDRESSES(
                "kprobes/at_functions",
                test -> KprobeMulti.of(List.of(KprobeMulti.Place.ofAddress(4711)))::attach,
                "one of the functions cannot be traced"),
        UNTRACEABLE_BY_TYPE(
                "typed/nowhere",
                test -> Probe::attach,
                UNTRACEABLE + " cannot be traced by its begin"),
        NO_TRACEPOINT(
                "probes/at_any_tracepoint",
                test -> Tracepoint.of("sched", "sched_swich")::attach,
                "no tracepoint of that name; did you mean sched/sched_switch"),
        NO_TRACEPOINT_BUT_A_FILE(
                "probes/at_any_tracepoint",
                test -> Tracepoint.of("sched", "enable")::attach,
                "no tracepoint of that name"),
        NO_RAW_TRACEPOINT(
                "probes/at_any_raw_tracepoint",
                test -> RawTracepoint.of("sys_entre")::attach,
                "no tracepoint of that name; did you mean sys_enter"),
        NO_FILE(
                "uprobes/at_function",
                test -> Uprobe.of("/no/such/file", "main")::attach,
                "there is no file /no/such/file"),
        NO_LIBRARY(
                "uprobes/at_function",
                test -> Uprobe.of("libnosuch.so.1", "main")::attach,
                "no library or program libnosuch.so.1"),
        NO_ELF_FILE(
                "uprobes/at_function",
                test -> Uprobe.of(test.script(), "main")::attach,
                "not an ELF file"),
        A_DIRECTORY(
                "uprobes/at_function",
                test -> Uprobe.ofOffset(test.folder.toString(), 64)::attach,
                "the file is no regular one"),
        A_NAMED_PIPE(
                "uprobes/at_function",
                test -> Uprobe.of(test.pipe(), "main")::attach,
                "is no regular file"),
        A_NAMED_PIPE_FOR_AN_ARCHIVE(
                "uprobes/at_function",
                test -> Uprobe.of(test.pipe() + "!/lib.so", "main")::attach,
                "is no regular file"),
        NO_SUCH_VERSION(
                "uprobes/at_function",
                test -> Uprobe.of("libc.so.6", "malloc@GLIBC_9")::attach,
                "has no such version of this function, but malloc@@GLIBC_"),
        NO_NAME_BUT_A_VERSION(
                "uprobes/at_function",
                test -> Uprobe.of("libc.so.6", "@GLIBC_9")::attach,
                "no function of that name"),
        CUT_SHORT(
                "uprobes/at_function",
                test -> Uprobe.of(test.cutLibrary(), "dlopen")::attach,
                "it is damaged or cut short"),
        ANOTHER_ARCHITECTURE(
                "uprobes/at_function",
                test -> Uprobe.of(test.foreignLibrary(), "dlopen")::attach,
                "is for another architecture"),
        NO_FUNCTION_OF_THE_FILE(
                "uprobes/at_function",
                test -> Uprobe.of("libc.so.6", "mallok")::attach,
                "no function of that name: it may be inlined; did you mean malloc"),
        CHOSEN_AT_THE_START(
                "uprobes/at_function", test -> Uprobe.of("libc.so.6", "strlen")::attach, "(IFUNC)"),
        BEYOND_THE_FILE(
                "uprobes/at_function",
                test -> Uprobe.ofOffset("libc.so.6", 1L << 40)::attach,
                "ends before this place"),
        BEYOND_THE_FILE_BY_TRACEFS(
                "uprobes/at_function",
                test -> Uprobe.ofOffset("libc.so.6", 1L << 40).withWay(Kprobe.Way.TRACEFS)::attach,
                "ends before this place"),
        BEYOND_ALL_FILES(
                "uprobes/at_function",
                test -> Uprobe.of("libc.so.6", "malloc").at(Long.MAX_VALUE)::attach,
                "ends before this place"),
        BEYOND_ALL_FILES_AMONG_MANY(
                "uprobes/at_functions",
                test ->
                        UprobeMulti.of(
                                        "libc.so.6",
                                        List.of(
                                                new UprobeMulti.Place(
                                                        "malloc", Long.MAX_VALUE, 0, 0)))
                                ::attach,
                "ends before this place"),
        NO_ARCHIVE(
                "uprobes/at_function",
                test -> Uprobe.of(test.script() + "!/lib.so", "main")::attach,
                "not a zip file"),
        NO_MEMBER_OF_THE_ARCHIVE(
                "uprobes/at_function",
                test -> Uprobe.of(test.archive() + "!/lib/none.so", "main")::attach,
                "has no member lib/none.so"),
        A_COMPRESSED_MEMBER(
                "uprobes/at_function",
                test -> Uprobe.of(test.archive() + "!/lib/packed.so", "main")::attach,
                "is compressed, so nothing runs it from there"),
        NO_FUNCTION_OF_THE_MEMBER(
                "uprobes/at_function",
                test -> Uprobe.of(test.archive() + "!/lib/stored.so", "tripel")::attach,
                "lib/stored.so has no function of that name: it may be inlined; did you mean"
                        + " triple"),
        USDT_IN_AN_ARCHIVE(
                "usdt/at_first",
                test -> Usdt.of(test.archive() + "!/lib/stored.so", "test", "twice")::attach,
                "not in members of archives: unpack it"),
        NO_USDT_PROVIDER(
                "usdt/at_first",
                test -> Usdt.of(test.marked(), "tset", "twice")::attach,
                "has no USDT probe of that name; did you mean test:twice"),
        NO_USDT_PROBE(
                "usdt/at_first",
                test -> Usdt.of(test.marked(), "test", "twise")::attach,
                "has no USDT probe of that name; did you mean test:twice"),
        NO_USDT_PROBES_AT_ALL(
                "usdt/at_first",
                test -> Usdt.of(test.unmarked(), "test", "twice")::attach,
                "has no USDT probes: it was built without them"),
        NO_FILE_WITH_USDT_PROBES(
                "usdt/at_first",
                test -> Usdt.of("/no/such/file", "test", "twice")::attach,
                "there is no file /no/such/file"),
        NO_ELF_FILE_WITH_USDT_PROBES(
                "usdt/at_first",
                test -> Usdt.of(test.script(), "test", "twice")::attach,
                "not an ELF file"),
        USDT_OF_ANOTHER_ARCHITECTURE(
                "usdt/at_first",
                test -> Usdt.of(test.foreignLibrary(), "libc", "setjmp")::attach,
                "is for another architecture"),
        NO_PROCESS_WITH_USDT_PROBES(
                "usdt/at_first",
                test -> Usdt.of(test.marked(), "test", "twice").inProcess(NOBODY)::attach,
                "there is no process " + NOBODY),
        NO_PROCESS(
                "uprobes/at_function",
                test -> Uprobe.of("libc.so.6", "malloc").inProcess(NOBODY)::attach,
                "there is no process " + NOBODY),
        NO_PROCESS_AMONG_MANY(
                "uprobes/at_functions",
                test -> UprobeMulti.of("libc.so.6", "malloc").inProcess(NOBODY)::attach,
                "there is no process " + NOBODY),
        NO_THREAD(
                "typed/on_sample",
                test -> PerfEvent.cpuClock().inThread(NOBODY)::attach,
                "there is no thread " + NOBODY),
        NO_CPU(
                "typed/on_sample",
                test -> PerfEvent.cpuClock().onCpu(4000)::attach,
                "has no such CPU");

        private final String program;
        private final Function<RefusalTest, Function<Program, Link>> probe;
        private final String expected;

        Target(
                String program,
                Function<RefusalTest, Function<Program, Link>> probe,
                String expected) {
            this.program = program;
            this.probe = probe;
            this.expected = expected;
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneSentenceSaysWhatIsWrong(Target target) {
        String[] names = target.program.split("/");
        Function<Program, Link> probe = target.probe.apply(this);
        if (target.program.startsWith("probes/at_any_tracepoint")
                || target.program.startsWith("kprobes/at_function")
                || target == Target.BEYOND_THE_FILE_BY_TRACEFS) {
            LiveProbes.requireTracefs();
        }
        String variable = names[0].equals("probes") ? "target_pid" : "target_tid";
        try (LoadedObject bpf = load(names[0], variable, names[1])) {
            Program program = bpf.program(names[1]);
            var e = assertThrows(BpfException.class, () -> probe.apply(program));
            if (e instanceof UnsupportedFeatureException) {
                abort(e.getMessage());
            }
            assertTrue(e.getMessage().contains(target.expected), e.getMessage());
            assertFalse(e.getMessage().contains("\n"), e.getMessage());
        }
    }

    @Test
    void whichOfSeveralFunctionsIsMeantHasToBeSaid() {
        LiveProbes.requireKprobes();
        Kprobe several = Kprobe.of(severalTimes());
        try (LoadedObject bpf = load("kprobes", "target_tid", "at_function");
                Link link = several.attach(bpf.program("at_function"))) {
            abort(link + ": needs a kernel that does not take the first of several (6.7)");
        } catch (KernelException e) {
            assertTrue(
                    e.getMessage().contains("choose one by Kprobe.ofAddress, of 0x"),
                    e.getMessage());
            assertFalse(e.getMessage().contains("\n"), e.getMessage());
        }
    }

    private static LoadedObject load(String fixture, String variable, String program) {
        BpfObject object = LiveProbes.open(fixture).set(variable, KERNEL.threadId());
        ProgramSpec spec = object.program(program).autoload(true);
        if (program.equals("nowhere")) {
            spec.target(untraceable());
        }
        try {
            return object.load();
        } catch (KernelException e) {
            throw LiveProbes.refused(e);
        }
    }

    /** {@return a function with types that tracing itself calls} */
    private static String untraceable() {
        assumeTrue(
                !LiveProbes.hasTracefs()
                        || FunctionRefusal.untraceable(KERNEL, UNTRACEABLE).isPresent(),
                "needs a kernel that cannot trace " + UNTRACEABLE + ", as later ones cannot");
        return UNTRACEABLE;
    }

    /** {@return a name that several functions have, as those of one file only may} */
    private static String severalTimes() {
        try (Stream<String> lines = Files.lines(Path.of(Kallsyms.FILE))) {
            KernelSymbols symbols = Kallsyms.load(KERNEL);
            return lines.filter(line -> line.endsWith("_show"))
                    .map(line -> line.split("[ \t]"))
                    .filter(fields -> fields[1].equals("t") && fields.length == 3)
                    .map(fields -> fields[2])
                    .filter(name -> symbols.addresses(name).length > 1)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return a function in which the kernel allows no probe} */
    private static String blacklisted() {
        Path list = Path.of("/sys/kernel/debug/kprobes/blacklist");
        assumeTrue(Files.isReadable(list), "needs " + list);
        try {
            KernelSymbols symbols = Kallsyms.load(KERNEL);
            return Files.readAllLines(list).stream()
                    .map(line -> line.substring(line.indexOf('\t') + 1))
                    .filter(name -> symbols.addresses(name).length == 1)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String marked() {
        return compiled("marked");
    }

    private String unmarked() {
        return compiled("called");
    }

    private String compiled(String name) {
        try {
            return CalledProgram.compileSource(folder, name).toString();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String script() {
        return write("script", "#!/bin/sh\necho no machine code here\n".getBytes());
    }

    private String pipe() {
        Path pipe = folder.resolve("pipe");
        try {
            assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
        return pipe.toString();
    }

    /** {@return a zip file with a program, once compressed and once not} */
    private String archive() {
        Path program = Path.of(unmarked());
        Path file = folder.resolve("test.zip");
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            byte[] bytes = Files.readAllBytes(program);
            zip.putNextEntry(new ZipEntry("lib/packed.so"));
            zip.write(bytes);
            zip.putNextEntry(CalledProgram.stored("lib/stored.so", bytes));
            zip.write(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return file.toString();
    }

    private String cutLibrary() {
        byte[] bytes = library();
        return write("cut.so", Arrays.copyOf(bytes, bytes.length / 2));
    }

    private String foreignLibrary() {
        byte[] bytes = library();
        bytes[18] = 22; // EM_S390
        return write("foreign.so", bytes);
    }

    private static byte[] library() {
        try {
            return Files.readAllBytes(BinaryPath.find(KERNEL, "libc.so.6").orElseThrow());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String write(String name, byte[] content) {
        try {
            return Files.write(folder.resolve(name), content).toString();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
