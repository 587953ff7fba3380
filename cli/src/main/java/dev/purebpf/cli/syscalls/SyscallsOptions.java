package dev.purebpf.cli.syscalls;

import dev.purebpf.cli.session.Target;

/**
 * What to trace and how to show it.
 *
 * @param target whom to trace, and where the trace goes
 * @param calls whether to show each call
 * @param summary whether to show the table at the end
 * @param json whether to write for programs
 * @param color whether to highlight
 * @param buffer which kind of buffer takes the events
 * @param bufferSize its size in bytes, for each CPU if it is of the perf kind; 0 for the usual
 * @param debug whether to say more about what happens inside
 */
record SyscallsOptions(
        Target target,
        boolean calls,
        boolean summary,
        boolean json,
        Color color,
        Buffer buffer,
        long bufferSize,
        boolean debug) {

    /** The ways from the kernel to us. */
    enum Buffer {
        /** A ring buffer if the kernel has them. */
        AUTO,
        /** A ring buffer: Linux 5.8. */
        RING,
        /** A perf event array: a buffer for each CPU. */
        PERF
    }

    /** When to use color. */
    enum Color {
        /** On a terminal, unless the environment has NO_COLOR. */
        AUTO,
        /** Always. */
        ALWAYS,
        /** Never. */
        NEVER
    }
}
