package dev.purebpf.cli.syscalls;

import java.util.concurrent.CountDownLatch;

/**
 * Ctrl-C, and whatever else asks the process to end: turned into a request that the tracing thread
 * sees, instead of an end in the middle of a line.
 *
 * <p>Java tells of such signals by running its shutdown hooks, and ends when they have returned. So
 * ours waits until the tracing thread has said its last word, and then ends the process with the
 * exit code of that.
 */
final class Interruption {
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook =
            new Thread("purebpf-interruption") {
                @Override
                public void run() {
                    waitForEnd();
                }
            };
    private volatile boolean requested;
    private volatile int exitCode;

    /** Listens from now on, until {@link #finish}, which must follow. */
    Interruption() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** {@return whether the process was asked to end} */
    boolean isRequested() {
        return requested;
    }

    /**
     * Lets the process end.
     *
     * @param exitCode with which code, if it was asked to end; else the caller ends it
     */
    void finish(int exitCode) {
        this.exitCode = exitCode;
        finished.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It is running already, and ends the process now.
        }
    }

    private void waitForEnd() {
        requested = true;
        try {
            finished.await();
        } catch (InterruptedException e) {
            return;
        }
        Runtime.getRuntime().halt(exitCode);
    }
}
