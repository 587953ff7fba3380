package dev.purebpf.probe;

import dev.purebpf.error.BpfException;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.KernelSymbols;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.stream.Collectors;

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
        KernelSymbols symbols;
        try {
            symbols = Kallsyms.load(kernel);
        } catch (IOException e) {
            return null;
        }
        long[] addresses = symbols.addresses(function);
        if (addresses.length == 0) {
            Collection<String> near = symbols.functions(function.length() / 3 + 2, function);
            return "this kernel has no function of that name: it may be inlined, or be called"
                    + " otherwise in this version"
                    + NearestNames.say(function, near);
        }
        if (isBlacklisted(kernel, function)) {
            return "the kernel allows no probe in this function, it is on its blacklist ("
                    + BLACKLIST
                    + ")";
        }
        if (addresses.length > 1) {
            return addresses.length
                    + " functions of this kernel have that name; choose one by"
                    + " Kprobe.ofAddress, of "
                    + Arrays.stream(addresses)
                            .mapToObj(address -> "0x" + Long.toHexString(address))
                            .collect(Collectors.joining(", "));
        }
        return probe.offset() == 0 ? null : between(probe);
    }

    private static String between(Kprobe probe) {
        return "no instruction that can be probed begins at offset "
                + probe.offset()
                + " of this function";
    }

    private static boolean isBlacklisted(Kernel kernel, String function) {
        try {
            String list = new String(kernel.readFile(BLACKLIST), StandardCharsets.UTF_8);
            return list.contains("\t" + function + "\n");
        } catch (IOException e) {
            return false;
        }
    }
}
