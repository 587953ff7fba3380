package dev.purebpf.dwarf;

import java.util.List;

/**
 * Reads the code of many entries. In a hostile file the lists of all of them may be parts of one
 * long one; then this refuses, and never reads more than a file that means well has. Used by one
 * thread, for one search.
 */
public final class RangeLists {
    /** What rewriters of programs let many entries share: an empty list, or a short one. */
    private static final long SHARED = 64;

    private final Dwarf dwarf;
    private long left;

    /**
     * Has read none yet.
     *
     * @param dwarf what the entries belong to
     */
    public RangeLists(Dwarf dwarf) {
        this.dwarf = dwarf;
        this.left = dwarf.ranges().size() + dwarf.rangeLists().size();
    }

    /**
     * {@return the addresses of an entry's code}
     *
     * @param die the entry
     * @throws dev.purebpf.error.MalformedObjectException if what says so is damaged, or lists of
     *     entries that were asked for overlap
     * @see Die#ranges
     */
    public List<AddressRange> of(Die die) {
        return die.ranges(this);
    }

    /** Counts the bytes of a list of an entry. */
    void spend(long bytes, Die die) {
        left -= Math.max(0, bytes - SHARED);
        if (left < 0) {
            throw dwarf.info().malformed(die.offset(), "lists of addresses overlap");
        }
    }
}
