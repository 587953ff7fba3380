package dev.purebpf.cli.relocate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.cli.Json;
import dev.purebpf.cli.OtherKernels;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.link.LinkOptions;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.Linker;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.ProgramDefinition;
import dev.purebpf.link.TargetKernel;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The command from outside: what it prints, to the letter, and how it ends. */
class RelocateCommandTest {
    private static final List<String> FIXTURES =
            List.of("core", "globals", "linking", "maps", "sections", "subprograms");

    @TempDir Path folder;
    private String kernel;

    @BeforeEach
    void makeKernel() throws IOException {
        Path core = Path.of(fixture("core"));
        kernel = OtherKernels.asDeclaredBy(core, folder.resolve("own.btf")).toString();
    }

    private String fixture(String name) throws IOException {
        return OtherKernels.fixture(folder, name);
    }

    private PureBpf.Run relocate(String... arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of("relocate", "--btf", kernel));
        words.addAll(Arrays.asList(arguments));
        return PureBpf.run(words.toArray(String[]::new));
    }

    @Test
    void aProgramIsALineAndOneForEachSlot() throws Exception {
        PureBpf.Run run = relocate(fixture("minimal"));
        assertEquals("", run.err());
        assertEquals(0, run.exitCode());
        assertEquals(
                """
                program on_sys_enter raw_tp/sys_enter 2
                b700000000000000
                9500000000000000
                """,
                run.out());
    }

    @Test
    void ofTheOtherByteOrderBytesAreAsThatMachineWantsThem() throws Exception {
        PureBpf.Run run = relocate(fixture("big-endian/minimal"), fixture("minimal"));
        assertEquals(0, run.exitCode());
        // The exit instruction and a zeroed register look alike in both orders.
        assertEquals(6, run.outLines().stream().filter(line -> !line.startsWith("object")).count());
        PureBpf.Run maps = relocate(fixture("big-endian/maps"));
        assertTrue(maps.out().lines().anyMatch(line -> line.matches("18[0-9a-f]1.* map=.*")));
    }

    @Test
    void mapsAreNamedWhereTheirDescriptorsGoAndTheseAreZero() throws Exception {
        PureBpf.Run run = relocate(fixture("globals"));
        assertEquals(0, run.exitCode());
        List<String> references =
                run.outLines().stream().filter(line -> line.contains(" map=")).toList();
        assertFalse(references.isEmpty());
        for (String line : references) {
            assertTrue(line.matches("18[12][0-9a-f]000000000000 map=\\S+"), line);
        }
        assertTrue(references.stream().anyMatch(line -> line.endsWith(" map=.rodata")), run.out());
    }

    @Test
    void programsAreInTheOrderOfSectionsWithThoseThatAreOffAtFirst() throws Exception {
        String path = fixture("sections");
        List<String> expected;
        try (ElfFile elf = ElfFile.open(Path.of(path))) {
            expected =
                    ObjectFile.parse(elf).programs().stream()
                            .map(p -> "program " + p.name() + ' ' + p.section() + ' ' + p.slots())
                            .toList();
        }
        assertEquals(expected, relocate(path).outLines().stream().filter(this::isHeader).toList());
        assertTrue(expected.contains("program off_at_first raw_tracepoint/sys_exit 2"));
    }

    private boolean isHeader(String line) {
        return line.startsWith("program ");
    }

    @Test
    void whatCannotBeOpenedOrRelocatedIsALineAndTheRestGoesOn() throws Exception {
        Path cut = folder.resolve("cut.bpf.o");
        Files.write(cut, Arrays.copyOf(Files.readAllBytes(Path.of(fixture("core"))), 1000));
        Path text = Files.writeString(folder.resolve("text.bpf.o"), "not an object\n");
        Path empty = Files.createFile(folder.resolve("empty.bpf.o"));
        String missing = folder.resolve("missing.bpf.o").toString();
        String odd = Files.createFile(folder.resolve("new\nline\u001b[31m.o")).toString();
        String unset = fixture("kconfig");
        String minimal = fixture("minimal");
        PureBpf.Run run =
                relocate(
                        cut.toString(),
                        text.toString(),
                        empty.toString(),
                        folder.toString(),
                        missing,
                        "/dev/null",
                        odd,
                        unset,
                        minimal,
                        "--kconfig",
                        emptyConfig());
        assertEquals(1, run.exitCode());
        assertEquals("", run.err());
        List<String> lines = run.outLines();
        assertTrue(lines.get(0).startsWith("object " + cut + " error "), run.out());
        assertTrue(lines.get(1).startsWith("object " + text + " error "), run.out());
        assertTrue(lines.get(2).startsWith("object " + empty + " error "), run.out());
        assertEquals("object " + folder + " error is a directory", lines.get(3));
        assertEquals("object " + missing + " error there is no such file", lines.get(4));
        assertEquals("object /dev/null error is not a regular file", lines.get(5));
        String escaped = odd.replace("\n", "\\n").replace("\u001b", "\\x1b");
        assertTrue(lines.get(6).startsWith("object " + escaped + " error "), run.out());
        assertEquals("object " + unset, lines.get(7));
        assertTrue(lines.get(8).startsWith("program on_enter raw_tp/sys_enter error "), run.out());
        assertEquals("object " + minimal, lines.get(lines.size() - 4));
        assertEquals("program on_sys_enter raw_tp/sys_enter 2", lines.get(lines.size() - 3));
    }

    private String emptyConfig() throws IOException {
        return Files.writeString(folder.resolve("config"), "# nothing is set\n").toString();
    }

    @Test
    void settingsSymbolsAndVersionOfTheKernelComeFromFiles() throws Exception {
        Path config = folder.resolve("config-of-that-kernel");
        Files.writeString(
                config,
                """
                CONFIG_BPF=y
                CONFIG_BPF_SYSCALL=y
                CONFIG_NET=y
                CONFIG_HZ=250
                """);
        Path symbols = folder.resolve("kallsyms-of-that-kernel");
        Files.writeString(
                symbols,
                """
                ffffffff81234560 T _text
                ffffffff81234568 T bpf_prog_run
                """);
        PureBpf.Run settings =
                relocate(
                        fixture("kconfig"),
                        "--kconfig",
                        config.toString(),
                        "--release",
                        "5.10.3-cloud");
        assertEquals(0, settings.exitCode(), settings.out() + settings.err());
        assertTrue(settings.out().contains(" map=.kconfig\n"), settings.out());

        // Typed ksyms are not in these types: the object fails, and says what is missing.
        PureBpf.Run missing = relocate(fixture("ksyms"), "--kallsyms", symbols.toString());
        assertEquals(1, missing.exitCode());
        assertTrue(missing.out().contains("runqueues"), missing.out());

        kernel = OtherKernels.withQueues(folder.resolve("queues.btf")).toString();
        PureBpf.Run found = relocate(fixture("ksyms"), "--kallsyms", symbols.toString());
        assertEquals(0, found.exitCode(), found.out());
        assertTrue(
                Pattern.compile("\n180[0-9]000060452381\n00000000ffffffff\n")
                        .matcher(found.out())
                        .find(),
                found.out());
    }

    @Test
    void anObjectThatCannotBeOpenedIsNamedAlsoWhenItIsTheOnlyOne() throws Exception {
        PureBpf.Run run = relocate(folder.toString());
        assertEquals(1, run.exitCode());
        assertEquals("object " + folder + " error is a directory\n", run.out());
    }

    @Test
    void onlyTheProgramThatWasAskedFor() throws Exception {
        PureBpf.Run all = relocate(fixture("core"));
        PureBpf.Run one = relocate(fixture("core"), "--program", "bitfields");
        assertEquals(0, one.exitCode());
        assertTrue(one.out().startsWith("program bitfields raw_tp/sched_switch "), one.out());
        assertTrue(all.out().contains(one.out()));
        PureBpf.Run none = relocate(fixture("core"), "--program", "nobody");
        assertEquals(1, none.exitCode());
        assertEquals("purebpf: there is no program 'nobody'\n", none.err());
    }

    @Test
    void theDigitsAreTheLinkersBytes() throws Exception {
        List<String> arguments = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        TargetKernel types = TargetKernel.of(Btf.open(Path.of(kernel)));
        for (String name : FIXTURES) {
            String path = fixture(name);
            arguments.add(path);
            try (ElfFile elf = ElfFile.open(Path.of(path))) {
                ObjectFile object = ObjectFile.parse(elf);
                LinkOptions options = LinkOptions.defaults().withPrograms(names(object));
                for (LinkedProgram program : Linker.link(object, types, options).programs()) {
                    if (program.failure().isEmpty()) {
                        byte[] code = program.encode(_ -> 0, object.byteOrder());
                        expected.add(HexFormat.of().formatHex(code));
                    }
                }
            }
        }
        PureBpf.Run run = relocate(arguments.toArray(String[]::new));
        assertEquals(expected, codeOf(run));
        assertTrue(expected.size() > 20);
    }

    private static Set<String> names(ObjectFile object) {
        return object.programs().stream()
                .map(ProgramDefinition::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Reads the text form back: the digits of each program that could be relocated. */
    private static List<String> codeOf(PureBpf.Run run) {
        List<String> programs = new ArrayList<>();
        List<String> lines = run.outLines();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith("program ") && !line.contains(" error ")) {
                int count = Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1));
                StringBuilder code = new StringBuilder();
                for (int slot = 0; slot < count; slot++) {
                    code.append(lines.get(++i), 0, 16);
                }
                programs.add(code.toString());
            }
        }
        return programs;
    }

    @Test
    void jsonSaysTheSameAndWhatEachRelocationWasAnswered() throws Exception {
        String core = fixture("core");
        PureBpf.Run text = relocate(core);
        PureBpf.Run run =
                relocate(core, fixture("kconfig"), "--output", "json", "--kconfig", emptyConfig());
        assertEquals(1, run.exitCode());
        List<Map<String, Object>> objects = run.outLines().stream().map(Json::object).toList();
        List<String> code = new ArrayList<>();
        for (Map<String, Object> object : objects) {
            if (object.get("object").equals(core)) {
                assertNull(object.get("error"));
                code.add(
                        ((List<?>) object.get("instructions"))
                                .stream().map(String.class::cast).collect(Collectors.joining()));
            } else {
                assertTrue(((String) object.get("error")).contains("CONFIG_"), run.out());
                assertFalse(object.containsKey("instructions"));
            }
        }
        assertEquals(codeOf(text), code);
        Map<?, ?> first = (Map<?, ?>) ((List<?>) objects.get(0).get("relocations")).get(0);
        assertEquals("field_byte_offset", first.get("kind"));
        assertEquals("struct task_struct.pid", ((Map<?, ?>) first.get("asked")).get("path"));
        assertEquals("struct task_struct.pid", ((Map<?, ?>) first.get("found")).get("path"));
        assertEquals(Map.of("before", 16L, "after", 16L), first.get("value"));
        assertEquals(false, first.get("poisoned"));
        Map<?, ?> source = (Map<?, ?>) first.get("source");
        assertTrue(((String) source.get("file")).endsWith("core.bpf.c"), run.out());
        assertTrue((long) source.get("line") > 0, run.out());
    }

    @Test
    void assemblyShowsWhatWasAskedFoundAndChanged() throws Exception {
        kernel = OtherKernels.renamed(folder.resolve("renamed.btf")).toString();
        PureBpf.Run run = relocate(fixture("core"), "--disassemble");
        assertEquals(0, run.exitCode(), run.out());
        String parent =
                """
                            asked  field byte offset of [6] struct task_struct.tgid (0:2 @ offset 20)
                            found  [3] struct task_struct.tgid (0:1 @ offset 4)
                            now    20 -> 4
                """;
        assertTrue(
                run.out()
                        .replaceAll("\\[[0-9]+]", "[N]")
                        .contains(parent.replaceAll("\\[[0-9]+]", "[N]")),
                run.out());
        assertTrue(
                run.out()
                        .contains(
                                "now    poisoned, the verifier refuses it if it can be reached:"
                                        + " struct task_struct has no field `pid`; nearest:"
                                        + " `numbers.pid`"),
                run.out());
        assertTrue(run.out().contains("\nparent_of:\n"), run.out());
        assertTrue(run.out().contains("; ./core.bpf.c:"), run.out());
        assertFalse(run.out().contains("\u001b"));
    }

    @Test
    void manyObjectsNeedNoMoreMemoryThanOne() throws Exception {
        String core = fixture("core");
        String[] many = Collections.nCopies(400, core).toArray(String[]::new);
        PureBpf.Run run = relocate(many);
        assertEquals(0, run.exitCode(), run.err());
        String one = "object " + core + '\n' + relocate(core).out();
        assertEquals(one.repeat(400), run.out());
    }

    @Test
    void withoutAFileTheRunningKernelIsMeantAndLibbpfSaysTheSame() throws Exception {
        Path live = Path.of("/sys/kernel/btf/vmlinux");
        assumeTrue(Files.isReadable(live), "this kernel has no BTF");
        Path program = compileLibbpf();
        List<String> words = new ArrayList<>(List.of(program.toString(), live.toString()));
        List<String> objects = new ArrayList<>();
        for (String name : List.of("core", "globals", "linking", "maps", "subprograms")) {
            objects.add(fixture(name));
        }
        words.addAll(objects);
        Process libbpf =
                new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String expected =
                new String(libbpf.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, libbpf.waitFor());
        objects.addFirst("relocate");
        assertEquals(expected, PureBpf.run(objects.toArray(String[]::new)).out());
    }

    private Path compileLibbpf() throws InterruptedException {
        Path program = folder.resolve("libbpf-relocate");
        try {
            Process compiler =
                    new ProcessBuilder(
                                    "cc",
                                    "-o",
                                    program.toString(),
                                    "../relocator/src/test/c/libbpf-relocate.c",
                                    "-lbpf",
                                    "-ldl")
                            .redirectErrorStream(true)
                            .start();
            String output =
                    new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assumeTrue(compiler.waitFor() == 0, "libbpf-dev is needed to compare: " + output);
        } catch (IOException e) {
            abort("a C compiler is needed to compare with libbpf: " + e.getMessage());
        }
        return program;
    }

    @Test
    void whatCannotBeWrittenIsAFailureAndNoSilence() throws Exception {
        String words = String.join(" ", PureBpf.command(System.getProperty("java.class.path")));
        String line = words + " relocate " + fixture("core") + " --btf " + kernel + " > /dev/full";
        try (PureBpf.Running running = PureBpf.startProcess(List.of("sh", "-c", line))) {
            PureBpf.Run run = running.end();
            assertEquals(1, run.exitCode());
            assertTrue(run.err().startsWith("purebpf: the output is not complete"), run.err());
        }
    }

    @Test
    void aKernelThatCannotBeReadIsSaidOnce() throws Exception {
        PureBpf.Run run = PureBpf.run("relocate", fixture("core"), "--btf", "/dev/null");
        assertEquals(1, run.exitCode());
        assertEquals("", run.out());
        assertEquals(
                "purebpf: no types of a kernel in /dev/null: is not a regular file\n", run.err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a.o --output yaml",
                "a.o --output json --disassemble",
                "a.o --nonsense",
                "a.o --btf",
                "a.o --module-btf nf_tables",
                "a.o --release newest",
            })
    void wrongUsageIsASentence(String arguments) throws Exception {
        PureBpf.Run run = PureBpf.run(("relocate " + arguments).strip().split(" "));
        assertEquals(2, run.exitCode(), run.err());
        assertTrue(run.err().startsWith("purebpf relocate: "), run.err());
        assertTrue(run.err().endsWith("See purebpf relocate --help.\n"), run.err());
    }
}
