package dev.purebpf.dwarf;

import java.util.ArrayList;
import java.util.List;

/** Which units have code at an address. Immutable. */
final class UnitsByAddress {
    private final List<Unit> units;
    private final long[] starts;
    private final long[] ends;
    private final int[] owners;
    private final int size;

    private UnitsByAddress(List<Unit> units, long[] starts, long[] ends, int[] owners, int size) {
        this.units = units;
        this.starts = starts;
        this.ends = ends;
        this.owners = owners;
        this.size = size;
    }

    /**
     * Looks at all units.
     *
     * @param units the units
     * @param listBytes the size of all lists of addresses: bounds what overlapping lists of a
     *     hostile file can cost
     */
    static UnitsByAddress of(List<Unit> units, long listBytes) {
        // No entry of a list takes less than three bytes, but those without a list have one, too.
        long most = units.size() + listBytes;
        long[] starts = new long[Math.max(16, units.size())];
        long[] ends = new long[starts.length];
        int[] owners = new int[starts.length];
        int size = 0;
        for (int i = 0; i < units.size(); i++) {
            for (AddressRange range : units.get(i).ranges()) {
                if (size == most) {
                    throw units.get(i)
                            .dwarf()
                            .info()
                            .malformed(units.get(i).offset(), "lists of addresses overlap");
                }
                if (size == starts.length) {
                    starts = java.util.Arrays.copyOf(starts, 2 * size);
                    ends = java.util.Arrays.copyOf(ends, 2 * size);
                    owners = java.util.Arrays.copyOf(owners, 2 * size);
                }
                starts[size] = range.start();
                ends[size] = range.end();
                owners[size] = i;
                size++;
            }
        }
        return new UnitsByAddress(units, starts, ends, owners, size);
    }

    /** {@return the units that have code at an address; mostly one} */
    List<Unit> at(long address) {
        List<Unit> found = new ArrayList<>(1);
        for (int i = 0; i < size; i++) {
            if (Long.compareUnsigned(address, starts[i]) >= 0
                    && Long.compareUnsigned(address, ends[i]) < 0
                    && (found.isEmpty() || found.getLast() != units.get(owners[i]))) {
                found.add(units.get(owners[i]));
            }
        }
        return found;
    }
}
