package dev.purebpf;

import dev.purebpf.codec.Codec;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.BatchResult;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.MapCommands;
import dev.purebpf.kernel.MapKeys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;

/**
 * A map seen in Java types: what {@link TypedMap} and {@link PerCpuMap} have in common. May be used
 * by any thread as long as the map may.
 *
 * @param <K> the type of keys
 * @param <V> the type of what belongs to a key
 */
public abstract sealed class MapView<K, V> permits TypedMap, PerCpuMap {
    private static final int FIRST_BATCH = 256;
    private static final int NO_BATCHES = -1;

    /** No more than this much memory for a batch, unless a single entry takes more. */
    private static final long BATCH_BYTES = 1 << 20;

    private final BpfMap map;
    private final Codec<K> keyCodec;

    /**
     * Until the kernel has refused one; asking again each time would cost a call for each entry.
     */
    private volatile boolean batches = true;

    MapView(BpfMap map, Codec<K> key) {
        this.map = map;
        this.keyCodec = key;
    }

    abstract V decode(MemorySegment memory, long offset);

    abstract void encode(V value, MemorySegment memory, long offset);

    /** {@return the map itself, for work on memory} */
    public BpfMap map() {
        return map;
    }

    /**
     * {@return the value of a key, or {@code null} if the key is not in the map}
     *
     * @param key the key
     * @throws KernelException if the kernel refuses
     */
    public V get(K key) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = room(arena, 1, map.transferSize());
            return map.lookup(key(arena, key), value) ? decode(value, 0) : null;
        }
    }

    /**
     * Puts a value into the map, whether the key is there or not.
     *
     * @param key the key
     * @param value the value
     * @throws KernelException if the kernel refuses: E2BIG when the map is full
     */
    public void put(K key, V value) {
        try (Arena arena = Arena.ofConfined()) {
            map.put(key(arena, key), value(arena, value));
        }
    }

    /**
     * Puts a value into the map unless the key is there.
     *
     * @param key the key
     * @param value the value
     * @return whether it was put in
     * @throws KernelException if the kernel refuses for another reason
     */
    public boolean putIfAbsent(K key, V value) {
        try (Arena arena = Arena.ofConfined()) {
            return map.putIfAbsent(key(arena, key), value(arena, value));
        }
    }

    /**
     * Puts a value into the map if the key is there.
     *
     * @param key the key
     * @param value the value
     * @return whether it was put in
     * @throws KernelException if the kernel refuses for another reason
     */
    public boolean replace(K key, V value) {
        try (Arena arena = Arena.ofConfined()) {
            return map.replace(key(arena, key), value(arena, value));
        }
    }

    /**
     * Deletes a key.
     *
     * @param key the key
     * @return whether it was there
     * @throws KernelException if the kernel refuses: EINVAL for arrays
     */
    public boolean delete(K key) {
        try (Arena arena = Arena.ofConfined()) {
            return map.delete(key(arena, key));
        }
    }

    /**
     * Takes a value out of the map. For hash maps since 5.14, else with a look-up and a deletion,
     * between which a program may change the value.
     *
     * @param key the key
     * @return the value that was there, or {@code null}
     * @throws KernelException if the kernel refuses
     */
    public V remove(K key) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = key(arena, key);
            MemorySegment value = room(arena, 1, map.transferSize());
            boolean found;
            try {
                found = map.lookupAndDelete(memory, value);
            } catch (KernelException e) {
                if (!isUnsupported(e)) {
                    throw e;
                }
                found = map.lookup(memory, value) && map.delete(memory);
            }
            return found ? decode(value, 0) : null;
        }
    }

    /**
     * Puts many values into the map, whether their keys are there or not.
     *
     * <p>In batches where kernel (5.6) and map can, else one by one; nobody sees all of them come
     * at once. When it fails, some of them may be in.
     *
     * @param entries keys and their values
     * @throws KernelException if the kernel refuses: E2BIG when the map is full
     */
    public void putAll(Map<? extends K, ? extends V> entries) {
        try (Arena arena = Arena.ofConfined()) {
            int most = Math.clamp(entries.size(), 1, batchRoom());
            MemorySegment keys = room(arena, most, map.keySize());
            MemorySegment values = room(arena, most, map.transferSize());
            int count = 0;
            for (Map.Entry<? extends K, ? extends V> entry : entries.entrySet()) {
                keyCodec.encode(entry.getKey(), keys, (long) count * map.keySize());
                V value = Objects.requireNonNull(entry.getValue());
                encode(value, values, count * map.transferSize());
                if (++count == most) {
                    put(keys, values, count);
                    count = 0;
                }
            }
            put(keys, values, count);
        }
    }

    private void put(MemorySegment keys, MemorySegment values, int count) {
        if (count == 0 || inBatch(() -> putBatch(keys, values, count)) == count) {
            return;
        }
        for (int i = 0; i < count; i++) {
            map.put(slot(keys, i, map.keySize()), slot(values, i, map.transferSize()));
        }
    }

    private int putBatch(MemorySegment keys, MemorySegment values, int count) {
        MapCommands.updateBatch(
                map.kernel(), map.fd(), keys, values, count, MapCommands.ANY, map.name());
        return count;
    }

    /**
     * Deletes many keys; those that are not there are passed over. In batches where kernel (5.6)
     * and map can, else one by one.
     *
     * @param keys the keys
     * @return how many were there
     * @throws KernelException if the kernel refuses: EINVAL for arrays
     */
    public int deleteAll(Collection<? extends K> keys) {
        try (Arena arena = Arena.ofConfined()) {
            int most = Math.clamp(keys.size(), 1, batchRoom());
            MemorySegment memory = room(arena, most, map.keySize());
            int deleted = 0;
            int count = 0;
            for (K key : keys) {
                keyCodec.encode(key, memory, (long) count * map.keySize());
                if (++count == most) {
                    deleted += delete(memory, count);
                    count = 0;
                }
            }
            return deleted + delete(memory, count);
        }
    }

    private int delete(MemorySegment keys, int count) {
        int deleted = 0;
        int next = 0;
        while (next < count) {
            MemorySegment rest = keys.asSlice((long) next * map.keySize());
            int left = count - next;
            int done = inBatch(() -> deleteBatch(rest, left));
            if (done == NO_BATCHES) {
                done = map.delete(slot(rest, 0, map.keySize())) ? 1 : 0;
                next++;
            } else {
                // A batch ends at a key that is not there.
                next += done + 1;
            }
            deleted += done;
        }
        return deleted;
    }

    private int deleteBatch(MemorySegment keys, int count) {
        return MapCommands.deleteBatch(map.kernel(), map.fd(), keys, count, map.name());
    }

    /** {@return how far a batch came; {@link #NO_BATCHES} where kernel or map have none} */
    private int inBatch(IntSupplier batch) {
        if (!batches || !map.kernel().features().has(Feature.BATCH)) {
            return NO_BATCHES;
        }
        try {
            return batch.getAsInt();
        } catch (KernelException e) {
            if (!isUnsupported(e)) {
                throw e;
            }
            batches = false;
            return NO_BATCHES;
        }
    }

    private static MemorySegment slot(MemorySegment memory, int index, long size) {
        return memory.asSlice(index * size, size);
    }

    /** {@return how many entries one batch has} */
    private int batchRoom() {
        long entryBytes = Math.max(1, map.keySize() + map.transferSize());
        return Math.clamp(BATCH_BYTES / entryBytes, 1, FIRST_BATCH);
    }

    /**
     * Hands out the entries, in no particular order.
     *
     * <p>Reads in batches where kernel (5.6) and map can, else key by key. Ends under any
     * circumstances, also when entries are deleted meanwhile, be it by the consumer. What is put in
     * or deleted meanwhile may be seen or not; when programs delete keys, an entry may be missed
     * or, key by key, come twice.
     *
     * @param consumer takes keys and values
     * @throws KernelException if the kernel refuses
     */
    public void forEach(BiConsumer<? super K, ? super V> consumer) {
        Objects.requireNonNull(consumer);
        if (!map.kernel().features().has(Feature.BATCH) || !eachInBatches(consumer)) {
            eachByKey(consumer);
        }
    }

    private boolean eachInBatches(BiConsumer<? super K, ? super V> consumer) {
        try (Arena positions = Arena.ofConfined()) {
            MemorySegment position = room(positions, 1, Math.max(8, map.keySize()));
            int count = Math.clamp(map.maxEntries(), 1, batchRoom());
            boolean started = false;
            while (true) {
                int done = 0;
                BatchResult result;
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment keys = room(arena, count, map.keySize());
                    MemorySegment values = room(arena, count, map.transferSize());
                    MemorySegment in = started ? position : MemorySegment.NULL;
                    result =
                            MapCommands.lookupBatch(
                                    map.kernel(),
                                    map.fd(),
                                    false,
                                    in,
                                    position,
                                    keys,
                                    values,
                                    count,
                                    map.name());
                    done = result.count();
                    for (int i = 0; i < done; i++) {
                        consumer.accept(
                                keyCodec.decode(keys, (long) i * map.keySize()),
                                decode(values, i * map.transferSize()));
                    }
                } catch (KernelException e) {
                    if (!started && done == 0 && isUnsupported(e)) {
                        return false;
                    }
                    throw e;
                }
                switch (result.state()) {
                    case MORE -> started = true;
                    case END -> {
                        return true;
                    }
                    case TOO_SMALL -> count = Math.multiplyExact(count, 2);
                }
            }
        }
    }

    private void eachByKey(BiConsumer<? super K, ? super V> consumer) {
        try (Arena arena = Arena.ofConfined()) {
            var keys =
                    new MapKeys(
                            map.kernel(),
                            map.fd(),
                            map.name(),
                            map.keySize(),
                            (int) map.maxEntries(),
                            arena);
            MemorySegment value = room(arena, 1, map.transferSize());
            while (keys.next()) {
                if (map.lookup(keys.key(), value)) {
                    consumer.accept(keyCodec.decode(keys.key(), 0), decode(value, 0));
                }
            }
        }
    }

    private static boolean isUnsupported(KernelException e) {
        return Errno.EINVAL.is(e) || Errno.EOPNOTSUPP.is(e) || Errno.ENOTSUPP.is(e);
    }

    private MemorySegment key(Arena arena, K key) {
        MemorySegment memory = room(arena, 1, map.keySize());
        keyCodec.encode(key, memory, 0);
        return memory;
    }

    private MemorySegment value(Arena arena, V value) {
        MemorySegment memory = room(arena, 1, map.transferSize());
        encode(Objects.requireNonNull(value), memory, 0);
        return memory;
    }

    private static MemorySegment room(Arena arena, int count, long size) {
        return arena.allocate(Math.multiplyExact(size, (long) count), 8);
    }

    @Override
    public String toString() {
        return map.toString();
    }
}
