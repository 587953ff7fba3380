package dev.purebpf.error;

import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * Which of the names that exist somebody may have meant.
 *
 * <p>Those are near that differ in few letters, as by a slip of the hand, and those of which one
 * contains the other, as kernels rename things: {@code state} is {@code __state} since Linux 5.14.
 * Whether letters are large or small does not count.
 */
public final class NearestNames {
    private static final int MOST = 3;

    /** A shorter name is part of too many others. */
    private static final int SHORTEST_PART = 3;

    /** A longer name has no near ones: the names in a hostile file have to cost little. */
    private static final int LONGEST = 256;

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

    /**
     * {@return at most three of the names that come near, each once, the nearest first}
     *
     * @param wanted the name that there is not
     * @param existing the names that there are
     */
    public static List<String> of(String wanted, Iterable<String> existing) {
        record Near(String name, int distance) {}
        Comparator<Near> order = Comparator.comparingInt(Near::distance).thenComparing(Near::name);
        if (wanted.length() > LONGEST) {
            return List.of();
        }
        // A large program has hundreds of thousands: only the best so far are kept, and what is
        // farther than these is not measured to its end.
        TreeSet<Near> near = new TreeSet<>(order);
        int farthest = LONGEST;
        int slips = slips(wanted.length());
        int[] row = new int[LONGEST + 1];
        for (String name : existing) {
            int longer = Math.abs(name.length() - wanted.length());
            if (longer > farthest || name.length() > LONGEST) {
                continue;
            }
            boolean part = isPart(wanted, name);
            int limit = part ? longer : Math.min(slips, farthest);
            int distance = part ? longer : distance(wanted, name, limit, row);
            if (distance <= limit) {
                near.add(new Near(name, distance));
                if (near.size() > MOST) {
                    near.pollLast();
                }
                farthest = near.size() == MOST ? near.last().distance() : farthest;
            }
        }
        return near.stream().map(Near::name).toList();
    }

    /** {@return how many letters may differ: two that are swapped, but most of a short name not} */
    private static int slips(int length) {
        return Math.max(length < 4 ? 1 : 2, length / 3);
    }

    /** {@return whether one is part of the other; what exists then has to be most of the wanted} */
    private static boolean isPart(String wanted, String name) {
        return wanted.length() >= SHORTEST_PART && contains(name, wanted)
                || name.length() >= SHORTEST_PART
                        && 2 * name.length() >= wanted.length()
                        && contains(wanted, name);
    }

    private static boolean contains(String whole, String part) {
        for (int i = 0; i <= whole.length() - part.length(); i++) {
            if (whole.regionMatches(true, i, part, 0, part.length())) {
                return true;
            }
        }
        return false;
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
                int replaced = diagonal + (isSame(a.charAt(i - 1), b.charAt(j - 1)) ? 0 : 1);
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

    private static boolean isSame(char a, char b) {
        return a == b || Character.toLowerCase(a) == Character.toLowerCase(b);
    }
}
