package dev.purebpf.kernel;

import dev.purebpf.insn.HelperFunction;
import dev.purebpf.link.ProgramType;

/**
 * Tries whether a kernel has a helper, by a program that calls it. Whatever the verifier says of
 * the arguments comes after the answer to that.
 */
final class HelperProbes {
    /** How the verifier begins when it has no helper of the number. */
    private static final String INVALID = "invalid func ";

    /** When it does not lend it to programs of the type: until 6.9, and since. */
    private static final String UNKNOWN = "unknown func ";

    private static final String WITHHELD = "program of this type cannot use helper ";

    private HelperProbes() {}

    /** {@return whether any program may call a helper} */
    static Support run(Kernel kernel, HelperFunction helper) {
        LoadResult result = call(kernel, helper, ProgramType.SOCKET_FILTER);
        return said(result, !result.log().contains(INVALID));
    }

    /** {@return whether programs of a type may call a helper} */
    static Support run(Kernel kernel, HelperFunction helper, ProgramType type) {
        LoadResult result = call(kernel, helper, type);
        String log = result.log();
        return said(
                result,
                !log.contains(INVALID) && !log.contains(UNKNOWN) && !log.contains(WITHHELD));
    }

    private static LoadResult call(Kernel kernel, HelperFunction helper, ProgramType type) {
        return ProgramTypeProbes.load(
                kernel, type, FeatureProbes.call(helper.number()), FeatureProbes.EXIT);
    }

    private static Support said(LoadResult result, boolean known) {
        if (!result.loaded() && result.log().isEmpty()) {
            return Support.of(-result.errno());
        }
        return known ? Support.YES : Support.NO;
    }
}
