package dev.purebpf;

import dev.purebpf.error.NearestNames;

import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/** Finds what users name, or says what there is instead. */
final class ByName {
    /** How many names are shown where none comes near. */
    private static final int SHOWN = 20;

    private ByName() {}

    /**
     * {@return what has a name}
     *
     * @param owner what it should belong to, for a message
     * @param kind what it should be: {@code map}, {@code loaded program}
     * @throws NoSuchElementException if there is none of that name
     */
    static <T> T find(Map<String, T> all, String owner, String kind, String wanted) {
        T found = all.get(wanted);
        if (found == null) {
            throw new NoSuchElementException(
                    owner
                            + " has no "
                            + kind
                            + " "
                            + wanted
                            + instead(kind, wanted, List.copyOf(all.keySet())));
        }
        return found;
    }

    /** {@return what there is instead of a name, as the end of a message} */
    static String instead(String kind, String wanted, List<String> known) {
        if (known.isEmpty()) {
            return "; there is no " + kind + " at all";
        }
        String nearest = NearestNames.say(wanted, known);
        return nearest.isEmpty()
                ? "; there are: "
                        + String.join(", ", known.subList(0, Math.min(SHOWN, known.size())))
                : nearest;
    }
}
