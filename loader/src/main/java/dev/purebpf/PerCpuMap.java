package dev.purebpf;

import dev.purebpf.codec.Codec;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A map in which each CPU has a value of its own for each key, in Java types: what {@link
 * BpfMap#perCpu} gives. What belongs to a key is a list: the value of CPU 0, of CPU 1 and so on for
 * all <em>possible</em> CPUs, which may be more than are running.
 *
 * @param <K> the type of keys
 * @param <V> the type of the value of one CPU
 */
public final class PerCpuMap<K, V> extends MapView<K, List<V>> {
    private final Codec<V> codec;
    private final int stride;

    PerCpuMap(BpfMap map, Codec<K> key, Codec<V> value) {
        super(map, key);
        if (!map.isPerCpu()) {
            throw new IllegalArgumentException(
                    "map " + map.name() + " has one value for all CPUs: use typed()");
        }
        this.codec = value;
        this.stride = (int) (map.transferSize() / map.valuesPerKey());
    }

    @Override
    List<V> decode(MemorySegment memory, long offset) {
        int cpus = map().valuesPerKey();
        List<V> values = new ArrayList<>(cpus);
        for (int cpu = 0; cpu < cpus; cpu++) {
            values.add(codec.decode(memory, offset + (long) cpu * stride));
        }
        return Collections.unmodifiableList(values);
    }

    @Override
    void encode(List<V> values, MemorySegment memory, long offset) {
        int cpus = map().valuesPerKey();
        if (values.size() != cpus) {
            throw new IllegalArgumentException(
                    "map "
                            + map().name()
                            + " has a value for each of "
                            + cpus
                            + " CPUs, not "
                            + values.size());
        }
        for (int cpu = 0; cpu < cpus; cpu++) {
            codec.encode(values.get(cpu), memory, offset + (long) cpu * stride);
        }
    }
}
