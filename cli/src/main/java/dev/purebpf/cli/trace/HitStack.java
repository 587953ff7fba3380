package dev.purebpf.cli.trace;

import dev.purebpf.symbol.StackFrame;

import java.util.List;

/**
 * What led to a hit, the innermost first.
 *
 * @param kernel in the kernel
 * @param user in the process
 */
record HitStack(List<StackFrame> kernel, List<StackFrame> user) {
    /** Where no stacks are shown. */
    static final HitStack NONE = new HitStack(List.of(), List.of());

    /** Copies both. */
    HitStack {
        kernel = List.copyOf(kernel);
        user = List.copyOf(user);
    }
}
