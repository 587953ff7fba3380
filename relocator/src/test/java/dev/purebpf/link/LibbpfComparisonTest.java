package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.btf.Btf;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.BpfException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.Reference;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Holds final instructions against libbpf's own, made by {@code src/test/c/libbpf-relocate.c},
 * which needs a C compiler and libbpf's development files.
 */
class LibbpfComparisonTest {
    private static final Path KERNEL = Path.of("/sys/kernel/btf/vmlinux");

    @TempDir static Path folder;
    private static Path libbpf;

    @BeforeAll
    static void compile() throws IOException, InterruptedException {
        libbpf = InstalledLibbpf.compile(folder);
    }

    /**
     * What the user says about the kernel's configuration; its own is looked at for the rest. The
     * fixture's variables are of all types.
     */
    private static final String CONFIG =
            """
            CONFIG_GIVEN_MODULE=m
            # CONFIG_GIVEN_STRING is not set
            CONFIG_GIVEN_STRING="too long"
            CONFIG_GIVEN_NEGATIVE=-0x10
            CONFIG_GIVEN_ADDRESS=0xffffffff00000010
            CONFIG_GIVEN_ADDRESS=1
            """;

    /**
     * {@return all fixtures but {@code weak}, where libbpf before 1.2 calls a function that is
     * missing in another way, {@code exceptions}, which libbpf knows only since 1.3, {@code arena}
     * (1.4) and {@code jumps} (1.7); {@code relocator/compare-libbpf} compares such objects with
     * the newest libbpf}
     */
    static List<String> objects() {
        Set<String> newer = Set.of("weak", "exceptions", "arena", "jumps");
        return Fixtures.NAMES.stream().filter(name -> !newer.contains(name)).toList();
    }

    /** {@return those that ask for nothing of which libbpf asks the running kernel in any case} */
    static List<String> objectsWithoutKernelTypes() {
        return objects().stream()
                .filter(name -> !name.equals("ksyms") && !name.equals("kfuncs"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("objects")
    void instructionsForThisKernelAreLibbpfs(String name) throws Exception {
        assumeTrue(Files.isReadable(KERNEL), "this kernel has no BTF");
        compare(name, KERNEL, Btf.open(KERNEL), CONFIG);
    }

    /** What the object asks of other kernels is mostly missing there, or ambiguous. */
    @ParameterizedTest
    @MethodSource("objectsWithoutKernelTypes")
    void instructionsForTheTypesOfAnotherObjectAreLibbpfs(String name) throws Exception {
        Btf other = Btf.ofElf(Fixtures.elf("events_ring")).orElseThrow();
        compare(name, Files.write(folder.resolve("other.btf"), other.bytes()), other, CONFIG);
    }

    /** What is set is not always what the variable can hold. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "CONFIG_GIVEN_MODULE=n",
                "CONFIG_GIVEN_MODULE=yes",
                "CONFIG_GIVEN_MODULE=1",
                "CONFIG_GIVEN_MODULE=\"m\"",
                "CONFIG_GIVEN_STRING=y",
                "CONFIG_GIVEN_STRING=\"\"",
                "CONFIG_GIVEN_STRING=\"abc\"",
                "CONFIG_GIVEN_STRING=\"abcd\"",
                "CONFIG_GIVEN_STRING=\"abc",
                "CONFIG_GIVEN_NEGATIVE=y",
                "CONFIG_GIVEN_NEGATIVE=32767",
                "CONFIG_GIVEN_NEGATIVE=32768",
                "CONFIG_GIVEN_NEGATIVE=-32768",
                "CONFIG_GIVEN_NEGATIVE=-32769",
                "CONFIG_GIVEN_NEGATIVE=0xffffffffffffffff",
                "CONFIG_GIVEN_NEGATIVE=+010",
                "CONFIG_GIVEN_NEGATIVE=0",
                "CONFIG_GIVEN_NEGATIVE=08",
                "CONFIG_GIVEN_NEGATIVE=0x",
                "CONFIG_GIVEN_NEGATIVE= 7",
                "CONFIG_GIVEN_NEGATIVE=7 ",
                "CONFIG_GIVEN_ADDRESS=18446744073709551615",
                "CONFIG_GIVEN_ADDRESS=18446744073709551616",
                "CONFIG_GIVEN_ADDRESS=-18446744073709551615",
                "CONFIG_GIVEN_ADDRESS=-",
                "CONFIG_BPF=m",
                "CONFIG_BPF=n",
                "CONFIG_BPF=1",
                "CONFIG_BPF_SYSCALL=m",
                "CONFIG_BPF_SYSCALL=127",
                "CONFIG_BPF_SYSCALL=128",
                "CONFIG_BPF_SYSCALL=-128",
                "CONFIG_HZ",
                "CONFIG_HZ=",
                "# CONFIG_HZ",
                "UNKNOWN",
            })
    void settingsAreReadAsLibbpfReadsThem(String setting) throws Exception {
        assumeTrue(Files.isReadable(KERNEL), "this kernel has no BTF");
        compare("kconfig", KERNEL, Btf.open(KERNEL), setting + '\n');
    }

    private static void compare(String name, Path btf, Btf types, String config) throws Exception {
        Path object = folder.resolve(name + ".bpf.o");
        Files.write(object, Fixtures.little(name));
        var builder =
                new ProcessBuilder(libbpf.toString(), btf.toString(), object.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("KCONFIG", config);
        Process process = builder.start();
        String expected = output(process);
        assertEquals(0, process.waitFor());
        assertEquals(expected, "object " + object + '\n' + relocate(object, types, config));
    }

    /** {@return what libbpf finds out about the kernel that it runs on} */
    private static TargetKernel thisKernel(ObjectFile object, TargetKernel known)
            throws IOException {
        TargetKernel kernel = known;
        Set<TargetKernel.Source> lacking = kernel.lacks(object);
        if (lacking.contains(TargetKernel.Source.CONFIG)) {
            String release = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
            Path config = Path.of("/boot/config-" + release);
            if (!Files.exists(config)) {
                config = Path.of("/proc/config.gz");
            }
            assumeTrue(Files.isReadable(config), "this kernel does not tell its configuration");
            byte[] bytes = Files.readAllBytes(config);
            kernel = kernel.withConfig(KernelConfig.parse(config.toString(), bytes));
        }
        if (lacking.contains(TargetKernel.Source.SYMBOLS)) {
            byte[] bytes = Files.readAllBytes(Path.of("/proc/kallsyms"));
            kernel = kernel.withSymbols(KernelSymbols.parse("/proc/kallsyms", bytes));
        }
        if (lacking.contains(TargetKernel.Source.VERSION)) {
            String build = Files.readString(Path.of("/proc/sys/kernel/version"));
            String release = Files.readString(Path.of("/proc/sys/kernel/osrelease"));
            kernel = kernel.withVersion(KernelVersion.of("", build, release).orElseThrow());
        }
        return kernel;
    }

    /** Prints what {@code purebpf relocate} does; libbpf gives up whole objects. */
    private static String relocate(Path path, Btf types, String config) throws IOException {
        try (ElfFile elf = ElfFile.open(path)) {
            ObjectFile object = ObjectFile.parse(elf);
            TargetKernel kernel =
                    thisKernel(
                            object,
                            TargetKernel.of(types)
                                    .withGivenConfig(KernelConfig.of(config))
                                    .withCookies(true)
                                    .withSystemCallWrappers(false));
            LinkOptions options = LinkOptions.defaults();
            var names =
                    object.programs().stream()
                            .map(ProgramDefinition::name)
                            .collect(Collectors.toSet());
            LinkedObject linked =
                    Linker.link(object, kernel, options.withPrograms(names)).orThrow();
            var lines = new ArrayList<String>();
            if (linked.settings().length > 0) {
                lines.add("kconfig " + HexFormat.of().formatHex(linked.settings()) + '\n');
            }
            for (LinkedProgram program : linked.programs()) {
                print(program, lines);
            }
            return String.join("", lines);
        } catch (BpfException e) {
            return "error\n";
        }
    }

    private static void print(LinkedProgram program, List<String> lines) {
        lines.add(
                "program "
                        + program.name()
                        + ' '
                        + program.section()
                        + ' '
                        + program.slots()
                        + '\n');
        String code = HexFormat.of().formatHex(program.encode(m -> 0, ByteOrder.LITTLE_ENDIAN));
        int slot = 0;
        for (Instruction instruction : program.instructions()) {
            for (int i = 0; i < instruction.slots(); i++, slot++) {
                String map =
                        i == 0
                                        && (instruction.reference() instanceof Reference.Map
                                                || instruction.reference()
                                                        instanceof Reference.MapValue)
                                ? " map=" + instruction.reference().name()
                                : "";
                lines.add(code.substring(slot * 16, slot * 16 + 16) + map + '\n');
            }
        }
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
