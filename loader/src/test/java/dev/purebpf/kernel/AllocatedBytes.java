package dev.purebpf.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
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
        return of(round, 0);
    }

    /**
     * {@return the bytes that this thread allocated in the thriftiest of many rounds}
     *
     * @param round what is measured
     * @param expected how few bytes end the rounds early
     */
    public static long of(Runnable round, long expected) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        long start = System.nanoTime();
        while (least > expected && System.nanoTime() - start < PATIENCE) {
            long before = threads.getCurrentThreadAllocatedBytes();
            round.run();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    /** {@return the bytes that each of ten rounds in a row allocated on this thread} */
    public static long steady(Runnable round) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long last = -1;
        int same = 0;
        long start = System.nanoTime();
        while (same < 10 && System.nanoTime() - start < PATIENCE) {
            long before = threads.getCurrentThreadAllocatedBytes();
            round.run();
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            same = allocated == last ? same + 1 : 1;
            last = allocated;
        }
        return last;
    }

    /**
     * {@return whether this Java has, and uses, the compiler that finds what need not be allocated}
     */
    public static boolean optimisingCompiler() {
        var machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return Integer.parseInt(machine.getVMOption("TieredStopAtLevel").getValue()) == 4;
    }
}
