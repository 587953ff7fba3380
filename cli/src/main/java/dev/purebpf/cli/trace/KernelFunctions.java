package dev.purebpf.cli.trace;

import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.KprobeMulti;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.TraceableFunction;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The functions of the kernel that patterns name. Begin and end are mostly traced by the same
 * pattern, for which the kernel's long lists are read once.
 */
final class KernelFunctions {
    private final Map<String, List<TraceableFunction>> known = new HashMap<>();

    /** {@return the functions whose names a pattern matches, by ascending address} */
    List<TraceableFunction> matching(String pattern) {
        return known.computeIfAbsent(
                pattern, name -> KprobeMulti.functions(Kernel.host(), new Glob(name)));
    }
}
