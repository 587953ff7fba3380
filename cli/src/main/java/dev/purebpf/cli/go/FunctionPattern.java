package dev.purebpf.cli.go;

import dev.purebpf.symbol.Glob;

/**
 * What people write for one function or several.
 *
 * @param text a full name, or a pattern with {@code *} and {@code ?}
 */
record FunctionPattern(String text) {

    /** {@return whether it can stand for several} */
    boolean isPattern() {
        // The star in the name of a method of a pointer is only that.
        return Glob.isGlob(text.replace("(*", "("));
    }

    /** {@return what all names begin with that it stands for} */
    String prefix() {
        return isPattern() ? new Glob(text).prefix() : text;
    }

    /**
     * {@return whether it stands for a function}
     *
     * @param name the function's full name
     */
    boolean matches(String name) {
        return isPattern() ? new Glob(text).matches(name) : text.equals(name);
    }
}
