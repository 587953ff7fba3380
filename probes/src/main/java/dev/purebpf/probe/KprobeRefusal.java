package dev.purebpf.probe;

import dev.purebpf.error.BpfException;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.KernelSymbols;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Why the kernel refused a kprobe, found out after it did: the error number says little. */
final class KprobeRefusal {
    private static final String BLACKLIST = "/sys/kernel/debug/kprobes/blacklist";

    private KprobeRefusal() {}

    static BpfException of(Kernel kernel, Kprobe probe, int errno) {
        KernelException failure = kernel.failure(-errno, probe.operation());
        return Errno.of(errno)
                .flatMap(
                        error ->
                                probe.function().isEmpty()
                                        ? atAddress(error)
                                        : inFunction(kernel, probe, error))
                .map(failure::because)
                .orElse(failure);
    }

    private static Optional<String> atAddress(Errno errno) {
        return switch (errno) {
            case ENOENT, EINVAL, EILSEQ, EFAULT ->
                    Optional.of("no instruction that can be probed begins at this address");
            default -> Optional.empty();
        };
    }

    private static Optional<String> inFunction(Kernel kernel, Kprobe probe, Errno errno) {
        return switch (errno) {
            case EILSEQ -> Optional.of(between(probe));
            case ENOENT, EINVAL, EADDRNOTAVAIL ->
                    FunctionRefusal.symbols(kernel)
                            .flatMap(symbols -> unlikeOthers(kernel, symbols, probe));
            // It is not about the function; looking for it among all takes a while.
            default -> Optional.empty();
        };
    }

    private static Optional<String> unlikeOthers(
            Kernel kernel, KernelSymbols symbols, Kprobe probe) {
        String function = probe.function();
        return FunctionRefusal.missing(symbols, function)
                .or(() -> blacklisted(kernel, function))
                .or(() -> FunctionRefusal.several(symbols, function, "Kprobe.ofAddress"))
                .or(() -> probe.offset() == 0 ? Optional.empty() : Optional.of(between(probe)));
    }

    private static String between(Kprobe probe) {
        return "no instruction that can be probed begins at offset "
                + probe.offset()
                + " of this function";
    }

    private static Optional<String> blacklisted(Kernel kernel, String function) {
        try {
            String list = new String(kernel.readFile(BLACKLIST), StandardCharsets.UTF_8);
            return list.contains("\t" + function + "\n")
                    ? Optional.of(
                            "the kernel allows no probe in "
                                    + function
                                    + ", it is on its blacklist ("
                                    + BLACKLIST
                                    + ")")
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
