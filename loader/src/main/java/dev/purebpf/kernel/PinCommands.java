package dev.purebpf.kernel;

import static dev.purebpf.kernel.AttributeScratch.setInt;
import static dev.purebpf.kernel.AttributeScratch.setLong;
import static dev.purebpf.kernel.AttributeScratch.zeroed;

import dev.purebpf.error.KernelException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** The commands of {@code bpf(2)} that pin maps, programs and links to paths in a bpffs. */
public final class PinCommands {
    /** Opens a pinned map for reading only. */
    public static final int READ_ONLY = 1 << 3;

    /** Opens a pinned map for writing only. */
    public static final int WRITE_ONLY = 1 << 4;

    private static final int SIZE = 16;

    private PinCommands() {}

    /**
     * {@return whether a path is in a bpffs, where alone things can be pinned}
     *
     * @param kernel the kernel
     * @param path a path that exists, such as the parent of the one to be pinned to
     */
    public static boolean isPinnable(Kernel kernel, Path path) {
        return kernel.fileSystemType(path.toString()) == Kernel.BPF_FILE_SYSTEM;
    }

    /**
     * Pins a map, program or link, so that it outlives this process.
     *
     * @param kernel the kernel
     * @param fd its descriptor
     * @param path a path that does not exist, in a mounted bpffs
     * @throws KernelException if the kernel refuses; EEXIST if the path exists
     */
    public static void pin(Kernel kernel, int fd, Path path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            MemorySegment attributes = zeroed(SIZE);
            setLong(attributes, 0, name.address());
            setInt(attributes, 8, fd);
            kernel.check(
                    kernel.bpf(BpfCommand.OBJ_PIN.number(), attributes, SIZE),
                    "pinning to " + path);
        }
    }

    /**
     * {@return what is pinned at a path}
     *
     * @param kernel the kernel
     * @param path the path
     * @param flags 0, {@link #READ_ONLY} or {@link #WRITE_ONLY}
     * @throws KernelException if the kernel refuses; ENOENT if there is nothing
     */
    public static OwnedFd open(Kernel kernel, Path path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            MemorySegment attributes = zeroed(SIZE);
            setLong(attributes, 0, name.address());
            setInt(attributes, 12, flags);
            return OwnedFd.of(
                    kernel,
                    kernel.bpf(BpfCommand.OBJ_GET.number(), attributes, SIZE),
                    "opening the pinned object " + path);
        }
    }
}
