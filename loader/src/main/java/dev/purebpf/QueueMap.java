package dev.purebpf;

import dev.purebpf.codec.Codec;
import dev.purebpf.link.MapType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A queue ({@code BPF_MAP_TYPE_QUEUE}) or stack ({@code BPF_MAP_TYPE_STACK}) in Java types: what
 * {@link BpfMap#queue} gives. Linux 4.20. May be used by any thread as long as the map may; each
 * operation is atomic, also towards programs.
 *
 * @param <V> the type of values
 */
public final class QueueMap<V> {
    private final BpfMap map;
    private final Codec<V> codec;

    QueueMap(BpfMap map, Codec<V> value) {
        MapType type = map.type().orElse(null);
        if (type != MapType.QUEUE && type != MapType.STACK) {
            throw new IllegalArgumentException(
                    map + " is no queue or stack: use typed() or perCpu()");
        }
        this.map = map;
        this.codec = value;
    }

    /** {@return the map itself, for work on memory} */
    public BpfMap map() {
        return map;
    }

    /**
     * Puts a value in.
     *
     * @param value the value
     * @throws dev.purebpf.error.KernelException if the kernel refuses: E2BIG when the map is full
     */
    public void push(V value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = room(arena);
            codec.encode(Objects.requireNonNull(value), memory, 0);
            map.put(MemorySegment.NULL, memory);
        }
    }

    /**
     * {@return the value that is next, the oldest of a queue and the youngest of a stack, which is
     * taken out; {@code null} if there is none}
     *
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public V pop() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = room(arena);
            return map.lookupAndDelete(MemorySegment.NULL, memory) ? codec.decode(memory, 0) : null;
        }
    }

    /**
     * {@return the value that {@link #pop} would give, which stays; {@code null} if there is none}
     *
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public V peek() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = room(arena);
            return map.lookup(MemorySegment.NULL, memory) ? codec.decode(memory, 0) : null;
        }
    }

    private MemorySegment room(Arena arena) {
        return arena.allocate(map.valueSize(), 8);
    }

    @Override
    public String toString() {
        return map.toString();
    }
}
