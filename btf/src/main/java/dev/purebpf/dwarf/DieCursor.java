package dev.purebpf.dwarf;

/**
 * Walks through the entries of a unit, each before those below it, and makes no objects for those
 * that nobody asks about. Used by one thread.
 */
public final class DieCursor {
    private final Unit unit;
    private final Cursor cursor;
    private Abbreviation abbreviation;
    private long offset;
    private long attributes;
    private int depth;
    private int nextDepth;

    DieCursor(Unit unit, Cursor cursor, long first) {
        this.unit = unit;
        this.cursor = cursor;
        cursor.moveTo(first);
    }

    /**
     * Moves to the next entry.
     *
     * @return whether there is one
     * @throws dev.purebpf.error.MalformedObjectException if the unit is damaged
     */
    public boolean next() {
        if (abbreviation != null) {
            cursor.moveTo(attributes);
            for (int form : abbreviation.forms()) {
                Form.skip(form, cursor, unit);
            }
        }
        return read();
    }

    /**
     * Moves to the next entry that is not below this one.
     *
     * @return whether there is one
     * @throws dev.purebpf.error.MalformedObjectException if the unit is damaged
     */
    public boolean nextBeside() {
        int here = depth;
        if (abbreviation == null || !abbreviation.hasChildren()) {
            return next();
        }
        long sibling = sibling();
        if (sibling > 0) {
            cursor.moveTo(sibling);
            nextDepth = here;
            return read();
        }
        while (next()) {
            if (depth <= here) {
                return true;
            }
        }
        return false;
    }

    /** {@return where the next entry beside this one is, 0 if that is not said} */
    private long sibling() {
        int[] names = abbreviation.attributes();
        for (int i = 0; i < names.length; i++) {
            if (names[i] == DwarfAttribute.SIBLING) {
                long target = die().reference(DwarfAttribute.SIBLING, i);
                // Only ever forward, or a hostile file would have no end.
                return target > cursor.position() && target < unit.end() ? target : 0;
            }
        }
        return 0;
    }

    private boolean read() {
        depth = nextDepth;
        abbreviation = null;
        while (cursor.hasNext()) {
            offset = cursor.position();
            abbreviation = unit.abbreviation(cursor);
            if (abbreviation != null) {
                attributes = cursor.position();
                nextDepth = abbreviation.hasChildren() ? depth + 1 : depth;
                return true;
            }
            if (--depth <= 0) {
                // The rest of the unit, if any, is padding.
                cursor.moveTo(unit.end());
            }
        }
        return false;
    }

    /** {@return how many entries the current one is below} */
    public int depth() {
        return depth;
    }

    /** {@return what the current entry describes, a constant of {@link DwarfTag}} */
    public int tag() {
        return abbreviation.tag();
    }

    /** {@return the current entry} */
    public Die die() {
        return new Die(unit, offset, attributes, abbreviation);
    }
}
