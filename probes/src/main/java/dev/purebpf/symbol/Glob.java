package dev.purebpf.symbol;

/**
 * A pattern for names, of which {@code *} stands for any characters and {@code ?} for any one; all
 * others for themselves. Takes no more time than the lengths of pattern and name multiplied.
 *
 * @param pattern such as {@code vfs_*}
 */
public record Glob(String pattern) {

    /**
     * {@return whether a text is more than a name}
     *
     * @param text a name or a pattern
     */
    public static boolean isGlob(String text) {
        return text.indexOf('*') >= 0 || text.indexOf('?') >= 0;
    }

    /** {@return what all names begin with that the pattern stands for} */
    public String prefix() {
        int end = 0;
        while (end < pattern.length() && pattern.charAt(end) != '*' && pattern.charAt(end) != '?') {
            end++;
        }
        return pattern.substring(0, end);
    }

    /**
     * {@return whether the pattern stands for a name}
     *
     * @param name the whole name
     */
    public boolean matches(String name) {
        int p = 0;
        int n = 0;
        int star = -1;
        int afterStar = 0;
        while (n < name.length()) {
            char wanted = p < pattern.length() ? pattern.charAt(p) : 0;
            if (wanted == '*') {
                star = p++;
                afterStar = n;
            } else if (p < pattern.length() && (wanted == '?' || wanted == name.charAt(n))) {
                p++;
                n++;
            } else if (star >= 0) {
                // The last star takes one character more; what earlier ones took never matters.
                p = star + 1;
                n = ++afterStar;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
