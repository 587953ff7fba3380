package dev.purebpf.event;

import dev.purebpf.kernel.Epoll;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.Mapping;
import dev.purebpf.kernel.OwnedFd;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;

/**
 * Reads a map of type {@code BPF_MAP_TYPE_RINGBUF}: one buffer for all CPUs, in the order in which
 * programs reserved, read where the kernel wrote it.
 *
 * <p>Wakes up for each record unless the program suppresses that by {@code BPF_RB_NO_WAKEUP}; such
 * records are read by the next poll, or when its time runs out.
 */
public final class RingBuffer implements EventBuffer {
    private final EventReader reader;
    private final RingRecords records;

    private RingBuffer(EventReader reader, RingRecords records) {
        this.reader = reader;
        this.records = records;
    }

    /**
     * {@return a reader of a ring buffer map}
     *
     * <p>It keeps what it needs of the map: the descriptor given may be closed. A map has one
     * reader; two would take each other's records.
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @param size the map's {@code max_entries}, the size of its data in bytes: a power of two, and
     *     a multiple of the page size
     * @param name the map's name, for messages
     * @param handler takes the records
     * @throws dev.purebpf.error.KernelException if the kernel refuses to map it, such as EINVAL for
     *     a map of another type or size
     */
    public static RingBuffer open(
            Kernel kernel, int map, long size, String name, EventHandler handler) {
        Objects.requireNonNull(handler);
        int page = kernel.pageSize();
        if (size < page || Long.bitCount(size) != 1 || size > 1L << 40) {
            throw new IllegalArgumentException(
                    "ring buffer "
                            + name
                            + " has a size of "
                            + size
                            + " bytes, which is not a power of two of pages");
        }
        String what = "ring buffer " + name;
        String operation = "mapping " + what;
        Arena arena = Arena.ofShared();
        OwnedFd fd = null;
        Epoll epoll = null;
        try {
            fd =
                    OwnedFd.of(
                            kernel,
                            kernel.duplicate(map, 3),
                            "duplicating the descriptor of " + what);
            int write = Kernel.PROTECTION_READ | Kernel.PROTECTION_WRITE;
            MemorySegment consumer =
                    Mapping.map(kernel, fd.number(), 0, page, write, arena, operation);
            // The kernel shows the data twice in a row, so that no record wraps.
            MemorySegment producer =
                    Mapping.map(
                            kernel,
                            fd.number(),
                            page,
                            page + 2 * size,
                            Kernel.PROTECTION_READ,
                            arena,
                            operation);
            epoll = new Epoll(kernel, 1);
            epoll.add(fd.number(), 0);
            OwnedFd owned = fd;
            var reader =
                    new EventReader(
                            epoll,
                            what,
                            () -> {
                                owned.close();
                                arena.close();
                            });
            var records =
                    new RingRecords(
                            consumer,
                            producer,
                            producer.asSlice(page, 2 * size),
                            handler,
                            reader::closed,
                            what);
            return new RingBuffer(reader, records);
        } catch (RuntimeException | Error e) {
            if (epoll != null) {
                epoll.close();
            }
            if (fd != null) {
                fd.close();
            }
            arena.close();
            throw e;
        }
    }

    @Override
    public int poll(Duration timeout) {
        return reader.poll(timeout, records);
    }

    @Override
    public long lost() {
        return 0;
    }

    @Override
    public void close() {
        reader.close();
    }
}
