package dev.purebpf.kernel;

import dev.purebpf.error.KernelException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Walks over the keys of a map, one {@code BPF_MAP_GET_NEXT_KEY} a step:
 *
 * {@snippet :
 * MapKeys keys = new MapKeys(kernel, fd, "counts", 4, maxEntries, arena);
 * while (keys.next()) {
 *     MapCommands.lookup(kernel, fd, keys.key(), value, MapCommands.ANY);
 * }
 * }
 *
 * <p>Ends under any circumstances. When somebody deletes the key that the walk has come to, the
 * kernel begins anew, so keys may come twice and, with programs inserting and deleting all the
 * time, for ever; after two and a bit rounds the walk gives up. Deleting the key at hand from
 * within the loop is safe for hash maps: the next key is fetched before the present one is given
 * out. One thread.
 */
public final class MapKeys {
    private final Kernel kernel;
    private final int map;
    private final String name;
    private final MemorySegment current;
    private final MemorySegment following;
    private long remaining;
    private boolean started;
    private boolean more;

    /**
     * Prepares a walk.
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @param name the map's name, for messages
     * @param keySize bytes of a key
     * @param maxEntries how many entries the map can hold, as an unsigned number
     * @param arena where the two keys live that the walk needs
     */
    public MapKeys(Kernel kernel, int map, String name, int keySize, int maxEntries, Arena arena) {
        this.kernel = kernel;
        this.map = map;
        this.name = name;
        this.current = arena.allocate(keySize, 8);
        this.following = arena.allocate(keySize, 8);
        this.remaining = 2 * Integer.toUnsignedLong(maxEntries) + 64;
    }

    /**
     * {@return whether there is another key, which {@link #key} then holds}
     *
     * @throws KernelException if the kernel refuses to tell
     */
    public boolean next() {
        if (!started) {
            started = true;
            more = fetch(MemorySegment.NULL);
        }
        if (!more || remaining-- == 0) {
            return false;
        }
        MemorySegment.copy(following, 0, current, 0, current.byteSize());
        more = fetch(current);
        return true;
    }

    private boolean fetch(MemorySegment after) {
        long result = MapCommands.nextKey(kernel, map, after, following);
        if (result < 0 && !Errno.ENOENT.is(result)) {
            throw kernel.failure(result, "walking over the keys of map " + name);
        }
        return result >= 0;
    }

    /** {@return the key at hand; overwritten by {@link #next}} */
    public MemorySegment key() {
        return current;
    }
}
