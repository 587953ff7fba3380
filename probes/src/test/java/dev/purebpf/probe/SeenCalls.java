package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.OwnedFd;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Calls by this thread for programs to see. */
final class SeenCalls {
    private static final Kernel KERNEL = Kernel.host();

    private SeenCalls() {}

    /** {@return 5, or an error: reads five bytes, by one call of vfs_read in the kernel} */
    static long read() {
        long fd = KERNEL.open("/dev/zero", Kernel.OPEN_READ_ONLY | Kernel.OPEN_CLOSE_ON_EXEC, 0);
        try (OwnedFd zeroes = OwnedFd.of(KERNEL, fd, "opening /dev/zero");
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(5);
            return KERNEL.read(zeroes.number(), buffer, 5);
        }
    }

    /** Reads five bytes and closes 12345, which is not open. */
    static void readAndClose() {
        assertEquals(5, read());
        assertEquals(-Errno.EBADF.number(), KERNEL.close(12345));
    }

    /** A call that Java does not make by itself in this thread. */
    static void controlEpoll() {
        assertEquals(-Errno.EBADF.number(), KERNEL.epollControl(12345, 1, 12345, 0, 0));
    }
}
