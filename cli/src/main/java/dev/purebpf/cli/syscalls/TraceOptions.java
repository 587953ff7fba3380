package dev.purebpf.cli.syscalls;

import java.nio.file.Path;
import java.util.List;

/**
 * What to trace and how to show it.
 *
 * @param pid the process to watch; 0 if none was named
 * @param command the command to run and watch, with its arguments; empty if none
 * @param file where the trace goes; {@code null} for a standard stream
 * @param calls whether to show each call
 * @param summary whether to show the table at the end
 * @param json whether to write for programs
 * @param color whether to highlight
 * @param buffer which kind of buffer takes the events
 * @param bufferSize its size in bytes, for each CPU if it is of the perf kind; 0 for the usual
 * @param debug whether to say more about what happens inside
 */
record TraceOptions(
        int pid,
        List<String> command,
        Path file,
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

    /** {@return whether neither a process nor a command was named} */
    boolean wholeMachine() {
        return pid == 0 && command.isEmpty();
    }
}
