package dev.purebpf;

import dev.purebpf.codec.CType;
import dev.purebpf.codec.Codec;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Cpus;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.MapCommands;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PinCommands;
import dev.purebpf.link.MapType;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A map in the kernel, shared with BPF programs.
 *
 * <p>The methods here work on memory and allocate nothing: keys and values are native segments (of
 * an {@code Arena}) that begin with as many bytes as the map's keys and values have, in native byte
 * order. {@link #typed(Class, Class)} and {@link #perCpu(Class, Class)} give the same in Java
 * types.
 *
 * <p>Belongs to its {@link LoadedObject} or {@link OpenMap}; may be used by any thread until that
 * is closed. The kernel makes each operation atomic, though not the copying of a value that a
 * program writes at the same time.
 */
public final class BpfMap {
    private final Kernel kernel;
    private final String name;
    private final int typeNumber;
    private final int keySize;
    private final int valueSize;
    private final int maxEntries;
    private final int flags;
    private final CType keyType;
    private final CType valueType;
    private final OwnedFd fd;
    private final boolean perCpu;
    private final int cpus;

    BpfMap(Kernel kernel, CreatedMap map, CType keyType, CType valueType) {
        this.kernel = kernel;
        this.name = map.name();
        this.typeNumber = map.typeNumber();
        this.keySize = map.keySize();
        this.valueSize = map.valueSize();
        this.maxEntries = map.maxEntries();
        this.flags = map.flags();
        this.keyType = keyType;
        this.valueType = valueType;
        this.fd = map.fd();
        this.perCpu = type().map(BpfMap::isPerCpu).orElse(false);
        this.cpus = perCpu ? Cpus.possibleCount(kernel) : 1;
    }

    private static boolean isPerCpu(MapType type) {
        return switch (type) {
            case PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH, PERCPU_CGROUP_STORAGE -> true;
            default -> false;
        };
    }

    /** {@return the map's name as in C; {@code .rodata} and the like for global variables} */
    public String name() {
        return name;
    }

    /** {@return its type, or empty when that is newer than {@link MapType}} */
    public Optional<MapType> type() {
        return MapType.fromNumber(typeNumber);
    }

    /** {@return the size of a key in bytes; 0 for ring buffers, queues and stacks} */
    public int keySize() {
        return keySize;
    }

    /** {@return the size of a value in bytes; in a per-CPU map, of the value of one CPU} */
    public int valueSize() {
        return valueSize;
    }

    /**
     * {@return how many bytes a value takes in {@link #lookup} and {@link #put}: {@link
     * #valueSize()}, or in a per-CPU map that rounded up to 8, times the number of possible CPUs}
     */
    public long transferSize() {
        return perCpu ? MapCommands.perCpuValueSize(valueSize, cpus) : valueSize;
    }

    /** {@return how many entries fit; for a ring buffer its bytes} */
    public long maxEntries() {
        return Integer.toUnsignedLong(maxEntries);
    }

    /** {@return the flags it was created with} */
    public int flags() {
        return flags;
    }

    /** {@return how keys lie in memory, where the object's BTF says so} */
    public Optional<CType> keyType() {
        return Optional.ofNullable(keyType);
    }

    /** {@return how values lie in memory, where the object's BTF says so} */
    public Optional<CType> valueType() {
        return Optional.ofNullable(valueType);
    }

    /** {@return whether each CPU has a value of its own} */
    public boolean isPerCpu() {
        return perCpu;
    }

    /**
     * {@return how many values a per-CPU map has for a key: the possible CPUs; 1 for other maps}
     */
    public int valuesPerKey() {
        return cpus;
    }

    /**
     * {@return the file descriptor, at least 3 and close-on-exec; owned by the {@link LoadedObject}
     * or {@link OpenMap}, so never close it}
     *
     * @throws IllegalStateException if that has been closed
     */
    public int fd() {
        return fd.number();
    }

    /** {@return the kernel that the map is in} */
    public Kernel kernel() {
        return kernel;
    }

    /**
     * Copies the value of a key.
     *
     * @param key the key; {@link MemorySegment#NULL} for queues and stacks
     * @param value where the value goes, {@link #transferSize} bytes
     * @return whether the key is in the map; if not, nothing was copied
     * @throws dev.purebpf.error.KernelException if the kernel refuses for another reason
     */
    public boolean lookup(MemorySegment key, MemorySegment value) {
        checkKey(key);
        checkValue(value);
        return found(MapCommands.lookup(kernel, fd(), key, value, MapCommands.ANY), "looking up");
    }

    /**
     * Copies the value of a key and deletes it, in one step. For hash maps since 5.14, for queues
     * and stacks (which it pops) since 4.20.
     *
     * @param key the key; {@link MemorySegment#NULL} for queues and stacks
     * @param value where the value goes, {@link #transferSize} bytes
     * @return whether there was one
     * @throws dev.purebpf.error.KernelException if the kernel refuses for another reason
     */
    public boolean lookupAndDelete(MemorySegment key, MemorySegment value) {
        checkKey(key);
        checkValue(value);
        long result = MapCommands.lookupAndDelete(kernel, fd(), key, value, MapCommands.ANY);
        return found(result, "taking");
    }

    /**
     * Puts a value into the map, whether the key is there or not.
     *
     * @param key the key; {@link MemorySegment#NULL} for queues and stacks
     * @param value the value, {@link #transferSize} bytes
     * @throws dev.purebpf.error.KernelException if the kernel refuses: E2BIG when the map is full
     */
    public void put(MemorySegment key, MemorySegment value) {
        update(key, value, MapCommands.ANY);
    }

    /**
     * Puts a value into the map unless the key is there.
     *
     * @param key the key
     * @param value the value, {@link #transferSize} bytes
     * @return whether it was put in
     * @throws dev.purebpf.error.KernelException if the kernel refuses for another reason
     */
    public boolean putIfAbsent(MemorySegment key, MemorySegment value) {
        return update(key, value, MapCommands.NO_EXIST);
    }

    /**
     * Puts a value into the map if the key is there.
     *
     * @param key the key
     * @param value the value, {@link #transferSize} bytes
     * @return whether it was put in
     * @throws dev.purebpf.error.KernelException if the kernel refuses for another reason
     */
    public boolean replace(MemorySegment key, MemorySegment value) {
        return update(key, value, MapCommands.EXIST);
    }

    private boolean update(MemorySegment key, MemorySegment value, long mode) {
        checkKey(key);
        checkValue(value);
        long result = MapCommands.update(kernel, fd(), key, value, mode);
        if (mode == MapCommands.NO_EXIST && Errno.EEXIST.is(result)
                || mode == MapCommands.EXIST && Errno.ENOENT.is(result)) {
            return false;
        }
        if (Errno.EINVAL.is(result) && holdsMaps()) {
            throw new KernelException(
                    "updating map " + name,
                    Errno.EINVAL.number(),
                    Errno.EINVAL.name(),
                    "what is put into a map of maps is the descriptor of a map like the one that it"
                        + " was declared with: of the same type, key size, value size and flags, an"
                        + " array (before Linux 5.10 any map) also with as many entries");
        }
        if (result < 0) {
            throw failure(result, "updating");
        }
        return true;
    }

    private boolean holdsMaps() {
        return typeNumber == MapType.ARRAY_OF_MAPS.number()
                || typeNumber == MapType.HASH_OF_MAPS.number();
    }

    /**
     * Deletes a key.
     *
     * @param key the key
     * @return whether it was there
     * @throws dev.purebpf.error.KernelException if the kernel refuses: EINVAL for arrays, whose
     *     entries always exist
     */
    public boolean delete(MemorySegment key) {
        checkKey(key);
        return found(MapCommands.delete(kernel, fd(), key), "deleting from");
    }

    /**
     * Finds the key after another. Whoever walks through a map by this has to bound the walk, since
     * a key that was deleted meanwhile begins it anew; {@link MapView#forEach} does so.
     *
     * @param key the key before, or {@link MemorySegment#NULL} to begin
     * @param next where the next key goes
     * @return whether there is one
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public boolean nextKey(MemorySegment key, MemorySegment next) {
        if (key.address() != 0) {
            checkKey(key);
        }
        checkKey(next);
        return found(MapCommands.nextKey(kernel, fd(), key, next), "walking through");
    }

    /**
     * {@return a view of this map in Java types}
     *
     * <p>Bound to the map's key and value types where the object's BTF tells them, and refused if
     * they differ; where it does not, records and numbers must have exactly the map's sizes.
     *
     * @param <K> the type of keys
     * @param <V> the type of values
     * @param key a record, wrapper, {@code String}, enum or array
     * @param value a record, wrapper, {@code String}, enum or array
     * @throws IllegalArgumentException if the types are not byte for byte those of the map, or each
     *     CPU has its own value
     */
    public <K, V> TypedMap<K, V> typed(Class<K> key, Class<V> value) {
        return new TypedMap<>(this, keyCodec(key), valueCodec(value));
    }

    /**
     * {@return a view of this map in Java types, by codecs of one's own}
     *
     * @param <K> the type of keys
     * @param <V> the type of values
     * @param key reads and writes keys
     * @param value reads and writes values
     * @throws IllegalArgumentException if the codecs' types are not byte for byte those of the map,
     *     or each CPU has its own value
     */
    public <K, V> TypedMap<K, V> typed(Codec<K> key, Codec<V> value) {
        return new TypedMap<>(this, keyCodec(key), valueCodec(value));
    }

    /**
     * {@return a view of this per-CPU map in Java types}
     *
     * @param <K> the type of keys
     * @param <V> the type of the value of one CPU
     * @param key a record, wrapper, {@code String}, enum or array
     * @param value a record, wrapper, {@code String}, enum or array
     * @throws IllegalArgumentException if the types are not byte for byte those of the map, or it
     *     is no per-CPU map
     */
    public <K, V> PerCpuMap<K, V> perCpu(Class<K> key, Class<V> value) {
        return new PerCpuMap<>(this, keyCodec(key), valueCodec(value));
    }

    /**
     * {@return a view of this per-CPU map in Java types, by codecs of one's own}
     *
     * @param <K> the type of keys
     * @param <V> the type of the value of one CPU
     * @param key reads and writes keys
     * @param value reads and writes the value of one CPU
     * @throws IllegalArgumentException if the codecs' types are not byte for byte those of the map,
     *     or it is no per-CPU map
     */
    public <K, V> PerCpuMap<K, V> perCpu(Codec<K> key, Codec<V> value) {
        return new PerCpuMap<>(this, keyCodec(key), valueCodec(value));
    }

    /**
     * {@return a view of this map of programs}
     *
     * @throws IllegalArgumentException if it is none
     */
    public ProgramArray programArray() {
        return new ProgramArray(this);
    }

    /**
     * {@return a view of this map of maps}
     *
     * @param <K> the type of keys
     * @param key a record, wrapper, {@code String}, enum or array
     * @throws IllegalArgumentException if it is none, or the type is not byte for byte that of its
     *     keys
     */
    public <K> MapOfMaps<K> mapOfMaps(Class<K> key) {
        return new MapOfMaps<>(this, key);
    }

    /**
     * {@return a view of this queue or stack in Java types}
     *
     * @param <V> the type of values
     * @param value a record, wrapper, {@code String}, enum or array
     * @throws IllegalArgumentException if the type is not byte for byte that of the map, or it is
     *     no queue or stack
     */
    public <V> QueueMap<V> queue(Class<V> value) {
        return new QueueMap<>(this, valueCodec(value));
    }

    /**
     * {@return a view of this queue or stack in Java types, by a codec of one's own}
     *
     * @param <V> the type of values
     * @param value reads and writes values
     * @throws IllegalArgumentException if the codec's type is not byte for byte that of the map, or
     *     it is no queue or stack
     */
    public <V> QueueMap<V> queue(Codec<V> value) {
        return new QueueMap<>(this, valueCodec(value));
    }

    private <K> Codec<K> keyCodec(Class<K> key) {
        return codec(keyType(), key, keySize, "key");
    }

    private <V> Codec<V> valueCodec(Class<V> value) {
        return codec(valueType(), value, valueSize, "value");
    }

    private <K> Codec<K> keyCodec(Codec<K> key) {
        return requireFit(keyType(), key, keySize, "key");
    }

    private <V> Codec<V> valueCodec(Codec<V> value) {
        return requireFit(valueType(), value, valueSize, "value");
    }

    private <T> Codec<T> codec(Optional<CType> type, Class<T> javaType, int size, String what) {
        try {
            CType bound = type.isPresent() ? type.get() : CType.guess(javaType, size);
            return requireSize(Codec.of(bound, javaType), size, what);
        } catch (IllegalArgumentException e) {
            throw misfit(what, e);
        }
    }

    private <T> Codec<T> requireFit(Optional<CType> type, Codec<T> codec, int size, String what) {
        try {
            type.ifPresent(codec::requireLayoutOf);
            return requireSize(codec, size, what);
        } catch (IllegalArgumentException e) {
            throw misfit(what, e);
        }
    }

    private static <T> Codec<T> requireSize(Codec<T> codec, int size, String what) {
        if (codec.size() != size) {
            throw new IllegalArgumentException(
                    codec.javaType().getSimpleName()
                            + " takes "
                            + codec.size()
                            + " bytes, but the map's "
                            + what
                            + "s have "
                            + size);
        }
        return codec;
    }

    private IllegalArgumentException misfit(String what, IllegalArgumentException e) {
        return new IllegalArgumentException(what + " of map " + name + ": " + e.getMessage(), e);
    }

    /**
     * Pins the map in a BPF file system; it stays until the file is removed.
     *
     * @param path a path that does not exist yet, in a mounted bpffs
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public void pin(Path path) {
        PinCommands.pin(kernel, fd(), path);
    }

    private boolean found(long result, String verb) {
        if (result >= 0) {
            return true;
        }
        if (Errno.ENOENT.is(result)) {
            return false;
        }
        throw failure(result, verb);
    }

    private RuntimeException failure(long result, String verb) {
        return kernel.failure(result, verb + " map " + name);
    }

    /** The kernel copies as many bytes as the map says, whatever the segment's size. */
    private void checkKey(MemorySegment key) {
        check(key, keySize, "key");
    }

    private void checkValue(MemorySegment value) {
        check(value, transferSize(), "value");
    }

    private void check(MemorySegment segment, long size, String what) {
        if (segment.byteSize() < size || !segment.isNative()) {
            throw new IllegalArgumentException(
                    "a "
                            + what
                            + " of map "
                            + name
                            + " takes "
                            + size
                            + " bytes of native memory, not "
                            + segment.byteSize()
                            + (segment.isNative() ? "" : " on the heap"));
        }
    }

    @Override
    public String toString() {
        return "map "
                + name
                + " ("
                + type().map(Enum::name).orElse("type " + typeNumber)
                + ", key "
                + keySize
                + ", value "
                + valueSize
                + ", entries "
                + maxEntries()
                + ")";
    }
}
