package dev.purebpf.dwarf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which units have code at an address. Looks at units only as far as it is asked. Used by one
 * thread at a time.
 */
final class UnitsByAddress {
    private final List<Unit> units;
    private final long most;
    private long[] starts;
    private long[] ends;
    private int[] owners;
    private int size;
    private int looked;

    /**
     * Looks at none yet.
     *
     * @param units the units
     * @param listBytes the size of all lists of addresses: bounds what overlapping lists of a
     *     hostile file can cost
     */
    UnitsByAddress(List<Unit> units, long listBytes) {
        this.units = units;
        // No entry of a list takes less than three bytes, but those without a list have one, too.
        this.most = units.size() + listBytes;
        this.starts = new long[Math.max(16, units.size())];
        this.ends = new long[starts.length];
        this.owners = new int[starts.length];
    }

    /**
     * {@return the first unit that has code at an address, by its number; −1 if none has}
     *
     * @param address the address
     * @param from the number of the first unit that counts
     */
    int find(long address, int from) {
        int i = 0;
        do {
            for (; i < size; i++) {
                if (owners[i] >= from
                        && Long.compareUnsigned(address, starts[i]) >= 0
                        && Long.compareUnsigned(address, ends[i]) < 0) {
                    return owners[i];
                }
            }
        } while (lookFurther());
        return -1;
    }

    /**
     * {@return the units that have code at any of some addresses, in their order}
     *
     * @param sorted the addresses, the lowest first
     */
    List<Unit> at(long[] sorted) {
        while (lookFurther()) {
            continue;
        }
        List<Unit> found = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int first = Arrays.binarySearch(sorted, starts[i]);
            int next = first < 0 ? -first - 1 : first;
            Unit owner = units.get(owners[i]);
            if (next < sorted.length
                    && sorted[next] < ends[i]
                    && (found.isEmpty() || found.getLast() != owner)) {
                found.add(owner);
            }
        }
        return found;
    }

    /** Looks at one more unit, which may have no code; returns whether there was one. */
    private boolean lookFurther() {
        if (looked == units.size()) {
            return false;
        }
        Unit unit = units.get(looked);
        for (AddressRange range : unit.ranges()) {
            if (size == most) {
                throw unit.dwarf().info().malformed(unit.offset(), "lists of addresses overlap");
            }
            if (size == starts.length) {
                starts = Arrays.copyOf(starts, 2 * size);
                ends = Arrays.copyOf(ends, 2 * size);
                owners = Arrays.copyOf(owners, 2 * size);
            }
            starts[size] = range.start();
            ends[size] = range.end();
            owners[size] = looked;
            size++;
        }
        looked++;
        return true;
    }
}
