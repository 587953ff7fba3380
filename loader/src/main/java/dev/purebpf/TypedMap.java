package dev.purebpf;

import dev.purebpf.codec.Codec;

import java.lang.foreign.MemorySegment;

/**
 * A map with one value for each key, in Java types: what {@link BpfMap#typed} gives.
 *
 * @param <K> the type of keys
 * @param <V> the type of values
 */
public final class TypedMap<K, V> extends MapView<K, V> {
    private final Codec<V> codec;

    TypedMap(BpfMap map, Codec<K> key, Codec<V> value) {
        super(map, key);
        if (map.isPerCpu()) {
            throw new IllegalArgumentException(
                    "each CPU has a value of its own in map " + map.name() + ": use perCpu()");
        }
        this.codec = value;
    }

    @Override
    V decode(MemorySegment memory, long offset) {
        return codec.decode(memory, offset);
    }

    @Override
    void encode(V value, MemorySegment memory, long offset) {
        codec.encode(value, memory, offset);
    }
}
