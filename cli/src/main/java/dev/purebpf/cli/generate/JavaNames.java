package dev.purebpf.cli.generate;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Names of one scope of the generated class: made from those of C, fit for Java, each given once. A
 * name that is taken, or a word of Java, gets underscores at its end, which the library's codecs
 * take for the same name.
 */
final class JavaNames {
    private static final Set<String> WORDS =
            Set.of(
                    "_",
                    "abstract",
                    "assert",
                    "boolean",
                    "break",
                    "byte",
                    "case",
                    "catch",
                    "char",
                    "class",
                    "const",
                    "continue",
                    "default",
                    "do",
                    "double",
                    "else",
                    "enum",
                    "extends",
                    "false",
                    "final",
                    "finally",
                    "float",
                    "for",
                    "goto",
                    "if",
                    "implements",
                    "import",
                    "instanceof",
                    "int",
                    "interface",
                    "long",
                    "native",
                    "new",
                    "null",
                    "package",
                    "private",
                    "protected",
                    "public",
                    "return",
                    "short",
                    "static",
                    "strictfp",
                    "super",
                    "switch",
                    "synchronized",
                    "this",
                    "throw",
                    "throws",
                    "transient",
                    "true",
                    "try",
                    "void",
                    "volatile",
                    "while");

    /** Words that no type may be called. */
    private static final Set<String> TYPE_WORDS =
            Set.of("permits", "record", "sealed", "var", "when", "with", "yield");

    private final Set<String> taken;

    /**
     * Makes a scope.
     *
     * @param taken the names that are not to be given
     */
    JavaNames(Set<String> taken) {
        this.taken = new HashSet<>(taken);
    }

    /** {@return the name, or as much like it as is free; taken from now on} */
    String give(String name) {
        String free = name;
        while (WORDS.contains(free) || !taken.add(free)) {
            free += "_";
        }
        return free;
    }

    /** {@return whether a word may be the name of a class or a part of a package's name} */
    static boolean isName(String word) {
        return isIdentifier(word) && !WORDS.contains(word) && !TYPE_WORDS.contains(word);
    }

    private static boolean isIdentifier(String word) {
        return !word.isEmpty()
                && Character.isJavaIdentifierStart(word.codePointAt(0))
                && word.codePoints().allMatch(c -> isPart(c));
    }

    private static boolean isPart(int c) {
        return Character.isJavaIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
    }

    /** {@return {@code start_ns} as {@code startNs}, {@code PID} as {@code pid}} */
    static String ofMember(String inC) {
        String name = ofType(inC);
        int upper = 0;
        while (upper < name.length() && Character.isUpperCase(name.charAt(upper))) {
            upper++;
        }
        // Of IPAddress the last letter of the first capitals begins a word.
        int lower = upper > 1 && upper < name.length() ? upper - 1 : upper;
        return name.substring(0, lower).toLowerCase(Locale.ROOT) + name.substring(lower);
    }

    /** {@return {@code sys_call} as {@code SysCall}} */
    static String ofType(String inC) {
        StringBuilder name = new StringBuilder();
        for (String word : clean(inC).split("_", -1)) {
            if (!word.isEmpty()) {
                boolean shouted = word.equals(word.toUpperCase(Locale.ROOT));
                name.append(word.substring(0, 1).toUpperCase(Locale.ROOT));
                name.append(
                        shouted ? word.substring(1).toLowerCase(Locale.ROOT) : word.substring(1));
            }
        }
        return startable(name.toString());
    }

    /** {@return {@code percpu_array} as {@code PERCPU_ARRAY}} */
    static String ofConstant(String inC) {
        return startable(clean(inC).toUpperCase(Locale.ROOT));
    }

    /** {@return the name as it is, as far as Java can have it} */
    static String asItIs(String inC) {
        return startable(clean(inC));
    }

    private static String clean(String inC) {
        StringBuilder name = new StringBuilder();
        inC.codePoints().forEach(c -> name.appendCodePoint(isPart(c) ? c : '_'));
        return name.toString();
    }

    private static String startable(String name) {
        return !name.isEmpty() && Character.isJavaIdentifierStart(name.codePointAt(0))
                ? name
                : "_" + name;
    }
}
