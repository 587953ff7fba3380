package dev.purebpf.dwarf;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The table of abbreviations of a unit, in {@code .debug_abbrev}; read as far as it is needed. Most
 * writers number them from 1 on without gaps. May be used by several threads.
 */
final class Abbreviations {
    private static final int MOST_ATTRIBUTES = 512;

    /** Codes below are looked up without any lock. */
    private static final int LOW = 256;

    private final Cursor cursor;
    private final Budget budget;
    private final Map<Long, Abbreviation> byCode = new HashMap<>();

    /** What {@link #byCode} has of low codes. Immutable things, so a race costs a look-up. */
    private final Abbreviation[] low = new Abbreviation[LOW];

    private boolean complete;

    /** Bounds what overlapping tables of a hostile file can cost. All tables share it. */
    static final class Budget {
        private final DebugSection section;
        private long left;

        Budget(DebugSection section) {
            this.section = section;
            this.left = 2 * section.size();
        }

        private synchronized void spend(long bytes, long at) {
            left -= bytes;
            if (left < 0) {
                throw section.malformed(at, "tables of abbreviations overlap each other");
            }
        }
    }

    Abbreviations(Cursor cursor, Budget budget) {
        this.cursor = cursor;
        this.budget = budget;
    }

    /** {@return the abbreviation of a code; null if there is none} */
    Abbreviation get(long code) {
        if (code < 0 || code >= LOW) {
            return find(code);
        }
        Abbreviation known = low[(int) code];
        if (known == null) {
            known = find(code);
            low[(int) code] = known;
        }
        return known;
    }

    private synchronized Abbreviation find(long code) {
        Abbreviation known = byCode.get(code);
        while (known == null && !complete) {
            long start = cursor.position();
            long next = cursor.uleb();
            if (next == 0) {
                complete = true;
                break;
            }
            Abbreviation abbreviation = read();
            budget.spend(cursor.position() - start, start);
            // Of two with one code the first counts.
            byCode.putIfAbsent(next, abbreviation);
            if (next == code) {
                known = byCode.get(code);
            }
        }
        return known;
    }

    private Abbreviation read() {
        long start = cursor.position();
        int tag = (int) cursor.uleb();
        boolean hasChildren = cursor.u8() != 0;
        int[] attributes = new int[8];
        int[] forms = new int[8];
        long[] constants = null;
        int count = 0;
        while (true) {
            int attribute = (int) cursor.uleb();
            int form = (int) cursor.uleb();
            if (attribute == 0 && form == 0) {
                break;
            }
            if (count == MOST_ATTRIBUTES) {
                throw cursor.malformed(start, "an abbreviation of too many attributes");
            }
            if (count == attributes.length) {
                attributes = Arrays.copyOf(attributes, 2 * count);
                forms = Arrays.copyOf(forms, 2 * count);
            }
            if (form == Form.IMPLICIT_CONST) {
                constants =
                        constants == null
                                ? new long[count + 1]
                                : Arrays.copyOf(constants, count + 1);
                constants[count] = cursor.sleb();
            }
            attributes[count] = attribute;
            forms[count] = form;
            count++;
        }
        return new Abbreviation(
                tag,
                hasChildren,
                Arrays.copyOf(attributes, count),
                Arrays.copyOf(forms, count),
                constants);
    }
}
