package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What tests that need a kernel share. */
public final class LiveKernel {
    private static final int RAW_TRACEPOINT = 17;

    private LiveKernel() {}

    /** {@return this machine's kernel; skips the test where this process may not load programs} */
    public static Kernel require() {
        assumeTrue(mayLoad(), "needs root, or CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN");
        return Kernel.host();
    }

    /**
     * Skips the test on a kernel that does not have a helper yet: each release brings new ones, so
     * this tells how old a kernel is where no feature does.
     *
     * @param kernel the kernel
     * @param helper the number of one that came when what the test needs did
     * @param needs what the test needs, and since when: {@code bloom filters (5.16)}
     */
    public static void requireHelper(Kernel kernel, int helper, String needs) {
        byte[] instructions = new Slots().call(helper).move(0, 0).exit();
        var program = new ProgramAttributes("helper", RAW_TRACEPOINT, instructions).license("GPL");
        LoadResult result = ProgramCommands.load(kernel, program, LogOptions.ON_FAILURE);
        if (result.loaded()) {
            result.fd().close();
        } else {
            assumeFalse(result.log().contains("invalid func unknown#" + helper), "needs " + needs);
        }
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
