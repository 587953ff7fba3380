package dev.purebpf.cli.trace;

import dev.purebpf.cli.session.Target;

import java.util.List;

/**
 * What to trace and how to show it.
 *
 * @param probes which probes
 * @param target whom to trace, and where the trace goes
 * @param count whether to count hits instead of showing them
 * @param arguments how many parameters of functions without types to show
 * @param json whether to write for programs
 */
record TraceOptions(
        List<ProbePattern> probes, Target target, boolean count, int arguments, boolean json) {}
