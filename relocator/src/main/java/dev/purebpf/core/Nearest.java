package dev.purebpf.core;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Finds names that somebody may have meant, or that a name was changed to. */
final class Nearest {
    private static final int FAR = 1000;
    private static final int SHORTEST_WORD = 3;
    private static final int LONGEST = 64;

    private Nearest() {}

    /** {@return those of some names that are like a name, the likest first} */
    static List<String> of(String wanted, List<String> names) {
        return names.stream()
                .distinct()
                .filter(name -> distance(wanted, name) < FAR)
                .sorted(Comparator.comparingInt(name -> distance(wanted, name)))
                .toList();
    }

    /**
     * {@return how unlike two names are, {@link #FAR} if they have nothing in common} Kernels
     * rename fields by a prefix ({@code state}, {@code __state}), by a word, or not at all like
     * before.
     */
    private static int distance(String wanted, String name) {
        if (wanted.length() > LONGEST || name.length() > LONGEST) {
            return FAR;
        }
        int edits = edits(wanted, name);
        boolean contains =
                wanted.length() >= SHORTEST_WORD && name.contains(wanted)
                        || name.length() >= SHORTEST_WORD && wanted.contains(name);
        return contains || edits <= Math.max(1, wanted.length() / 3) ? edits : FAR;
    }

    /** {@return how many letters have to be inserted, dropped or changed} */
    private static int edits(String from, String to) {
        int[] row = new int[to.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int change = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
