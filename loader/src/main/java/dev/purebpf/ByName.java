package dev.purebpf;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;

/** Finds what users name, or says what there is instead. */
final class ByName {
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
                            + ": "
                            + instead(kind, wanted, List.copyOf(all.keySet())));
        }
        return found;
    }

    /** {@return the known names that look most like one that is not known, for a message} */
    static String instead(String kind, String wanted, List<String> known) {
        if (known.isEmpty()) {
            return "there is no " + kind + " at all";
        }
        String lower = wanted.toLowerCase(Locale.ROOT);
        List<String> similar =
                known.stream()
                        .filter(
                                k -> {
                                    String other = k.toLowerCase(Locale.ROOT);
                                    return other.contains(lower) || lower.contains(other);
                                })
                        .limit(5)
                        .toList();
        return similar.isEmpty()
                ? "there are: " + String.join(", ", known.subList(0, Math.min(20, known.size())))
                : "did you mean " + String.join(" or ", similar) + "?";
    }
}
