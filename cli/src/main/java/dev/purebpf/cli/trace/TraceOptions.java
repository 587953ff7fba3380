package dev.purebpf.cli.trace;

import dev.purebpf.cli.session.Target;
import dev.purebpf.cli.session.Terminal;

import java.time.Duration;
import java.util.List;

/**
 * What to trace and how to show it.
 *
 * @param probes which probes
 * @param target whom to trace, and where the trace goes
 * @param count whether to count hits instead of showing them
 * @param stacks whether to show what led to a hit, too
 * @param arguments how many parameters of functions without types to show
 * @param duration when to end in any case; {@code null} for never
 * @param json whether to write for programs
 */
record TraceOptions(
        List<ProbePattern> probes,
        Target target,
        boolean count,
        boolean stacks,
        int arguments,
        Duration duration,
        boolean json) {

    /** {@return whether the counts are shown while they grow: to somebody who sees nothing else} */
    boolean isLive() {
        return count
                && !json
                && target.command().isEmpty()
                && target.file() == null
                && Terminal.OUTPUT.isPresent();
    }
}
