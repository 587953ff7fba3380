package dev.purebpf.cli.go;

import dev.purebpf.symbol.Glob;

/**
 * What people write for one function or several. Without type arguments it stands for the function
 * with any: {@code main.Sum} and {@code main.Sum[...]} for {@code main.Sum[go.shape.int]}.
 *
 * @param text a full name, or a pattern with {@code *} and {@code ?}
 */
record FunctionPattern(String text) {
    /** What Go puts for type arguments where names are to be short. */
    private static final String ANY = "[...]";

    /** {@return whether it can stand for several} */
    boolean isPattern() {
        // The star in the name of a method of a pointer is only that.
        return Glob.isGlob(withoutTypes(text).replace("(*", "("));
    }

    /** {@return what all names begin with that it stands for} */
    String prefix() {
        String prefix = isPattern() ? new Glob(text).prefix() : text;
        // Behind the name of a function or type, its type arguments may follow.
        int name = prefix.indexOf('.', prefix.lastIndexOf('/') + 1) + 1;
        while (name < prefix.length() && "(*".indexOf(prefix.charAt(name)) >= 0) {
            name++;
        }
        while (name < prefix.length() && ".)[".indexOf(prefix.charAt(name)) < 0) {
            name++;
        }
        return prefix.substring(0, name);
    }

    /**
     * {@return whether it stands for a function}
     *
     * @param name the function's full name
     */
    boolean matches(String name) {
        boolean hasTypes = text.indexOf('[') >= 0 && !text.contains(ANY);
        return hasTypes
                ? matches(text, name)
                : matches(withoutTypes(text), withoutTypes(name)) || matches(text, name);
    }

    /**
     * {@return whether it may stand for a function of whose name only a short form is known}
     *
     * @param name the name as Go's table of functions has it
     */
    boolean mayMatch(String name) {
        return matches(name)
                || name.contains(ANY) && matches(withoutTypes(text), withoutTypes(name));
    }

    private boolean matches(String wanted, String name) {
        return isPattern() ? new Glob(wanted).matches(name) : wanted.equals(name);
    }

    /** {@return a name without what is in brackets} */
    static String withoutTypes(String name) {
        if (name.indexOf('[') < 0) {
            return name;
        }
        StringBuilder rest = new StringBuilder();
        int depth = 0;
        for (int i = 0; i < name.length(); i++) {
            char next = name.charAt(i);
            depth += next == '[' ? 1 : 0;
            if (depth == 0) {
                rest.append(next);
            }
            depth -= next == ']' && depth > 0 ? 1 : 0;
        }
        return rest.toString();
    }
}
