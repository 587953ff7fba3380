package dev.purebpf.kernel;

import java.util.Objects;

/**
 * What {@code BPF_MAP_CREATE} is told: the first anonymous struct of {@code union bpf_attr}.
 *
 * <p>The setters change this object and return it; it belongs to one thread and is meant to be
 * made, filled and handed to {@link MapCommands#create}:
 *
 * {@snippet :
 * OwnedFd fd = MapCommands.create(kernel, new MapAttributes("counts", 1, 4, 8, 100).flags(1));
 * }
 */
public final class MapAttributes {
    /** {@code BPF_F_NO_PREALLOC}: a hash map takes memory as it grows. */
    public static final int NO_PREALLOCATION = 1;

    /** {@code BPF_F_NUMA_NODE}: {@link #numaNode} holds. */
    public static final int ON_NUMA_NODE = 1 << 2;

    /** {@code BPF_F_RDONLY_PROG}: programs only read it. */
    public static final int READ_ONLY_FOR_PROGRAMS = 1 << 7;

    /** {@code BPF_F_MMAPABLE}: user space may map an array map into its memory. */
    public static final int MAPPABLE = 1 << 10;

    final int type;
    final int keySize;
    final int valueSize;
    final int maxEntries;
    String name;
    int flags;
    int innerMapFd;
    int numaNode;
    int interfaceIndex;
    int btfFd;
    int btfKeyTypeId;
    int btfValueTypeId;
    int btfVmlinuxValueTypeId;
    long extra;

    /**
     * Describes a plain map.
     *
     * @param name what the kernel shows; cut to 15 bytes, characters it does not like become {@code
     *     _}; empty for none
     * @param type the number of {@code enum bpf_map_type}
     * @param keySize bytes of a key
     * @param valueSize bytes of a value; for per-CPU maps, of the value of one CPU
     * @param maxEntries how many entries fit; for a ring buffer, its bytes
     */
    public MapAttributes(String name, int type, int keySize, int valueSize, int maxEntries) {
        this.name = Objects.requireNonNull(name);
        this.type = type;
        this.keySize = keySize;
        this.valueSize = valueSize;
        this.maxEntries = maxEntries;
    }

    /**
     * Sets the flags.
     *
     * @param flags {@code BPF_F_…}
     * @return this
     */
    public MapAttributes flags(int flags) {
        this.flags = flags;
        return this;
    }

    /**
     * Sets the template of a map of maps.
     *
     * @param fd a map like those that will be put in
     * @return this
     */
    public MapAttributes innerMap(int fd) {
        this.innerMapFd = fd;
        return this;
    }

    /**
     * Sets the NUMA node to allocate on, which {@link #ON_NUMA_NODE} makes hold.
     *
     * @param node the node
     * @return this
     */
    public MapAttributes numaNode(int node) {
        this.numaNode = node;
        return this;
    }

    /**
     * Sets the device to offload to.
     *
     * @param index the index of the interface
     * @return this
     */
    public MapAttributes interfaceIndex(int index) {
        this.interfaceIndex = index;
        return this;
    }

    /**
     * Gives the key and the value types.
     *
     * @param fd loaded BTF; 0 for none
     * @param keyTypeId the type of the key
     * @param valueTypeId the type of the value
     * @return this
     */
    public MapAttributes btf(int fd, int keyTypeId, int valueTypeId) {
        this.btfFd = fd;
        this.btfKeyTypeId = keyTypeId;
        this.btfValueTypeId = valueTypeId;
        return this;
    }

    /**
     * Sets the kernel's own type of the value of a struct_ops map.
     *
     * @param typeId a type of vmlinux
     * @return this
     */
    public MapAttributes vmlinuxValueType(int typeId) {
        this.btfVmlinuxValueTypeId = typeId;
        return this;
    }

    /**
     * Sets {@code map_extra}.
     *
     * @param extra the number of hashes of a bloom filter, the address of an arena
     * @return this
     */
    public MapAttributes extra(long extra) {
        this.extra = extra;
        return this;
    }
}
