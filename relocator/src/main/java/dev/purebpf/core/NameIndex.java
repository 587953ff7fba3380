package dev.purebpf.core;

import dev.purebpf.btf.Btf;

import java.util.SplittableRandom;

/**
 * The types of one BTF by their essential names: a hash table of ids, two numbers a type and no
 * object.
 */
final class NameIndex {
    // Chosen anew for each index, so that no file can have names that all fall together.
    private final int multiplier = new SplittableRandom().nextInt() | 1;
    private final int from;
    private final int[] heads;
    private final int[] next;

    /**
     * Reads all names once.
     *
     * @param btf the types
     * @param from the first id that counts
     */
    NameIndex(Btf btf, int from) {
        this.from = from;
        int count = btf.typeCount() - from;
        heads = new int[Integer.highestOneBit(Math.max(1, count)) * 2];
        next = new int[count];
        var name = new byte[Btf.NAME_LIMIT];
        // Backwards, so that each chain ascends.
        for (int id = btf.typeCount() - 1; id >= from; id--) {
            int length = btf.copyName(id, name);
            if (length > 0) {
                int slot = slot(name, EssentialName.length(name, length));
                next[id - from] = heads[slot];
                heads[slot] = id;
            }
        }
    }

    private int slot(byte[] name, int length) {
        int hash = 0;
        for (int i = 0; i < length; i++) {
            hash = (hash + name[i]) * multiplier;
        }
        return (hash ^ hash >>> 16) & heads.length - 1;
    }

    /**
     * {@return the first id that may have an essential name, or 0} Others may fall together with
     * it: the caller compares.
     */
    int first(byte[] name) {
        return heads[slot(name, name.length)];
    }

    /** {@return the next id after one that was found, ascending, or 0} */
    int next(int id) {
        return next[id - from];
    }
}
