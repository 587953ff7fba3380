package dev.purebpf.benchmark;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The running kernel's BTF: indexing its types (once in a loader's life, so the first, cold
 * iteration counts more than the last) and searching it by name.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BtfBenchmark {
    private static final String KERNEL = "/sys/kernel/btf/vmlinux";

    private byte[] bytes;
    private Btf btf;

    /** JMH makes the instances. */
    public BtfBenchmark() {}

    /**
     * Reads and indexes the kernel's BTF.
     *
     * @throws IOException if this kernel has none
     */
    @Setup
    public void readKernel() throws IOException {
        bytes = Files.readAllBytes(Path.of(KERNEL));
        btf = Btf.parse(KERNEL, bytes);
    }

    /** {@return the index of all types, made anew} */
    @Benchmark
    public Btf index() {
        return Btf.parse(KERNEL, bytes);
    }

    /** {@return a struct that comes early and is found at once} */
    @Benchmark
    public int findStruct() {
        return btf.find("task_struct", BtfKind.STRUCT);
    }

    /** {@return zero: a name that no type has, so that all are compared} */
    @Benchmark
    public int findNothing() {
        return btf.find("no_such_struct", BtfKind.STRUCT);
    }
}
