package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import dev.purebpf.error.MalformedObjectException;

import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * Runs readers over files that mean harm: nothing but a refusal may come of it, soon, and without
 * much memory.
 */
public final class Hostile {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Hostile() {}

    /**
     * Reads; a {@link MalformedObjectException} is fine, everything else fails the test.
     *
     * @param inputSize how many bytes the file has: memory is bounded by it
     * @param reader reads all there is
     * @return whether the reader got to its end
     */
    public static boolean survives(int inputSize, Runnable reader) {
        return assertTimeoutPreemptively(
                Duration.ofSeconds(30),
                () -> {
                    long before = THREADS.getCurrentThreadAllocatedBytes();
                    boolean complete = true;
                    try {
                        reader.run();
                    } catch (MalformedObjectException e) {
                        assertTrue(e.getMessage().startsWith(e.file() + ": "), e::getMessage);
                        complete = false;
                    }
                    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
                    assertTrue(
                            allocated < (64L << 20) + 1000L * inputSize,
                            () -> allocated + " bytes allocated for a file of " + inputSize);
                    return complete;
                });
    }

    /**
     * Asks something of types that may make no sense.
     *
     * @param question the question; only a {@link MalformedObjectException} may come of it
     */
    public static void refusesOrAnswers(Runnable question) {
        try {
            question.run();
        } catch (MalformedObjectException expected) {
            assertTrue(expected.getMessage().contains(expected.problem()), expected::getMessage);
        }
    }
}
