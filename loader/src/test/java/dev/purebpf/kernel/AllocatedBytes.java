package dev.purebpf.kernel;

import com.sun.management.ThreadMXBean;

import java.lang.management.ManagementFactory;

/** Measures what a piece of code allocates on the Java heap once it is compiled. */
public final class AllocatedBytes {
    /** On a busy machine the compiler takes its time. */
    private static final long PATIENCE = 20_000_000_000L;

    private AllocatedBytes() {}

    /**
     * {@return the bytes that this thread allocated in the thriftiest of many rounds}
     *
     * <p>The first rounds are interpreted, which allocates; the compiler then has time to find out.
     */
    public static long of(Runnable round) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        long start = System.nanoTime();
        while (least > 0 && System.nanoTime() - start < PATIENCE) {
            long before = threads.getCurrentThreadAllocatedBytes();
            round.run();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
