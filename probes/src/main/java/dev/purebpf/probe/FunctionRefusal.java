package dev.purebpf.probe;

import dev.purebpf.error.KernelException;
import dev.purebpf.error.NearestNames;
import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.KernelSymbols;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.TraceableFunctions;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What is special about a function of the kernel that a program could not be attached to. The
 * kernel's error numbers say little, so its lists are read, once it has refused.
 */
final class FunctionRefusal {
    private FunctionRefusal() {}

    /** {@return the kernel's symbols; empty if they cannot be read} */
    static Optional<KernelSymbols> symbols(Kernel kernel) {
        try {
            return Optional.of(Kallsyms.load(kernel));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** {@return that there is no such function, and which there are; empty if there is one} */
    static Optional<String> missing(KernelSymbols symbols, String function) {
        if (symbols.addresses(function).length > 0) {
            return Optional.empty();
        }
        NearestNames near = NearestNames.ofLengthLike(function);
        symbols.addFunctions(near);
        return Optional.of(
                "this kernel has no function "
                        + function
                        + ": it may be inlined, or be called otherwise in this version"
                        + near.say());
    }

    /**
     * {@return that there are several functions of the name, and where; empty if there is one}
     *
     * @param choice how one of them is named
     */
    static Optional<String> several(KernelSymbols symbols, String function, String choice) {
        long[] addresses = symbols.addresses(function);
        if (addresses.length < 2) {
            return Optional.empty();
        }
        return Optional.of(
                addresses.length
                        + " functions of this kernel are called "
                        + function
                        + "; choose one by "
                        + choice
                        + ", of "
                        + Arrays.stream(addresses)
                                .mapToObj(address -> "0x" + Long.toHexString(address))
                                .collect(Collectors.joining(", ")));
    }

    /**
     * {@return that a function cannot be traced by its begin; empty if it can, or if the list of
     * those that can be cannot be read}
     */
    static Optional<String> untraceable(Kernel kernel, String function) {
        try {
            var found =
                    TraceableFunctions.names(
                            kernel, Tracefs.MACHINE.root("explaining"), new Glob(function));
            return found.isEmpty()
                    ? Optional.of(
                            function
                                    + " cannot be traced by its begin, as tracing itself may need"
                                    + " it (notrace): tracefs lists in available_filter_functions"
                                    + " those that can; a kprobe may do")
                    : Optional.empty();
        } catch (IOException | KernelException e) {
            return Optional.empty();
        }
    }
}
