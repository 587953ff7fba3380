package dev.purebpf.error;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * Which of the names that exist somebody may have meant.
 *
 * <p>Those are near that differ in few letters, as by a slip of the hand, and those of which one
 * contains the other, as kernels rename things: {@code state} is {@code __state} since Linux 5.14.
 * Whether letters are large or small does not count.
 *
 * <p>A kernel and a large program have hundreds of thousands of names. They are added one by one,
 * by the bytes of the list that they stand in; only the three best so far are kept, and most others
 * are seen to be far off by which letters they have, before anything is measured. One thread uses
 * it.
 */
public final class NearestNames {
    private static final int MOST = 3;

    /** A shorter name is part of too many others. */
    private static final int SHORTEST_PART = 3;

    /** A longer name has no near ones: the names in a hostile file have to cost little. */
    private static final int LONGEST = 256;

    /** As many bytes of UTF-8 has a letter at most. */
    private static final int LETTER_BYTES = 3;

    private final char[] wanted;
    private final long wantedLetters;

    /** How many letters may differ: two that are swapped, but most of a short name not. */
    private final int slips;

    private final TreeSet<Near> near =
            new TreeSet<>(Comparator.comparingInt(Near::distance).thenComparing(Near::name));

    /** What is farther, or longer or shorter by more, is none of those to propose. */
    private int farthest;

    // Room for the letters of a name, and for one number more of each row of the table of
    // distances.
    private final char[] letters = new char[LONGEST];
    private final int[] row = new int[LONGEST + 1];

    private record Near(String name, int distance) {}

    private NearestNames(String wanted, int farthest) {
        // What is too long is near to none: no name is shorter than 0.
        this.farthest = wanted.length() > LONGEST ? -1 : farthest;
        this.wanted = new char[Math.min(wanted.length(), LONGEST)];
        this.slips = Math.max(wanted.length() < 4 ? 1 : 2, wanted.length() / 3);
        long all = 0;
        for (int i = 0; i < this.wanted.length; i++) {
            this.wanted[i] = small(wanted.charAt(i));
            all |= bit(this.wanted[i]);
        }
        this.wantedLetters = all;
    }

    /**
     * {@return a search for names near to one}
     *
     * @param wanted the name that there is not
     */
    public static NearestNames to(String wanted) {
        return new NearestNames(wanted, LONGEST);
    }

    /**
     * {@return a search for names near to one and about as long: where there are many, one of which
     * it is a small part says little}
     *
     * @param wanted the name that there is not
     */
    public static NearestNames ofLengthLike(String wanted) {
        return new NearestNames(wanted, wanted.length() / 3 + 2);
    }

    /**
     * {@return {@code "; did you mean a, b or c?"}, or nothing if nothing comes near}
     *
     * @param wanted the name that there is not
     * @param existing the names that there are
     */
    public static String say(String wanted, Iterable<String> existing) {
        NearestNames search = to(wanted);
        existing.forEach(search::add);
        return search.say();
    }

    /**
     * {@return at most three of the names that come near, each once, the nearest first}
     *
     * @param wanted the name that there is not
     * @param existing the names that there are
     */
    public static List<String> of(String wanted, Iterable<String> existing) {
        NearestNames search = to(wanted);
        existing.forEach(search::add);
        return search.toList();
    }

    /** {@return {@code "; did you mean a, b or c?"}, or nothing if nothing came near} */
    public String say() {
        List<String> nearest = toList();
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

    /** {@return at most three of the names that came near, each once, the nearest first} */
    public List<String> toList() {
        return near.stream().map(Near::name).toList();
    }

    /**
     * Adds one of the names that there are.
     *
     * @param name the name
     */
    public void add(String name) {
        int length = name.length();
        if (length > LONGEST || Math.abs(length - wanted.length) > farthest) {
            return;
        }
        long all = 0;
        for (int i = 0; i < length; i++) {
            letters[i] = small(name.charAt(i));
            all |= bit(letters[i]);
        }
        if (canBeNear(length, all)) {
            measure(name);
        }
    }

    /**
     * Adds one of the names that there are. Makes no object unless it may be one of the nearest.
     *
     * @param text what it stands in, in UTF-8
     * @param from where it begins there
     * @param to where it ends
     */
    public void add(byte[] text, int from, int to) {
        int length = to - from;
        if (length > LONGEST * LETTER_BYTES) {
            return;
        }
        // Behind that many letters it is too long in any case.
        int end = Math.min(to, from + wanted.length + farthest + 1);
        long all = 0;
        for (int i = from; i < end; i++) {
            if (text[i] < 0) {
                add(new String(text, from, length, StandardCharsets.UTF_8));
                return;
            }
            all |= bit(text[i]);
        }
        if (end == to && canBeNear(length, all)) {
            add(new String(text, from, length, StandardCharsets.ISO_8859_1));
        }
    }

    /** {@return the bit of a letter, the same for large and small ones, and for some others} */
    private static long bit(int letter) {
        return 1L << (letter | 0x20);
    }

    /** {@return the same for a large letter and its small one} */
    private static char small(char letter) {
        if (letter < 0x80) {
            return letter >= 'A' && letter <= 'Z' ? (char) (letter | 0x20) : letter;
        }
        return Character.toLowerCase(Character.toUpperCase(letter));
    }

    /**
     * {@return whether a name may be one of the nearest, as far as its letters tell: each that is
     * in one of both only, in whichever place, is a difference}
     */
    private boolean canBeNear(int length, long all) {
        int longer = Math.abs(length - wanted.length);
        if (longer > farthest) {
            return false;
        }
        long lacking = wantedLetters & ~all;
        long foreign = all & ~wantedLetters;
        if (lacking == 0 && mayContainWanted(length) || foreign == 0 && mayBePart(length)) {
            return true;
        }
        int most = Math.min(slips, farthest);
        return longer <= most && Long.bitCount(lacking) <= most && Long.bitCount(foreign) <= most;
    }

    private boolean mayContainWanted(int length) {
        return wanted.length >= SHORTEST_PART && length >= wanted.length;
    }

    /** {@return whether it is most of what is wanted, if it is part of it} */
    private boolean mayBePart(int length) {
        return length >= SHORTEST_PART && length <= wanted.length && 2 * length >= wanted.length;
    }

    /** The name is in {@link #letters}. */
    private void measure(String name) {
        int length = name.length();
        int longer = Math.abs(length - wanted.length);
        boolean isPart =
                mayContainWanted(length) && contains(letters, length, wanted, wanted.length)
                        || mayBePart(length) && contains(wanted, wanted.length, letters, length);
        int limit = isPart ? longer : Math.min(slips, farthest);
        int distance = isPart ? longer : distance(length, limit);
        if (distance <= limit) {
            near.add(new Near(name, distance));
            if (near.size() > MOST) {
                near.pollLast();
            }
            if (near.size() == MOST) {
                farthest = Math.min(farthest, near.last().distance());
            }
        }
    }

    private static boolean contains(char[] whole, int length, char[] part, int partLength) {
        for (int i = 0; i <= length - partLength; i++) {
            int same = 0;
            while (same < partLength && whole[i + same] == part[same]) {
                same++;
            }
            if (same == partLength) {
                return true;
            }
        }
        return false;
    }

    /**
     * Insertions, deletions and replacements from what is wanted to the name in {@link #letters};
     * more than limit if many.
     */
    private int distance(int length, int limit) {
        if (Math.abs(wanted.length - length) > limit) {
            return limit + 1;
        }
        for (int j = 0; j <= length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= wanted.length; i++) {
            // Only near the diagonal distances can be within the limit.
            int first = Math.max(1, i - limit);
            int last = Math.min(length, i + limit);
            int diagonal = row[first - 1];
            row[first - 1] = first == 1 ? i : limit + 1;
            int least = row[first - 1];
            for (int j = first; j <= last; j++) {
                int replaced = diagonal + (wanted[i - 1] == letters[j - 1] ? 0 : 1);
                diagonal = j == i + limit ? limit + 1 : row[j];
                row[j] = Math.min(replaced, 1 + Math.min(diagonal, row[j - 1]));
                least = Math.min(least, row[j]);
            }
            if (least > limit) {
                return limit + 1;
            }
        }
        return row[length];
    }
}
