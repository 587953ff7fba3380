package dev.purebpf.dwarf;

import java.util.List;
import java.util.OptionalLong;

/**
 * A unit: what was compiled at a time, in C a file with all that it includes, in Go a package
 * (DWARF 5, section 3.1). Immutable; as good as the {@link Dwarf} it is of.
 */
public final class Unit {
    private final Dwarf dwarf;
    private final long offset;
    private final long firstEntry;
    private final long end;
    private final int version;
    private final int addressSize;
    private final int offsetSize;
    private final Abbreviations abbreviations;

    /** Asked for again with each address of a list: {@code null} before that. */
    private volatile OptionalLong begin;

    private volatile OptionalLong addressesBase;

    Unit(
            Dwarf dwarf,
            long offset,
            long firstEntry,
            long end,
            int version,
            int addressSize,
            int offsetSize,
            Abbreviations abbreviations) {
        this.dwarf = dwarf;
        this.offset = offset;
        this.firstEntry = firstEntry;
        this.end = end;
        this.version = version;
        this.addressSize = addressSize;
        this.offsetSize = offsetSize;
        this.abbreviations = abbreviations;
    }

    /** {@return what it is a unit of} */
    Dwarf dwarf() {
        return dwarf;
    }

    /** {@return where in {@code .debug_info} it begins} */
    public long offset() {
        return offset;
    }

    /** {@return the version of DWARF that it is written in: 2 to 5} */
    public int version() {
        return version;
    }

    /** {@return the bytes of an address: 4 or 8} */
    int addressSize() {
        return addressSize;
    }

    /** {@return the size of what refers into other sections: 4, or 8 in 64-bit DWARF} */
    int offsetSize() {
        return offsetSize;
    }

    /** {@return the size of what refers to other units: that of an address in DWARF 2} */
    int referenceSize() {
        return version == 2 ? addressSize : offsetSize;
    }

    /** {@return behind the place of its last byte, in {@code .debug_info}} */
    long end() {
        return end;
    }

    /** {@return the entry of the unit itself, which all others are below} */
    public Die root() {
        return die(firstEntry);
    }

    /** {@return what the addresses of its lists count from, 0 if it does not say} */
    long begin() {
        OptionalLong known = begin;
        if (known == null) {
            known = root().address(DwarfAttribute.LOW_PC);
            begin = known;
        }
        return known.orElse(0);
    }

    /** {@return where its part of {@code .debug_addr} begins, empty if it does not say} */
    OptionalLong addressesBase() {
        OptionalLong known = addressesBase;
        if (known == null) {
            known = root().number(DwarfAttribute.ADDR_BASE);
            addressesBase = known;
        }
        return known;
    }

    /**
     * {@return an entry}
     *
     * @param at where it begins, in {@code .debug_info}
     * @throws dev.purebpf.error.MalformedObjectException if there is none
     */
    Die die(long at) {
        Cursor cursor = cursor(at);
        if (at < firstEntry || at >= end) {
            throw cursor.malformed(at, "no entry of the unit at " + offset + " is here");
        }
        Abbreviation abbreviation = abbreviation(cursor);
        if (abbreviation == null) {
            throw cursor.malformed(at, "a chain of entries ends where one should begin");
        }
        return new Die(this, at, cursor.position(), abbreviation);
    }

    /** {@return all entries, one after the other, beginning with that of the unit itself} */
    public DieCursor entries() {
        return new DieCursor(this, cursor(firstEntry), firstEntry);
    }

    /** {@return what reads on from a place in {@code .debug_info}, to the end of the unit} */
    Cursor cursor(long at) {
        return new Cursor(dwarf.info(), at, end);
    }

    /** {@return what the entry here is written by, {@code null} at the end of a chain} */
    Abbreviation abbreviation(Cursor cursor) {
        long at = cursor.position();
        long code = cursor.uleb();
        if (code == 0) {
            return null;
        }
        Abbreviation abbreviation = abbreviations.get(code);
        if (abbreviation == null) {
            throw cursor.malformed(at, "there is no abbreviation " + Long.toUnsignedString(code));
        }
        return abbreviation;
    }

    /**
     * {@return the addresses of its code; none if it has none, or does not say}
     *
     * @throws dev.purebpf.error.MalformedObjectException if they are damaged
     */
    public List<AddressRange> ranges() {
        return root().ranges();
    }

    @Override
    public String toString() {
        return "Unit[at 0x" + Long.toHexString(offset) + ", DWARF " + version + "]";
    }
}
