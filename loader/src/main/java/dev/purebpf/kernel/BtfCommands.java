package dev.purebpf.kernel;

import static dev.purebpf.kernel.AttributeScratch.setInt;
import static dev.purebpf.kernel.AttributeScratch.setLong;
import static dev.purebpf.kernel.AttributeScratch.zeroed;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The command of {@code bpf(2)} that loads types. */
public final class BtfCommands {
    private static final int LOAD_SIZE = 32;

    private BtfCommands() {}

    /**
     * {@return the loaded BTF, or why not, with the verifier's log}
     *
     * <p>As with programs, a failure is repeated with a log, and a log that does not fit with more
     * room.
     *
     * @param kernel the kernel
     * @param btf a whole {@code .BTF} section in native byte order
     * @param options how much the verifier is to say
     */
    public static LoadResult load(Kernel kernel, byte[] btf, LogOptions options) {
        MemoryLock.raiseIfNeeded(kernel);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = AttributeScratch.copy(arena, btf);
            return LoggedLoad.run(
                    kernel,
                    options,
                    "loading BTF",
                    (level, log, size) -> load(kernel, copy, btf.length, level, log, size));
        }
    }

    /** Loads without retries and without asking for features, for those that probe them. */
    static long load(Kernel kernel, byte[] btf) {
        try (Arena arena = Arena.ofConfined()) {
            return load(kernel, AttributeScratch.copy(arena, btf), btf.length, 0, 0, 0);
        }
    }

    private static long load(
            Kernel kernel, MemorySegment btf, int size, int logLevel, long log, int logSize) {
        MemorySegment attributes = zeroed(LOAD_SIZE);
        setLong(attributes, 0, btf.address());
        setLong(attributes, 8, log);
        setInt(attributes, 16, size);
        setInt(attributes, 20, logSize);
        setInt(attributes, 24, logLevel);
        // Without log_true_size, which kernels before 6.4 do not know.
        return kernel.bpf(BpfCommand.BTF_LOAD.number(), attributes, 28);
    }
}
