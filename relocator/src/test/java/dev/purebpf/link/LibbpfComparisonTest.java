package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;
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

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
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
        Path source = Path.of("src/test/c/libbpf-relocate.c");
        libbpf = folder.resolve("libbpf-relocate");
        try {
            Process compiler =
                    new ProcessBuilder(
                                    "cc",
                                    "-o",
                                    libbpf.toString(),
                                    source.toString(),
                                    "-lbpf",
                                    "-ldl")
                            .redirectErrorStream(true)
                            .start();
            String output = output(compiler);
            assumeTrue(compiler.waitFor() == 0, "libbpf-dev is needed to compare: " + output);
        } catch (IOException e) {
            abort("a C compiler is needed to compare with libbpf: " + e.getMessage());
        }
    }

    /**
     * {@return all fixtures but {@code weak}, as externs are not looked up yet, and {@code
     * exceptions}, which libbpf knows only since 1.3}
     */
    static List<String> objects() {
        return Fixtures.NAMES.stream()
                .filter(name -> !name.equals("weak") && !name.equals("exceptions"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("objects")
    void instructionsForThisKernelAreLibbpfs(String name) throws Exception {
        assumeTrue(Files.isReadable(KERNEL), "this kernel has no BTF");
        compare(name, KERNEL, Btf.open(KERNEL));
    }

    /** What the object asks of other kernels is mostly missing there, or ambiguous. */
    @ParameterizedTest
    @MethodSource("objects")
    void instructionsForTheTypesOfAnotherObjectAreLibbpfs(String name) throws Exception {
        Btf other = Btf.ofElf(Fixtures.elf("events_ring")).orElseThrow();
        compare(name, Files.write(folder.resolve("other.btf"), other.bytes()), other);
    }

    private static void compare(String name, Path btf, Btf kernel) throws Exception {
        Path object = folder.resolve(name + ".bpf.o");
        Files.write(object, Fixtures.little(name));
        Process process =
                new ProcessBuilder(libbpf.toString(), btf.toString(), object.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        String expected = output(process);
        assertEquals(0, process.waitFor());
        assertEquals(expected, "object " + object + '\n' + relocate(object, kernel));
    }

    /** Prints what {@code purebpf relocate} does; libbpf gives up whole objects. */
    private static String relocate(Path path, Btf kernel) throws IOException {
        try (ElfFile elf = ElfFile.open(path)) {
            ObjectFile object = ObjectFile.parse(elf);
            var names =
                    object.programs().stream()
                            .map(ProgramDefinition::name)
                            .collect(Collectors.toSet());
            var lines = new ArrayList<String>();
            for (LinkedProgram program :
                    Linker.link(object, kernel, LinkOptions.defaults().withPrograms(names))
                            .orThrow()
                            .programs()) {
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
