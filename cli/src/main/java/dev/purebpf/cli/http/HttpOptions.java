package dev.purebpf.cli.http;

import dev.purebpf.cli.session.Target;

/**
 * What to trace and how to show it.
 *
 * @param target whom to trace, and where the trace goes
 * @param headers whether to show all header fields
 * @param json whether to write for programs
 * @param via how to get at system calls
 * @param capture the bytes that are looked at of each buffer that is read or written
 * @param bufferSize room for events on their way, in bytes; 0 for the usual
 */
record HttpOptions(
        Target target, boolean headers, boolean json, Via via, int capture, long bufferSize) {

    /** The ways to get at system calls. */
    enum Via {
        /** Kprobes where the kernel has them. */
        AUTO,
        /** Kprobes of the system calls that move data. */
        KPROBE,
        /** The tracepoint of all system calls. */
        TRACEPOINT
    }
}
