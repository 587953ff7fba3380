package dev.purebpf.link;

import dev.purebpf.btf.BtfExt;

/** Says where in the C source an instruction comes from. */
final class SourceLine {
    private SourceLine() {}

    /** {@return a line as messages quote it: {@code file.c:12: return 0;}} */
    static String describe(BtfExt.LineInfo line) {
        return line.file() + ':' + line.line() + ": " + line.text().strip();
    }
}
