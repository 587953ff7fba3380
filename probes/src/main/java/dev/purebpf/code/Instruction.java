package dev.purebpf.code;

/**
 * What of an instruction matters for finding the next one.
 *
 * @param length how many bytes it has
 * @param kind where it goes on
 * @param target for {@link Kind#JUMP} the offset to which it jumps, in the code that was decoded
 *     and maybe outside of it; else 0
 */
record Instruction(int length, Kind kind, long target) {
    /** Where a processor goes on. */
    enum Kind {
        /** With what follows, be it after a call. */
        NEXT,
        /** At the instruction's target, maybe only under a condition. */
        JUMP,
        /** At an address that is in a register or in memory. */
        INDIRECT_JUMP,
        /** With the caller of the function. */
        RETURN
    }

    static Instruction next(int length) {
        return new Instruction(length, Kind.NEXT, 0);
    }
}
