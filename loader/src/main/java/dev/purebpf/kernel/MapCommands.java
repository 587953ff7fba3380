package dev.purebpf.kernel;

import static dev.purebpf.kernel.AttributeScratch.getInt;
import static dev.purebpf.kernel.AttributeScratch.setInt;
import static dev.purebpf.kernel.AttributeScratch.setLong;
import static dev.purebpf.kernel.AttributeScratch.setName;
import static dev.purebpf.kernel.AttributeScratch.zeroed;

import dev.purebpf.error.KernelException;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * The commands of {@code bpf(2)} on maps.
 *
 * <p>Those that a program may issue a million times a second return a raw result, zero or minus the
 * error number, and allocate nothing; ENOENT is an ordinary answer there. Keys and values are
 * native memory of exactly the sizes that the map has; a per-CPU map's value is {@link
 * #perCpuValueSize} bytes.
 */
public final class MapCommands {
    /** Update whether the key exists or not. */
    public static final long ANY = 0;

    /** Update only if the key does not exist; else EEXIST. */
    public static final long NO_EXIST = 1;

    /** Update only if the key exists; else ENOENT. */
    public static final long EXIST = 2;

    /** Respect the {@code bpf_spin_lock} in the value. */
    public static final long LOCKED = 4;

    private static final int ELEMENT_SIZE = 32;
    private static final int BATCH_SIZE = 56;
    private static final int BATCH_COUNT = 32;

    private MapCommands() {}

    /**
     * {@return a new map}
     *
     * <p>Where the kernel accounts BPF memory against {@code RLIMIT_MEMLOCK} (before 5.11) the
     * limit is raised first. A name is left out where the kernel does not take names (before 4.15).
     *
     * @param kernel the kernel
     * @param map what to create
     * @throws KernelException if the kernel refuses
     */
    public static OwnedFd create(Kernel kernel, MapAttributes map) {
        MemoryLock.raiseIfNeeded(kernel);
        boolean named = !map.name.isEmpty() && kernel.features().has(Feature.PROGRAM_NAME);
        String operation = "creating map " + map.name;
        return OwnedFd.of(kernel, create(kernel, map, named), operation);
    }

    /** Creates a map without asking for features, for those that probe them. */
    static long create(Kernel kernel, MapAttributes map, boolean named) {
        MemorySegment attributes = zeroed(72);
        setInt(attributes, 0, map.type);
        setInt(attributes, 4, map.keySize);
        setInt(attributes, 8, map.valueSize);
        setInt(attributes, 12, map.maxEntries);
        setInt(attributes, 16, map.flags);
        setInt(attributes, 20, map.innerMapFd);
        setInt(attributes, 24, map.numaNode);
        if (named) {
            setName(attributes, 28, map.name);
        }
        setInt(attributes, 44, map.interfaceIndex);
        setInt(attributes, 48, map.btfFd);
        setInt(attributes, 52, map.btfKeyTypeId);
        setInt(attributes, 56, map.btfValueTypeId);
        setInt(attributes, 60, map.btfVmlinuxValueTypeId);
        setLong(attributes, 64, map.extra);
        return kernel.bpf(BpfCommand.MAP_CREATE.number(), attributes, 72);
    }

    /**
     * {@return 0 if the key was found and its value copied, else minus the error number}
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @param key the key; NULL for queues and stacks
     * @param value where the value goes
     * @param flags {@link #ANY} or {@link #LOCKED}
     */
    public static long lookup(
            Kernel kernel, int map, MemorySegment key, MemorySegment value, long flags) {
        return element(kernel, BpfCommand.MAP_LOOKUP_ELEM, map, key, value, flags);
    }

    /**
     * {@return 0 if the key was found, its value copied and the entry deleted, else minus the error
     * number} For hash maps since 5.14, for queues and stacks since 4.20.
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @param key the key; NULL for queues and stacks
     * @param value where the value goes
     * @param flags {@link #ANY} or {@link #LOCKED}
     */
    public static long lookupAndDelete(
            Kernel kernel, int map, MemorySegment key, MemorySegment value, long flags) {
        return element(kernel, BpfCommand.MAP_LOOKUP_AND_DELETE_ELEM, map, key, value, flags);
    }

    /**
     * {@return 0 if the value is in the map, else minus the error number} E2BIG says that the map
     * is full.
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @param key the key; NULL for queues and stacks
     * @param value the value
     * @param flags {@link #ANY}, {@link #NO_EXIST} or {@link #EXIST}, perhaps with {@link #LOCKED}
     */
    public static long update(
            Kernel kernel, int map, MemorySegment key, MemorySegment value, long flags) {
        return element(kernel, BpfCommand.MAP_UPDATE_ELEM, map, key, value, flags);
    }

    /**
     * {@return 0 if the key was deleted, else minus the error number}
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @param key the key
     */
    public static long delete(Kernel kernel, int map, MemorySegment key) {
        return element(kernel, BpfCommand.MAP_DELETE_ELEM, map, key, MemorySegment.NULL, 0);
    }

    /**
     * {@return 0 if there is another key, −ENOENT if not, else minus the error number}
     *
     * <p>In a hash map a key that is not there begins anew. When keys are deleted meanwhile this
     * may come past the same keys again and again: {@link MapKeys} bounds that.
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @param key the key before, NULL to begin
     * @param next where the next key goes; may be {@code key} itself
     */
    public static long nextKey(Kernel kernel, int map, MemorySegment key, MemorySegment next) {
        return element(kernel, BpfCommand.MAP_GET_NEXT_KEY, map, key, next, 0);
    }

    /** Whether the kernel writes to what stands in the place of the value. */
    private static boolean writes(BpfCommand command) {
        return switch (command) {
            case MAP_LOOKUP_ELEM, MAP_LOOKUP_AND_DELETE_ELEM, MAP_GET_NEXT_KEY -> true;
            default -> false;
        };
    }

    private static long element(
            Kernel kernel,
            BpfCommand command,
            int map,
            MemorySegment key,
            MemorySegment value,
            long flags) {
        MemorySegment attributes = zeroed(ELEMENT_SIZE);
        setInt(attributes, 0, map);
        setLong(attributes, 8, NativeAddress.of(key));
        setLong(
                attributes,
                16,
                writes(command) ? NativeAddress.toWrite(value) : NativeAddress.of(value));
        setLong(attributes, 24, flags);
        try {
            return kernel.bpf(command.number(), attributes, ELEMENT_SIZE);
        } finally {
            Reference.reachabilityFence(key);
            Reference.reachabilityFence(value);
        }
    }

    /**
     * Makes a map read-only for user space, for good.
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @param name the map's name, for messages
     * @throws KernelException if the kernel refuses; EBUSY if it is mapped for writing
     */
    public static void freeze(Kernel kernel, int map, String name) {
        MemorySegment attributes = zeroed(8);
        setInt(attributes, 0, map);
        kernel.check(
                kernel.bpf(BpfCommand.MAP_FREEZE.number(), attributes, 4), "freezing map " + name);
    }

    /**
     * Copies the next entries out of a map, and deletes them if asked to.
     *
     * <p>Three answers are ordinary: {@link BatchResult.State#MORE}, {@link BatchResult.State#END}
     * <em>with</em> the last entries, and {@link BatchResult.State#TOO_SMALL} without any, when a
     * single bucket of a hash map holds more entries than there is room for: ask again with more
     * room and the same position.
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @param delete whether to delete what was copied
     * @param in the position to go on from, NULL to begin
     * @param out where the next position goes: as large as a key, and at least 4 bytes
     * @param keys room for {@code count} keys
     * @param values room for {@code count} values
     * @param count how many entries there is room for
     * @param name the map's name, for messages
     * @return how many entries were copied, and how it goes on
     * @throws KernelException for any other answer; EINVAL where the kernel (before 5.6) or the map
     *     has no batches
     */
    public static BatchResult lookupBatch(
            Kernel kernel,
            int map,
            boolean delete,
            MemorySegment in,
            MemorySegment out,
            MemorySegment keys,
            MemorySegment values,
            int count,
            String name) {
        MemorySegment attributes = zeroed(BATCH_SIZE);
        setLong(attributes, 0, NativeAddress.of(in));
        setLong(attributes, 8, NativeAddress.toWrite(out));
        BpfCommand command =
                delete ? BpfCommand.MAP_LOOKUP_AND_DELETE_BATCH : BpfCommand.MAP_LOOKUP_BATCH;
        long result = batch(kernel, command, attributes, map, keys, values, count, 0);
        Reference.reachabilityFence(in);
        Reference.reachabilityFence(out);
        int done = getInt(attributes, BATCH_COUNT);
        if (result >= 0) {
            return new BatchResult(done, BatchResult.State.MORE);
        } else if (Errno.ENOENT.is(result)) {
            return new BatchResult(done, BatchResult.State.END);
        } else if (Errno.ENOSPC.is(result)) {
            return new BatchResult(0, BatchResult.State.TOO_SMALL);
        }
        throw kernel.failure(result, "reading map " + name + " in batches");
    }

    /**
     * Puts many entries into a map. When it fails, some of them may be in.
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @param keys {@code count} keys
     * @param values {@code count} values
     * @param count how many
     * @param flags {@link #ANY} or {@link #LOCKED}
     * @param name the map's name, for messages
     * @throws KernelException if one of them cannot be put in
     */
    public static void updateBatch(
            Kernel kernel,
            int map,
            MemorySegment keys,
            MemorySegment values,
            int count,
            long flags,
            String name) {
        long result = tryUpdateBatch(kernel, map, keys, values, count, flags);
        if (result < 0) {
            throw kernel.failure(result, "updating map " + name + " in a batch of " + count);
        }
    }

    /** Puts many entries into a map, with the raw result, for those that probe. */
    static long tryUpdateBatch(
            Kernel kernel,
            int map,
            MemorySegment keys,
            MemorySegment values,
            int count,
            long flags) {
        MemorySegment attributes = zeroed(BATCH_SIZE);
        BpfCommand command = BpfCommand.MAP_UPDATE_BATCH;
        return batch(kernel, command, attributes, map, keys, values, count, flags);
    }

    /**
     * {@return how many keys were deleted: all, or those before the first that was not there}
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @param keys {@code count} keys
     * @param count how many
     * @param name the map's name, for messages
     * @throws KernelException for any error but a missing key
     */
    public static int deleteBatch(
            Kernel kernel, int map, MemorySegment keys, int count, String name) {
        MemorySegment attributes = zeroed(BATCH_SIZE);
        BpfCommand command = BpfCommand.MAP_DELETE_BATCH;
        long result = batch(kernel, command, attributes, map, keys, MemorySegment.NULL, count, 0);
        if (result < 0 && !Errno.ENOENT.is(result)) {
            throw kernel.failure(result, "deleting from map " + name + " in a batch");
        }
        return getInt(attributes, BATCH_COUNT);
    }

    private static long batch(
            Kernel kernel,
            BpfCommand command,
            MemorySegment attributes,
            int map,
            MemorySegment keys,
            MemorySegment values,
            int count,
            long elementFlags) {
        setLong(attributes, 16, NativeAddress.of(keys));
        setLong(attributes, 24, NativeAddress.of(values));
        setInt(attributes, BATCH_COUNT, count);
        setInt(attributes, 36, map);
        setLong(attributes, 40, elementFlags);
        try {
            return kernel.bpf(command.number(), attributes, BATCH_SIZE);
        } finally {
            Reference.reachabilityFence(keys);
            Reference.reachabilityFence(values);
        }
    }

    /**
     * {@return the bytes of a value of a per-CPU map as user space sees it: one value for each
     * <em>possible</em> CPU, each rounded up to 8 bytes}
     *
     * @param valueSize the map's value size
     * @param possibleCpus {@link Cpus#possibleCount}
     */
    public static long perCpuValueSize(int valueSize, int possibleCpus) {
        return Math.multiplyExact((valueSize + 7L) / 8 * 8, possibleCpus);
    }
}
