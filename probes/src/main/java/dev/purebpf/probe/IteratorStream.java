package dev.purebpf.probe;

import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.OwnedFd;

import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** One walk of an iterator, read from its descriptor. */
final class IteratorStream extends InputStream {
    /** How many bytes one call of the kernel reads at the most. */
    static final int BUFFER_SIZE = 1 << 14;

    private final Kernel kernel;
    private final OwnedFd iterator;
    private final String target;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER_SIZE);

    IteratorStream(Kernel kernel, OwnedFd iterator, String target) {
        this.kernel = kernel;
        this.iterator = iterator;
        this.target = target;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        long read;
        do {
            read = kernel.read(iterator.number(), buffer, Math.min(length, BUFFER_SIZE));
            // The kernel rests after a million objects about which the program wrote nothing.
        } while (Errno.EAGAIN.is(read) || Errno.EINTR.is(read));
        kernel.check(read, "reading " + target);
        MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, offset, (int) read);
        return read == 0 ? -1 : (int) read;
    }

    @Override
    public synchronized void close() {
        if (iterator.isOpen()) {
            iterator.close();
            arena.close();
        }
    }
}
