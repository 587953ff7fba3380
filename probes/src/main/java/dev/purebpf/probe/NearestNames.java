package dev.purebpf.probe;

import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

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
    public static String say(String wanted, Iterable<String> existing) {
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
    static List<String> of(String wanted, Iterable<String> existing) {
        record Near(String name, int distance) {}
        Comparator<Near> order = Comparator.comparingInt(Near::distance).thenComparing(Near::name);
        int limit = Math.max(2, wanted.length() / 3);
        // A large program has hundreds of thousands: only the best so far are kept, and what is
        // farther than these is not measured to its end.
        TreeSet<Near> near = new TreeSet<>(order);
        int[] row = new int[0];
        for (String name : existing) {
            if (row.length <= name.length()) {
                row = new int[2 * name.length() + 1];
            }
            int distance = distance(wanted, name, limit, row);
            if (distance <= limit) {
                near.add(new Near(name, distance));
                if (near.size() > MOST) {
                    near.pollLast();
                }
                limit = near.size() == MOST ? near.last().distance() : limit;
            }
        }
        return near.stream().map(Near::name).toList();
    }

    /**
     * Insertions, deletions and replacements from one to the other; more than limit if many.
     *
     * @param row room for one number more than b has letters
     */
    private static int distance(String a, String b, int limit, int[] row) {
        if (Math.abs(a.length() - b.length()) > limit) {
            return limit + 1;
        }
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            // Only near the diagonal distances can be within the limit.
            int first = Math.max(1, i - limit);
            int last = Math.min(b.length(), i + limit);
            int diagonal = row[first - 1];
            row[first - 1] = first == 1 ? i : limit + 1;
            int least = row[first - 1];
            for (int j = first; j <= last; j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = j == i + limit ? limit + 1 : row[j];
                row[j] = Math.min(replaced, 1 + Math.min(diagonal, row[j - 1]));
                least = Math.min(least, row[j]);
            }
            if (least > limit) {
                return limit + 1;
            }
        }
        return row[b.length()];
    }
}
