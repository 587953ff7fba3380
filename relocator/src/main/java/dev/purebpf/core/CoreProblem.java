package dev.purebpf.core;

import java.io.Serial;

/**
 * Why a relocation cannot be done. {@link CoreRelocator} adds where, and makes it a {@link
 * dev.purebpf.error.RelocationException}.
 */
final class CoreProblem extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    CoreProblem(String problem) {
        super(problem, null, false, false);
    }
}
