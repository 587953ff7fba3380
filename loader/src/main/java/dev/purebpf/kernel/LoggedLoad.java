package dev.purebpf.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A load that the verifier may comment on, repeated until it is clear what it has to say.
 *
 * <ol>
 *   <li>EAGAIN: signals interrupted the verifier; again, at most five times.
 *   <li>Any failure while nothing was logged: again at level 1, to learn why.
 *   <li>ENOSPC: the log did not fit; again with twice the room. The error hides what the verifier
 *       thought of the program itself.
 *   <li>Still no room, or a kernel that refuses a log as large: the last time without any log, for
 *       the true error, or success.
 * </ol>
 */
final class LoggedLoad {
    private static final int INTERRUPTED_TRIES = 5;

    private LoggedLoad() {}

    /** One try. */
    @FunctionalInterface
    interface Attempt {
        /** {@return the descriptor, or minus the error number} */
        long load(int logLevel, long log, int logSize);
    }

    static LoadResult run(Kernel kernel, LogOptions options, String operation, Attempt attempt) {
        if (options.level() == 0) {
            long result = uninterrupted(attempt, 0, 0, 0);
            if (result >= 0) {
                return loaded(kernel, result, operation, "", false);
            }
        }
        int level = Math.max(1, options.level());
        int size = options.size() == 0 ? LogOptions.DEFAULT_SIZE : options.size();
        String log = "";
        while (true) {
            long result;
            boolean full;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment buffer = anonymous(kernel, size, arena);
                if (buffer == null) {
                    break;
                }
                result = uninterrupted(attempt, level, buffer.address(), size);
                String said = buffer.getString(0);
                log = said.isEmpty() ? log : said;
                full = Errno.ENOSPC.is(result);
            }
            if (result >= 0) {
                return loaded(kernel, result, operation, log, false);
            } else if (!full && !(Errno.EINVAL.is(result) && size > LogOptions.DEFAULT_SIZE)) {
                return new LoadResult(null, (int) -result, log, false);
            }
            if (!full || options.size() != 0 || size >= LogOptions.LARGEST_SIZE) {
                break;
            }
            size = (int) Math.min(2L * size, LogOptions.LARGEST_SIZE);
        }
        long result = uninterrupted(attempt, 0, 0, 0);
        return result >= 0
                ? loaded(kernel, result, operation, log, true)
                : new LoadResult(null, (int) -result, log, true);
    }

    private static LoadResult loaded(
            Kernel kernel, long result, String operation, String log, boolean truncated) {
        return new LoadResult(OwnedFd.of(kernel, result, operation), 0, log, truncated);
    }

    private static long uninterrupted(Attempt attempt, int level, long log, int size) {
        long result;
        int tries = 0;
        do {
            result = attempt.load(level, log, size);
        } while (Errno.EAGAIN.is(result) && ++tries < INTERRUPTED_TRIES);
        return result;
    }

    /**
     * {@return room for a log, and a byte that the kernel is not told of: a zero to end it}
     *
     * <p>Mapped rather than allocated: the verifier touches only the pages that it writes, and Java
     * would have to zero all of them.
     */
    private static MemorySegment anonymous(Kernel kernel, int size, Arena arena) {
        long length = size + 1L;
        int flags = Kernel.MAP_PRIVATE | Kernel.MAP_ANONYMOUS;
        int protection = Kernel.PROTECTION_READ | Kernel.PROTECTION_WRITE;
        long address = kernel.mmap(0, length, protection, flags, -1, 0);
        return address < 0 ? null : Mapping.adopt(kernel, address, length, arena);
    }
}
