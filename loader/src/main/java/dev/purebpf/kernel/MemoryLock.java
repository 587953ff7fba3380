package dev.purebpf.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The limit on locked memory, which kernels before 5.11 account BPF maps and programs against;
 * later ones account them to the memory cgroup and the limit is left alone.
 */
final class MemoryLock {
    private static final long INFINITE = -1;

    private MemoryLock() {}

    /**
     * Lifts the limit if the kernel accounts by it. A failure shows when a map cannot be created,
     * whose exception then speaks of the limit.
     */
    static void raiseIfNeeded(Kernel kernel) {
        if (kernel.features().has(Feature.MEMCG_ACCOUNTING)) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limit = arena.allocate(ValueLayout.JAVA_LONG, 2);
            long result =
                    kernel.resourceLimit(Kernel.LIMIT_LOCKED_MEMORY, MemorySegment.NULL, limit);
            if (result < 0 || limit.get(ValueLayout.JAVA_LONG, 0) == INFINITE) {
                return;
            }
            long hard = limit.get(ValueLayout.JAVA_LONG, 8);
            limit.fill((byte) 0xff);
            if (kernel.resourceLimit(Kernel.LIMIT_LOCKED_MEMORY, limit, MemorySegment.NULL) < 0) {
                // Without CAP_SYS_RESOURCE up to what the administrator allows.
                limit.set(ValueLayout.JAVA_LONG, 0, hard);
                limit.set(ValueLayout.JAVA_LONG, 8, hard);
                kernel.resourceLimit(Kernel.LIMIT_LOCKED_MEMORY, limit, MemorySegment.NULL);
            }
        }
    }
}
