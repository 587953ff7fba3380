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
    private final RangeLists lists;
    private long[] starts;
    private long[] ends;
    private int[] owners;
    private int size;
    private int looked;

    /**
     * Looks at none yet.
     *
     * @param units the units
     * @param lists reads the lists of their addresses
     */
    UnitsByAddress(List<Unit> units, RangeLists lists) {
        this.units = units;
        this.lists = lists;
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
        int i = firstOf(from);
        do {
            for (; i < size; i++) {
                if (Long.compareUnsigned(address, starts[i]) >= 0
                        && Long.compareUnsigned(address, ends[i]) < 0) {
                    return owners[i];
                }
            }
        } while (lookFurther());
        return -1;
    }

    /** {@return where the addresses of a unit and those behind it begin} */
    private int firstOf(int unit) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (owners[middle] < unit) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * {@return the units that have code at any of some addresses, in their order}
     *
     * @param addresses the addresses
     */
    List<Unit> at(long[] addresses) {
        long[] sorted = new long[addresses.length];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = ordered(addresses[i]);
        }
        Arrays.sort(sorted);
        while (lookFurther()) {
            continue;
        }
        List<Unit> found = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int first = Arrays.binarySearch(sorted, ordered(starts[i]));
            int next = first < 0 ? -first - 1 : first;
            Unit owner = units.get(owners[i]);
            if (next < sorted.length
                    && sorted[next] < ordered(ends[i])
                    && (found.isEmpty() || found.getLast() != owner)) {
                found.add(owner);
            }
        }
        return found;
    }

    /** {@return a number that is as much greater than another's as one address is than another} */
    private static long ordered(long address) {
        return address ^ Long.MIN_VALUE;
    }

    /** Looks at one more unit, which may have no code; returns whether there was one. */
    private boolean lookFurther() {
        if (looked == units.size()) {
            return false;
        }
        Unit unit = units.get(looked);
        for (AddressRange range : lists.of(unit.root())) {
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
