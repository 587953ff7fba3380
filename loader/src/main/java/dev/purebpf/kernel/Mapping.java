package dev.purebpf.kernel;

import dev.purebpf.error.KernelException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory that the kernel shares with this process, unmapped when its arena closes: every later use
 * is an {@link IllegalStateException}, never a crash.
 */
public final class Mapping {
    private Mapping() {}

    /**
     * {@return a part of a file, map or perf event, mapped and shared} What is mapped for reading
     * only is a read-only segment.
     *
     * @param kernel the kernel
     * @param fd the descriptor, which may be closed afterwards
     * @param offset where to begin, a multiple of the page size
     * @param length how many bytes; the kernel rounds up to pages, the segment does not
     * @param protection {@link Kernel#PROTECTION_READ}, perhaps with {@link
     *     Kernel#PROTECTION_WRITE}
     * @param arena unmaps when it closes
     * @param operation what is attempted, for messages, such as {@code mapping the data of map x}
     * @throws KernelException if the kernel refuses
     */
    public static MemorySegment map(
            Kernel kernel,
            int fd,
            long offset,
            long length,
            int protection,
            Arena arena,
            String operation) {
        if (length <= 0) {
            throw new IllegalArgumentException("a mapping of " + length + " bytes");
        }
        long address = kernel.mmap(0, length, protection, Kernel.MAP_SHARED, fd, offset);
        kernel.check(address, operation);
        MemorySegment segment = adopt(kernel, address, length, arena);
        return (protection & Kernel.PROTECTION_WRITE) == 0 ? segment.asReadOnly() : segment;
    }

    /**
     * {@return the pages of an arena, which pointers that programs keep in it refer to}
     *
     * @param kernel the kernel
     * @param fd the arena's descriptor, which may be closed afterwards
     * @param address where it has to be mapped, 0 for anywhere
     * @param length how many bytes, all of its pages
     * @param arena unmaps when it closes
     * @param operation what is attempted, for messages
     * @throws KernelException if the kernel refuses; EEXIST says that something else is there
     */
    public static MemorySegment arena(
            Kernel kernel, int fd, long address, long length, Arena arena, String operation) {
        int protection = Kernel.PROTECTION_READ | Kernel.PROTECTION_WRITE;
        int flags = Kernel.MAP_SHARED | (address == 0 ? 0 : Kernel.MAP_FIXED_NOREPLACE);
        long mapped = kernel.mmap(address, length, protection, flags, fd, 0);
        return adopt(kernel, kernel.check(mapped, operation), length, arena);
    }

    /** {@return the segment of a fresh mapping; unmaps at once if the arena is closed already} */
    @SuppressWarnings("restricted")
    static MemorySegment adopt(Kernel kernel, long address, long length, Arena arena) {
        try {
            return MemorySegment.ofAddress(address)
                    .reinterpret(length, arena, _ -> kernel.munmap(address, length));
        } catch (RuntimeException e) {
            kernel.munmap(address, length);
            throw e;
        }
    }
}
