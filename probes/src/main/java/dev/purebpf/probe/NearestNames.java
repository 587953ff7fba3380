package dev.purebpf.probe;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Which of the names that exist somebody may have meant. */
public final class NearestNames {
    private static final int MOST = 3;

    private NearestNames() {}

    /**
     * {@return {@code "; did you mean a, b or c?"}, or nothing if nothing comes near}
     *
     * @param wanted the name that there is not
     * @param existing the names that there are
     */
    public static String say(String wanted, Collection<String> existing) {
        List<String> nearest = of(wanted, existing);
        if (nearest.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder("; did you mean ");
        for (int i = 0; i < nearest.size(); i++) {
            if (i > 0) {
                text.append(i == nearest.size() - 1 ? " or " : ", ");
            }
            text.append(nearest.get(i));
        }
        return text.append('?').toString();
    }

    /** {@return at most three names that differ in few characters, the nearest first} */
    static List<String> of(String wanted, Collection<String> existing) {
        record Near(String name, int distance) {}
        int limit = Math.max(2, wanted.length() / 3);
        List<Near> near = new ArrayList<>();
        for (String name : existing) {
            int distance = distance(wanted, name, limit);
            if (distance <= limit) {
                near.add(new Near(name, distance));
            }
        }
        near.sort(Comparator.comparingInt(Near::distance).thenComparing(Near::name));
        return near.stream().limit(MOST).map(Near::name).toList();
    }

    /** Insertions, deletions and replacements from one to the other; more than limit if many. */
    private static int distance(String a, String b, int limit) {
        if (Math.abs(a.length() - b.length()) > limit) {
            return limit + 1;
        }
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
