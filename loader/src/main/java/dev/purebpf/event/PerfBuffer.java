package dev.purebpf.event;

import dev.purebpf.kernel.Cpus;
import dev.purebpf.kernel.Epoll;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.MapCommands;
import dev.purebpf.kernel.Mapping;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PerfEventAttributes;
import dev.purebpf.kernel.PerfEvents;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Reads a map of type {@code BPF_MAP_TYPE_PERF_EVENT_ARRAY}: a ring for each online CPU, which
 * programs running there write to by {@code bpf_perf_event_output} with {@code BPF_F_CURRENT_CPU}.
 * For kernels before the ring buffer.
 *
 * <p>Records of one CPU come in order, those of different CPUs do not. A CPU that is brought online
 * later has no ring: programs there get ENOENT.
 */
public final class PerfBuffer implements EventBuffer {
    private final EventReader reader;
    private final Rings rings;

    private PerfBuffer(EventReader reader, Rings rings) {
        this.reader = reader;
        this.rings = rings;
    }

    /**
     * {@return a reader of a perf event array, which it fills}
     *
     * <p>It keeps what it needs of the map: the descriptor given may be closed. When the reader is
     * closed, the array is empty again.
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @param maxEntries the map's {@code max_entries}; CPUs of that number and above get no ring
     * @param pages how many pages of data each CPU gets: a power of two
     * @param name the map's name, for messages
     * @param handler takes the records
     * @throws dev.purebpf.error.KernelException if the kernel refuses, such as EPERM where locked
     *     memory is limited
     */
    public static PerfBuffer open(
            Kernel kernel, int map, int maxEntries, int pages, String name, EventHandler handler) {
        Objects.requireNonNull(handler);
        String what = "perf buffer " + name;
        if (pages <= 0 || Integer.bitCount(pages) != 1) {
            throw new IllegalArgumentException(
                    what + " of " + pages + " pages: the number has to be a power of two");
        }
        int[] online = Cpus.online(kernel);
        var rings = new Rings(kernel, what, handler);
        try {
            rings.map =
                    OwnedFd.of(
                            kernel,
                            kernel.duplicate(map, 3),
                            "duplicating the descriptor of " + what);
            rings.epoll = new Epoll(kernel, online.length);
            for (int cpu : online) {
                if (Integer.compareUnsigned(cpu, maxEntries) < 0) {
                    rings.open(cpu, pages);
                }
            }
            if (rings.list.isEmpty()) {
                throw new IllegalArgumentException(
                        what + " has room for " + maxEntries + " CPUs, none of which is online");
            }
            var reader = new EventReader(rings.epoll, what, rings::release);
            rings.reader = reader;
            return new PerfBuffer(reader, rings);
        } catch (RuntimeException | Error e) {
            rings.release();
            if (rings.epoll != null) {
                rings.epoll.close();
            }
            throw e;
        }
    }

    @Override
    public int poll(Duration timeout) {
        return reader.poll(timeout, rings);
    }

    @Override
    public long lost() {
        long lost = 0;
        for (PerfRecords ring : rings.list) {
            lost += ring.lost();
        }
        return lost;
    }

    @Override
    public void close() {
        reader.close();
    }

    /** The rings of all CPUs. */
    private static final class Rings implements EventReader.Source {
        private final Kernel kernel;
        private final String what;
        private final EventHandler handler;
        private final Arena arena = Arena.ofShared();
        private final MemorySegment scratch = arena.allocate(PerfRecords.LARGEST, 8);
        private final List<PerfRecords> list = new ArrayList<>();
        private final List<OwnedFd> events = new ArrayList<>();
        private final List<Integer> cpus = new ArrayList<>();
        private OwnedFd map;
        private Epoll epoll;
        private EventReader reader;

        Rings(Kernel kernel, String what, EventHandler handler) {
            this.kernel = kernel;
            this.what = what;
            this.handler = handler;
        }

        void open(int cpu, int pages) {
            String operation = "opening the ring of CPU " + cpu + " for " + what;
            long result = PerfEvents.open(kernel, PerfEventAttributes.bpfOutput(), -1, cpu);
            if (Errno.ENODEV.is(result)) {
                return; // It went offline since the list was read.
            }
            OwnedFd event = OwnedFd.of(kernel, result, operation);
            events.add(event);
            int page = kernel.pageSize();
            long size = (long) pages * page;
            int protection = Kernel.PROTECTION_READ | Kernel.PROTECTION_WRITE;
            MemorySegment mapping =
                    Mapping.map(
                            kernel, event.number(), 0, page + size, protection, arena, operation);
            PerfEvents.enable(kernel, event.number());
            try (Arena call = Arena.ofConfined()) {
                MemorySegment key = call.allocateFrom(ValueLayout.JAVA_INT, cpu);
                MemorySegment value = call.allocateFrom(ValueLayout.JAVA_INT, event.number());
                kernel.check(
                        MapCommands.update(kernel, map.number(), key, value, MapCommands.ANY),
                        operation);
            }
            cpus.add(cpu);
            epoll.add(event.number(), list.size());
            list.add(
                    new PerfRecords(
                            mapping.asSlice(0, page),
                            mapping.asSlice(page, size).asReadOnly(),
                            scratch,
                            handler,
                            () -> reader.closed(),
                            what));
        }

        @Override
        public int read(int ready) {
            int count = 0;
            // Without the iterator, which would be garbage.
            int rings = ready == 0 ? list.size() : ready;
            for (int i = 0; i < rings; i++) {
                int index = ready == 0 ? i : (int) epoll.key(i);
                count += list.get(index).read();
            }
            return count;
        }

        void release() {
            try (Arena call = Arena.ofConfined()) {
                MemorySegment key = call.allocate(ValueLayout.JAVA_INT);
                for (int cpu : cpus) {
                    key.set(ValueLayout.JAVA_INT, 0, cpu);
                    MapCommands.delete(kernel, map.number(), key);
                }
            }
            for (OwnedFd event : events) {
                event.close();
            }
            if (map != null) {
                map.close();
            }
            arena.close();
        }
    }
}
