package dev.purebpf.symbol;

import java.util.List;

/** What came of looking for a function in a file: {@link UserSymbols#find}. */
public sealed interface FunctionLookup {

    /**
     * It is there.
     *
     * @param offset where in the file its first instruction is, in bytes
     */
    record Found(long offset) implements FunctionLookup {}

    /**
     * Several functions have the name.
     *
     * @param names what tells them apart: their names with the version, or else their addresses
     */
    record Ambiguous(List<String> names) implements FunctionLookup {
        /** Copies the names. */
        public Ambiguous {
            names = List.copyOf(names);
        }
    }

    /**
     * The function is there, but not in the version that was asked for.
     *
     * @param names its names with the versions that there are
     */
    record OtherVersions(List<String> names) implements FunctionLookup {
        /** Copies the names. */
        public OtherVersions {
            names = List.copyOf(names);
        }
    }

    /** It is not there. */
    enum Missing implements FunctionLookup {
        /** The file has functions, but none of that name. */
        UNKNOWN,

        /** The file calls it, another one has it. */
        IMPORTED,

        /** It only chooses the real function, once, when the program starts ({@code IFUNC}). */
        INDIRECT,

        /** The file has no functions with names, and there is no file with its debug symbols. */
        STRIPPED
    }
}
