package dev.purebpf.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a failed call probably means on this machine and what to do about it: the text of the error,
 * followed by what the files of /proc and /sys tell about this process.
 */
final class FailureAdvice {
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_SYS_ADMIN = 21;
    private static final int CAP_PERFMON = 38;
    private static final int CAP_BPF = 39;

    private FailureAdvice() {}

    static String of(Kernel kernel, String operation, int number) {
        String text = Errno.textOf(number);
        String likely = Errno.of(number).map(errno -> likely(kernel, errno)).orElse("");
        return likely.isEmpty() ? text : text + "; " + likely;
    }

    private static String likely(Kernel kernel, Errno errno) {
        return switch (errno) {
            case EPERM, EACCES -> permission(kernel);
            case ENOMEM -> memory(kernel);
            case E2BIG ->
                    "more than the kernel takes: entries of a map that is full,"
                            + " instructions of a program, or attributes newer than this"
                            + " kernel";
            case ENOSYS ->
                    "this kernel was built without the system call (CONFIG_BPF_SYSCALL,"
                            + " CONFIG_PERF_EVENTS), or a container's seccomp filter hides it";
            case EMFILE -> "this process has too many open files: raise its limit (ulimit -n)";
            case ENFILE -> "the machine has too many open files (sysctl fs.file-max)";
            case EINVAL, ENOTSUPP, EOPNOTSUPP ->
                    "this kernel does not know what was asked for, or refuses this"
                            + " combination of type, sizes and flags";
            default -> "";
        };
    }

    private static String permission(Kernel kernel) {
        long capabilities = effectiveCapabilities(kernel);
        if (!has(capabilities, CAP_SYS_ADMIN)) {
            List<String> missing = new ArrayList<>();
            if (!has(capabilities, CAP_BPF)) {
                missing.add("CAP_BPF");
            }
            if (!has(capabilities, CAP_PERFMON)) {
                missing.add("CAP_PERFMON");
            }
            if (!missing.isEmpty()) {
                String setting = line(kernel, "/proc/sys/kernel/unprivileged_bpf_disabled");
                String disabled =
                        setting.equals("1") || setting.equals("2")
                                ? " (kernel.unprivileged_bpf_disabled is " + setting + ")"
                                : "";
                return "this process lacks "
                        + String.join(" and ", missing)
                        + disabled
                        + ": run it as root, or give it the capabilities (before Linux 5.8,"
                        + " CAP_SYS_ADMIN)";
            }
        }
        if (inUserNamespace(kernel)) {
            return "this process has its capabilities only in a user namespace, such as a"
                    + " container's: loading and raw tracepoints need a bpffs that delegates"
                    + " them to it (a BPF token, Linux 6.9); tracepoints by name, kprobes and"
                    + " uprobes need CAP_PERFMON of the machine itself";
        }
        String lockdown = line(kernel, "/sys/kernel/security/lockdown");
        if (lockdown.contains("[integrity]") || lockdown.contains("[confidentiality]")) {
            return "the kernel is locked down ("
                    + lockdown
                    + "), which forbids programs that read kernel memory: boot without Secure Boot"
                    + " or lockdown=";
        }
        if (!kernel.features().has(Feature.MEMCG_ACCOUNTING)) {
            return lockedMemory();
        }
        String network =
                has(capabilities, CAP_NET_ADMIN) || has(capabilities, CAP_SYS_ADMIN)
                        ? ""
                        : "this process lacks CAP_NET_ADMIN, which networking programs need; or ";
        return network
                + "a security module, a seccomp filter or a container forbids it, or this kernel"
                + " does not allow this kind of program";
    }

    private static String memory(Kernel kernel) {
        return kernel.features().has(Feature.MEMCG_ACCOUNTING)
                ? "the machine, or this process's memory cgroup, has too little memory"
                : lockedMemory();
    }

    private static String lockedMemory() {
        return "this kernel accounts BPF memory as locked memory, and the limit is too low: raise"
                + " it (ulimit -l unlimited, or LimitMEMLOCK=infinity of a systemd unit)";
    }

    /**
     * Whether users here are not those of the machine; that one's map has all numbers as they are.
     */
    private static boolean inUserNamespace(Kernel kernel) {
        String map = line(kernel, "/proc/self/uid_map");
        return !map.isEmpty() && !map.matches("0\\s+0\\s+4294967295");
    }

    private static boolean has(long capabilities, int capability) {
        return (capabilities >>> capability & 1) != 0;
    }

    /**
     * {@return the effective capabilities of this thread, each of which has its own; all of them
     * where that cannot be told}
     */
    private static long effectiveCapabilities(Kernel kernel) {
        String key = "CapEff:";
        String status = text(kernel, "/proc/thread-self/status");
        int start = status.indexOf(key);
        if (start >= 0) {
            int end = status.indexOf('\n', start);
            String digits = status.substring(start + key.length(), end < 0 ? status.length() : end);
            try {
                return Long.parseUnsignedLong(digits.strip(), 16);
            } catch (NumberFormatException _) {
                return -1;
            }
        }
        return -1;
    }

    private static String line(Kernel kernel, String path) {
        return text(kernel, path).strip();
    }

    private static String text(Kernel kernel, String path) {
        try {
            return new String(kernel.readFile(path), StandardCharsets.UTF_8);
        } catch (IOException _) {
            return "";
        }
    }
}
