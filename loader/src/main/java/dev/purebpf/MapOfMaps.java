package dev.purebpf;

import dev.purebpf.link.MapType;

import java.util.OptionalInt;

/**
 * A map whose values are maps: {@code BPF_MAP_TYPE_ARRAY_OF_MAPS} or {@code HASH_OF_MAPS}, as
 * {@link BpfMap#mapOfMaps} gives it. The inner maps exist as long as they are in it. May be used by
 * any thread as long as the map may.
 *
 * @param <K> the type of keys
 */
public final class MapOfMaps<K> {
    private final TypedMap<K, Integer> maps;

    MapOfMaps(BpfMap map, Class<K> key) {
        MapType type = map.type().orElse(null);
        if (type != MapType.ARRAY_OF_MAPS && type != MapType.HASH_OF_MAPS) {
            throw new IllegalArgumentException("map " + map.name() + " is no map of maps");
        }
        this.maps = map.typed(key, Integer.class);
    }

    /**
     * Puts a map into the map, in place of any other. That of an {@link OpenMap} is {@link
     * OpenMap#map}.
     *
     * @param key the key
     * @param inner a map like the one that the outer map was made for
     * @throws dev.purebpf.error.KernelException if the kernel refuses: EINVAL if the inner map is
     *     of another type, or its keys or values of another size, than those it was made for
     */
    public void put(K key, BpfMap inner) {
        maps.put(key, inner.fd());
    }

    /**
     * Takes a map out of the map.
     *
     * @param key the key
     * @return whether there was one
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public boolean delete(K key) {
        return maps.delete(key);
    }

    /**
     * {@return the id of a map, which {@link OpenMap#ofId} opens; empty if there is none}
     *
     * @param key the key
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public OptionalInt mapId(K key) {
        Integer id = maps.get(key);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    @Override
    public String toString() {
        return "maps of map " + maps.map().name();
    }
}
