package dev.purebpf;

import dev.purebpf.link.MapDefinition;
import dev.purebpf.link.MapType;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A map of an object that is not loaded yet: what the object says about it, and what is to be
 * different. Belongs to its {@link BpfObject} and to one thread.
 */
public final class MapSpec {
    private MapDefinition definition;
    private boolean autocreate;
    private Path pinPath;

    MapSpec(MapDefinition definition) {
        this.definition = definition;
        this.autocreate = definition.autocreate();
    }

    /** {@return the map's name as in C; {@code .rodata} and the like for global variables} */
    public String name() {
        return definition.name();
    }

    /** {@return the definition with all changes made so far} */
    public MapDefinition definition() {
        return definition;
    }

    /** {@return whether it will be created} */
    public boolean autocreate() {
        return autocreate;
    }

    /** {@return where it will be pinned or reused from, when that was set} */
    public Optional<Path> pinPath() {
        return Optional.ofNullable(pinPath);
    }

    /**
     * Sets the type: a ring buffer may become a perf event array where the kernel has no ring
     * buffers. Key and value sizes that only one of the types can have are changed along.
     *
     * @param type the type
     * @return this
     */
    public MapSpec type(MapType type) {
        boolean wasRing = definition.type().orElse(null) == MapType.RINGBUF;
        definition = definition.withType(type);
        if (type == MapType.PERF_EVENT_ARRAY) {
            definition = definition.withKeySize(4).withValueSize(4);
            if (wasRing) {
                // It counted bytes; now it counts CPUs.
                definition = definition.withMaxEntries(0);
            }
        } else if (type == MapType.RINGBUF) {
            definition = definition.withKeySize(0).withValueSize(0);
        }
        return this;
    }

    /**
     * Sets the capacity.
     *
     * @param entries how many entries fit; for a ring buffer its bytes, which are rounded up to a
     *     power of two pages; for a perf event array 0 stands for all CPUs
     * @return this
     * @throws IllegalArgumentException if that is negative or more than 2³²−1
     */
    public MapSpec maxEntries(long entries) {
        if (entries < 0 || entries > 0xffff_ffffL) {
            throw new IllegalArgumentException(
                    "map " + name() + ": the capacity is between 0 and 2^32-1, not " + entries);
        }
        definition = definition.withMaxEntries(entries);
        return this;
    }

    /**
     * Sets {@code map_extra}, whose meaning depends on the type of map.
     *
     * @param extra for a bloom filter the number of hash functions; for an arena the address at
     *     which it is mapped here, so that pointers in it mean the same in this process, 0 for any
     * @return this
     */
    public MapSpec mapExtra(long extra) {
        definition = definition.withMapExtra(extra);
        return this;
    }

    /**
     * Sets the size of keys.
     *
     * @param bytes the size in bytes
     * @return this
     * @throws IllegalArgumentException if the map holds global variables, or the size is impossible
     */
    public MapSpec keySize(long bytes) {
        checkSize("key", bytes);
        definition = definition.withKeySize(bytes);
        return this;
    }

    /**
     * Sets the size of values.
     *
     * @param bytes the size in bytes
     * @return this
     * @throws IllegalArgumentException if the map holds global variables, or the size is impossible
     */
    public MapSpec valueSize(long bytes) {
        checkSize("value", bytes);
        definition = definition.withValueSize(bytes);
        return this;
    }

    private void checkSize(String what, long bytes) {
        if (definition.isGlobalData()) {
            throw new IllegalArgumentException(
                    "map " + name() + " holds global variables: their types make its size");
        }
        if (bytes < 0 || bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "map " + name() + ": a " + what + " of " + bytes + " bytes");
        }
    }

    /**
     * Sets all flags.
     *
     * @param flags {@code BPF_F_…}
     * @return this
     */
    public MapSpec flags(int flags) {
        definition = definition.withFlags(flags);
        return this;
    }

    /**
     * Says whether the map is to be created. Programs that refer to one that is not are only
     * accepted if the verifier finds that they never reach that place.
     *
     * @param create whether to create it
     * @return this
     */
    public MapSpec autocreate(boolean create) {
        this.autocreate = create;
        return this;
    }

    /**
     * Pins the map, or reuses the one that is pinned there already if it is just the same.
     *
     * @param path a path in a mounted bpffs
     * @return this
     */
    public MapSpec pinPath(Path path) {
        this.pinPath = path;
        return this;
    }

    @Override
    public String toString() {
        return definition.toString();
    }
}
