package dev.purebpf.cli;

import dev.purebpf.fixtures.Oracle;

import java.nio.file.Path;

/** Programs as distributions have them. */
public final class SeparateDebug {
    private SeparateDebug() {}

    /** Moves the debugging information of a program into a file beside it, to which it links. */
    public static void split(Path program) throws Exception {
        String whole = program.toString();
        String debug = whole + ".debug";
        Oracle.ask("objcopy", "--only-keep-debug", whole, debug);
        Oracle.ask("strip", whole);
        Oracle.ask("objcopy", "--add-gnu-debuglink=" + debug, whole);
    }
}
