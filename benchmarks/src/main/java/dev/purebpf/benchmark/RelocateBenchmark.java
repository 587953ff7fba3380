package dev.purebpf.benchmark;

import dev.purebpf.btf.Btf;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.link.KernelSymbols;
import dev.purebpf.link.LinkOptions;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.Linker;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.TargetKernel;
import dev.purebpf.link.TargetKernel.Source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/**
 * How long a warm JVM takes to open an object and fit it to a kernel whose BTF it has not seen; the
 * half of {@code benchmarks/relocate} that is not libbpf.
 */
public final class RelocateBenchmark {
    private RelocateBenchmark() {}

    /**
     * Prints the median in microseconds of the later half of many runs.
     *
     * @param arguments the object, the BTF and how many runs count
     * @throws IOException if one of the files cannot be read
     */
    public static void main(String[] arguments) throws IOException {
        Path object = Path.of(arguments[0]);
        Path btf = Path.of(arguments[1]);
        int times = Integer.parseInt(arguments[2]);
        var took = new long[times];
        for (int i = -times; i < times; i++) {
            long start = System.nanoTime();
            relocate(object, btf);
            if (i >= 0) {
                took[i] = System.nanoTime() - start;
            }
        }
        Arrays.sort(took);
        System.out.println(took[times / 2] / 1000);
    }

    private static void relocate(Path object, Path btf) throws IOException {
        try (ElfFile elf = ElfFile.open(object)) {
            ObjectFile parsed = ObjectFile.parse(elf);
            // Like libbpf, which reads the kernel's types only for those that ask for them.
            TargetKernel kernel = TargetKernel.unknown();
            Set<Source> lacking = kernel.lacks(parsed);
            if (lacking.contains(Source.TYPES)) {
                kernel = kernel.withTypes(Btf.open(btf));
            }
            if (lacking.contains(Source.SYMBOLS)) {
                byte[] bytes = Files.readAllBytes(Path.of("/proc/kallsyms"));
                kernel = kernel.withSymbols(KernelSymbols.parse("/proc/kallsyms", bytes));
            }
            Linker.link(parsed, kernel, LinkOptions.defaults())
                    .orThrow()
                    .programs()
                    .forEach(RelocateBenchmark::touch);
        }
    }

    private static void touch(LinkedProgram program) {
        if (program.slots() == 0) {
            throw new IllegalStateException(program.name() + " is empty");
        }
    }
}
