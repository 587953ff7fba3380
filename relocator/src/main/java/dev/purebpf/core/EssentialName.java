package dev.purebpf.core;

/**
 * Names without their flavour: {@code task_struct___old} is essentially {@code task_struct}.
 *
 * <p>A flavour lets a program describe one kernel type in several ways. It is what follows the last
 * three underscores that have no underscore before and none after them.
 */
public final class EssentialName {
    private EssentialName() {}

    /** {@return how many characters of a name come before its flavour} */
    static int length(String name) {
        for (int i = name.length() - 5; i >= 0; i--) {
            if (name.charAt(i) != '_'
                    && name.startsWith("___", i + 1)
                    && name.charAt(i + 4) != '_') {
                return i + 1;
            }
        }
        return name.length();
    }

    /**
     * {@return how many bytes of a name come before its flavour}
     *
     * @param name begins with the name in UTF-8
     * @param length how many bytes it has
     */
    static int length(byte[] name, int length) {
        for (int i = length - 5; i >= 0; i--) {
            if (name[i] != '_'
                    && name[i + 1] == '_'
                    && name[i + 2] == '_'
                    && name[i + 3] == '_'
                    && name[i + 4] != '_') {
                return i + 1;
            }
        }
        return length;
    }

    /**
     * {@return a name without its flavour}
     *
     * @param name a name: {@code task_struct___old}
     */
    public static String of(String name) {
        return name.substring(0, length(name));
    }

    /** {@return whether two names are the same but for flavours} */
    static boolean same(String first, String second) {
        int length = length(first);
        return length == length(second) && first.regionMatches(0, second, 0, length);
    }
}
