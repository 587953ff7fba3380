package dev.purebpf.link;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A map as the object wants it: declared in {@code .maps}, or made from a section of global data.
 *
 * <p>Immutable; the {@code with…} methods give changed copies. All numbers are as the object states
 * them: that a ring buffer's size is rounded to the machine's pages, and that {@code maxEntries} 0
 * of a {@link MapType#PERF_EVENT_ARRAY} means the number of possible CPUs, is for whoever creates
 * the map on a machine.
 */
public final class MapDefinition {
    /** {@code BPF_F_RDONLY_PROG}, a bit of {@link #flags()}: programs cannot write it. */
    public static final int READ_ONLY_FOR_PROGRAMS = 1 << 7;

    /** {@code BPF_F_MMAPABLE}, a bit of {@link #flags()}: its values can be mapped. */
    public static final int MAPPABLE = 1 << 10;

    /** {@code BPF_F_LINK}, a bit of {@link #flags()}: struct_ops attached by a link. */
    public static final int LINKED = 1 << 13;

    /** Where a map comes from. */
    public enum Origin {
        /** Declared in section {@code .maps}. */
        DECLARED,
        /** A {@code .data} section: global variables with initial values. */
        DATA,
        /** A {@code .rodata} section: constants, frozen when loaded. */
        READ_ONLY_DATA,
        /** A {@code .bss} section: global variables that begin as zero. */
        ZEROED_DATA,
        /** Section {@code .kconfig}: settings of the kernel, frozen when loaded. */
        KERNEL_CONFIG,
        /**
         * A variable in section {@code .struct_ops} or {@code .struct_ops.link}: operations that
         * programs of the object implement for the kernel.
         */
        STRUCT_OPS
    }

    /** Whether the map outlives its loader by itself. */
    public enum Pinning {
        /** {@code LIBBPF_PIN_NONE}: it does not. */
        NONE,
        /** {@code LIBBPF_PIN_BY_NAME}: pinned as, or reused from, {@code /sys/fs/bpf/NAME}. */
        BY_NAME
    }

    /**
     * An initial value of a map of maps or of a program array, or an operation of a struct_ops map.
     *
     * @param index the index; of the member of the object's struct for struct_ops
     * @param target the name of the map or entry program
     */
    public record Slot(int index, String target) {}

    private final String name;
    private final String kernelName;
    private final Origin origin;
    private final int sectionIndex;
    private final long sectionOffset;
    private final int typeNumber;
    private final long keySize;
    private final long valueSize;
    private final long maxEntries;
    private final int flags;
    private final long numaNode;
    private final long mapExtra;
    private final Pinning pinning;
    private final int keyType;
    private final int valueType;
    private final MapDefinition inner;
    private final List<Slot> slots;
    private final byte[] data;
    private final List<DataVariable> variables;
    private final boolean autocreate;
    private final int globalsSectionIndex;

    private MapDefinition(Builder builder) {
        name = Objects.requireNonNull(builder.name);
        kernelName = Objects.requireNonNull(builder.kernelName);
        origin = builder.origin;
        sectionIndex = builder.sectionIndex;
        sectionOffset = builder.sectionOffset;
        typeNumber = builder.typeNumber;
        keySize = builder.keySize;
        valueSize = builder.valueSize;
        maxEntries = builder.maxEntries;
        flags = builder.flags;
        numaNode = builder.numaNode;
        mapExtra = builder.mapExtra;
        pinning = builder.pinning;
        keyType = builder.keyType;
        valueType = builder.valueType;
        inner = builder.inner;
        slots = List.copyOf(builder.slots);
        data = builder.data;
        variables = List.copyOf(builder.variables);
        autocreate = builder.autocreate;
        globalsSectionIndex = builder.globalsSectionIndex;
    }

    /** {@return its name as users see it: {@code events}, {@code .rodata}, {@code .data.hot}} */
    public String name() {
        return name;
    }

    /** {@return its name in the kernel, at most 15 characters: {@code syscalls.rodata}} */
    public String kernelName() {
        return kernelName;
    }

    /** {@return where it comes from} */
    public Origin origin() {
        return origin;
    }

    /** {@return whether it was made from a section of global data, or of the kernel's settings} */
    public boolean isGlobalData() {
        return switch (origin) {
            case DECLARED, STRUCT_OPS -> false;
            case DATA, READ_ONLY_DATA, ZEROED_DATA, KERNEL_CONFIG -> true;
        };
    }

    /** {@return whether it is to be frozen once filled: constants and kernel settings} */
    public boolean isFrozen() {
        return origin == Origin.READ_ONLY_DATA || origin == Origin.KERNEL_CONFIG;
    }

    /**
     * {@return whether it is created unless asked otherwise: {@code SEC("?.struct_ops")} is not}
     */
    public boolean autocreate() {
        return autocreate;
    }

    /** The index of the ELF section that symbols of this map are in. */
    int sectionIndex() {
        return sectionIndex;
    }

    /** The byte offset of the map's variable within its section; 0 for global data. */
    long sectionOffset() {
        return sectionOffset;
    }

    /** The index of the ELF section of the global variables that live in this map, −1 for none. */
    int globalsSectionIndex() {
        return globalsSectionIndex;
    }

    /** {@return the kernel's number of its type} */
    public int typeNumber() {
        return typeNumber;
    }

    /** {@return its type, or empty when that is newer than {@link MapType}} */
    public Optional<MapType> type() {
        return MapType.fromNumber(typeNumber);
    }

    /** {@return the size of a key in bytes} */
    public long keySize() {
        return keySize;
    }

    /** {@return the size of a value in bytes} */
    public long valueSize() {
        return valueSize;
    }

    /** {@return how many elements it holds at most; for ring buffers its size in bytes} */
    public long maxEntries() {
        return maxEntries;
    }

    /** {@return the flags to create it with: {@code BPF_F_*} of {@code linux/bpf.h}} */
    public int flags() {
        return flags;
    }

    /** {@return the NUMA node to create it on, used only with {@code BPF_F_NUMA_NODE}} */
    public long numaNode() {
        return numaNode;
    }

    /** {@return a number whose meaning depends on the type: {@code map_extra}} */
    public long mapExtra() {
        return mapExtra;
    }

    /** {@return whether it is pinned} */
    public Pinning pinning() {
        return pinning;
    }

    /** {@return the id of the type of keys in the object's BTF, 0 when not stated} */
    public int keyType() {
        return keyType;
    }

    /**
     * {@return the id of the type of values in the object's BTF, 0 when not stated; of the {@code
     * BtfType.DataSection} for global data}
     */
    public int valueType() {
        return valueType;
    }

    /** {@return what the maps in a map of maps look like, if it is one} */
    public Optional<MapDefinition> inner() {
        return Optional.ofNullable(inner);
    }

    /**
     * {@return the initial values of a map of maps or program array, or the programs of a
     * struct_ops map, by ascending index}
     */
    public List<Slot> slots() {
        return slots;
    }

    /**
     * {@return a copy of the initial value of global data or of a struct_ops map: {@code valueSize}
     * bytes, in the object's byte order; for an arena that of its global variables, which belongs
     * at {@link TargetKernel#arenaGlobalsOffset}; empty for other declared maps}
     */
    public byte[] data() {
        return origin == Origin.DECLARED
                ? data.clone()
                : Arrays.copyOf(data, Math.toIntExact(valueSize));
    }

    /**
     * {@return the variables of global data or of an arena, by ascending offset; in an arena
     * counted from where they begin}
     */
    public List<DataVariable> variables() {
        return variables;
    }

    /**
     * {@return a copy with another type}
     *
     * @param type the type
     */
    public MapDefinition withType(MapType type) {
        return with(builder -> builder.typeNumber = type.number());
    }

    /**
     * {@return a copy with another key size}
     *
     * @param bytes the size in bytes
     */
    public MapDefinition withKeySize(long bytes) {
        return with(
                builder -> {
                    builder.keySize = bytes;
                    builder.keyType = bytes == keySize ? keyType : 0;
                });
    }

    /**
     * {@return a copy with another value size}
     *
     * @param bytes the size in bytes
     */
    public MapDefinition withValueSize(long bytes) {
        return with(
                builder -> {
                    builder.valueSize = bytes;
                    builder.valueType = bytes == valueSize ? valueType : 0;
                });
    }

    /**
     * {@return a copy with another capacity}
     *
     * @param entries the most elements, or for ring buffers the size in bytes
     */
    public MapDefinition withMaxEntries(long entries) {
        return with(builder -> builder.maxEntries = entries);
    }

    /**
     * {@return a copy with other flags}
     *
     * @param newFlags all flags
     */
    public MapDefinition withFlags(int newFlags) {
        return with(builder -> builder.flags = newFlags);
    }

    /**
     * {@return a copy with another {@code map_extra}}
     *
     * @param extra the number
     */
    public MapDefinition withMapExtra(long extra) {
        return with(builder -> builder.mapExtra = extra);
    }

    /** The arena with global variables in it. */
    MapDefinition withArenaGlobals(int section, byte[] initial, List<DataVariable> contents) {
        return with(
                builder -> {
                    builder.globalsSectionIndex = section;
                    builder.data = initial;
                    builder.variables = contents;
                });
    }

    private MapDefinition with(Consumer<Builder> change) {
        var builder = new Builder(name, kernelName, origin);
        builder.sectionIndex = sectionIndex;
        builder.sectionOffset = sectionOffset;
        builder.typeNumber = typeNumber;
        builder.keySize = keySize;
        builder.valueSize = valueSize;
        builder.maxEntries = maxEntries;
        builder.flags = flags;
        builder.numaNode = numaNode;
        builder.mapExtra = mapExtra;
        builder.pinning = pinning;
        builder.keyType = keyType;
        builder.valueType = valueType;
        builder.inner = inner;
        builder.slots = slots;
        builder.data = data;
        builder.variables = variables;
        builder.autocreate = autocreate;
        builder.globalsSectionIndex = globalsSectionIndex;
        change.accept(builder);
        return builder.build();
    }

    @Override
    public String toString() {
        return "MapDefinition["
                + name
                + ", "
                + type().map(Enum::name).orElse("type " + typeNumber)
                + ", key "
                + keySize
                + ", value "
                + valueSize
                + ", entries "
                + maxEntries
                + "]";
    }

    /** Collects what a definition says. */
    static final class Builder {
        final String name;
        final String kernelName;
        final Origin origin;
        int sectionIndex = -1;
        long sectionOffset;
        int typeNumber;
        long keySize;
        long valueSize;
        long maxEntries;
        int flags;
        long numaNode;
        long mapExtra;
        Pinning pinning = Pinning.NONE;
        int keyType;
        int valueType;
        MapDefinition inner;
        List<Slot> slots = List.of();
        byte[] data = new byte[0];
        List<DataVariable> variables = List.of();
        boolean autocreate = true;
        int globalsSectionIndex = -1;

        Builder(String name, String kernelName, Origin origin) {
            this.name = name;
            this.kernelName = kernelName;
            this.origin = origin;
        }

        MapDefinition build() {
            return new MapDefinition(this);
        }
    }
}
