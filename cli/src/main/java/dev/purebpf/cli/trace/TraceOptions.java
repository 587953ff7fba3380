package dev.purebpf.cli.trace;

import java.nio.file.Path;
import java.util.List;

/**
 * What to trace and how to show it.
 *
 * @param probes which probes
 * @param pid the process to watch; 0 if none was named
 * @param command the command to run and watch, with its arguments; empty if none
 * @param file where the trace goes; {@code null} for a standard stream
 * @param count whether to count hits instead of showing them
 * @param arguments how many parameters of functions without types to show
 * @param json whether to write for programs
 */
record TraceOptions(
        List<ProbePattern> probes,
        int pid,
        List<String> command,
        Path file,
        boolean count,
        int arguments,
        boolean json) {}
