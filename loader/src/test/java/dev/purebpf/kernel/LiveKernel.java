package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What tests that need a kernel share. */
public final class LiveKernel {
    private LiveKernel() {}

    /** {@return this machine's kernel; skips the test where this process may not load programs} */
    public static Kernel require() {
        assumeTrue(mayLoad(), "needs root, or CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN");
        return Kernel.host();
    }

    private static boolean mayLoad() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("CapEff:")) {
                    long capabilities = Long.parseUnsignedLong(line.substring(7).strip(), 16);
                    long needed = 1L << 39 | 1L << 38 | 1L << 12;
                    return (capabilities & 1L << 21) != 0 || (capabilities & needed) == needed;
                }
            }
        } catch (IOException _) {
            // No /proc: not a machine to test on.
        }
        return false;
    }

    /**
     * {@return the descriptor of a program that must load; the log is the message if it does not}
     */
    public static OwnedFd load(Kernel kernel, ProgramAttributes program) {
        LoadResult result = ProgramCommands.load(kernel, program, LogOptions.ON_FAILURE);
        if (!result.loaded()) {
            throw new AssertionError(Errno.nameOf(result.errno()) + "\n" + result.log());
        }
        return result.fd();
    }
}
