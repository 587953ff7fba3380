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
        if (errno == Errno.EPERM.number() || errno == Errno.EACCES.number()) {
            return kernel.failure(-errno, probe.operation());
        }
        String reason =
                probe.function().isEmpty() ? atAddress(errno) : inFunction(kernel, probe, errno);
        if (reason == null) {
            return kernel.failure(-errno, probe.operation());
        }
        return new KernelException(probe.operation(), errno, Errno.nameOf(errno), reason);
    }

    private static String atAddress(int errno) {
        return switch (Errno.of(errno)) {
            case ENOENT, EINVAL, EILSEQ, EFAULT ->
                    "no instruction that can be probed begins at this address";
            case null, default -> null;
        };
    }

    private static String inFunction(Kernel kernel, Kprobe probe, int errno) {
        return switch (Errno.of(errno)) {
            case EILSEQ -> between(probe);
            case ENOENT, EINVAL, EADDRNOTAVAIL -> unlikeOthers(kernel, probe);
            // It is not about the function; looking for it among all takes a while.
            case null, default -> null;
        };
    }

    private static String unlikeOthers(Kernel kernel, Kprobe probe) {
        String function = probe.function();
        KernelSymbols symbols = FunctionRefusal.symbols(kernel).orElse(null);
        if (symbols == null) {
            return null;
        }
        return FunctionRefusal.missing(symbols, function)
                .or(() -> blacklisted(kernel, function))
                .or(() -> FunctionRefusal.several(symbols, function, "Kprobe.ofAddress"))
                .orElseGet(() -> probe.offset() == 0 ? null : between(probe));
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
