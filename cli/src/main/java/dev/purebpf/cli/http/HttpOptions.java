package dev.purebpf.cli.http;

import java.nio.file.Path;
import java.util.List;

/**
 * What to trace and how to show it.
 *
 * @param pid the process to watch; 0 if none was named
 * @param command the command to run and watch, with its arguments; empty if none
 * @param file where the trace goes; {@code null} for a standard stream
 * @param headers whether to show all header fields
 * @param json whether to write for programs
 * @param via how to get at system calls
 * @param capture the bytes that are looked at of each buffer that is read or written
 */
record HttpOptions(
        int pid,
        List<String> command,
        Path file,
        boolean headers,
        boolean json,
        Via via,
        int capture) {

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
