package dev.purebpf.cli.session;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Ctrl-C, and whatever else asks the process to end: turned into a request that the tracing thread
 * sees, instead of an end in the middle of a line.
 *
 * <p>Java tells of such signals by running its shutdown hooks, and ends when they have returned. So
 * ours waits until the tracing thread has said its last word, and then ends the process with the
 * exit code of that.
 */
public final class Interruption {
    /** How often it is looked whether something keeps the tracing thread, in milliseconds. */
    private static final long LOOK = 100;

    private final Runnable watch;
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook =
            new Thread("purebpf-interruption") {
                @Override
                public void run() {
                    waitForEnd();
                }
            };
    private volatile boolean requested;
    private volatile Signal signal = Signal.INT;
    private volatile int exitCode;

    /** What asks a process to end; the number is the kernel's. */
    private enum Signal {
        HUP(1),
        INT(2),
        TERM(15);

        private final int number;

        Signal(int number) {
            this.number = number;
        }
    }

    /**
     * Listens from now on, until {@link #finish}, which must follow. Does not return if the process
     * is ending already: nothing has begun that would have to be ended in order.
     *
     * @param watch called again and again, by a thread of its own, from when the process was asked
     *     to end until it does: the tracing thread may be waiting for somebody else
     */
    public Interruption(Runnable watch) {
        this.watch = watch;
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            while (true) {
                LockSupport.park();
            }
        }
    }

    /** {@return whether the process was asked to end} */
    public boolean isRequested() {
        return requested;
    }

    /**
     * {@return whether it was asked by a signal that may have been sent to it alone, unlike Ctrl-C,
     * which a terminal sends to all that runs in front}
     */
    public boolean isForUsAlone() {
        return requested && signal != Signal.INT;
    }

    /** {@return the exit code of a shell's commands that the signal ends} */
    public int signalledExitCode() {
        return 128 + signal.number;
    }

    /**
     * Lets the process end. Does not return if it was asked to: an exit of our own would run into
     * the one under way, and Java may complain of that.
     *
     * @param exitCode with which code, if it was asked to end; else the caller ends it
     */
    public void finish(int exitCode) {
        this.exitCode = exitCode;
        finished.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            awaitEnd();
        }
    }

    /** The hook is running already, and ends the process now. */
    private void awaitEnd() {
        try {
            hook.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void waitForEnd() {
        signal = findSignal();
        requested = true;
        try {
            while (!finished.await(LOOK, TimeUnit.MILLISECONDS)) {
                watch.run();
            }
        } catch (InterruptedException e) {
            return;
        }
        Runtime.getRuntime().halt(exitCode);
    }

    /**
     * Java does not tell a shutdown hook which signal it was, but handles each in a thread that is
     * named after it, and which waits for us now.
     */
    private static Signal findSignal() {
        ThreadGroup all = Thread.currentThread().getThreadGroup();
        while (all.getParent() != null) {
            all = all.getParent();
        }
        Thread[] threads = new Thread[all.activeCount() + 16];
        int count = all.enumerate(threads);
        for (int i = 0; i < count; i++) {
            for (Signal candidate : Signal.values()) {
                if (threads[i].getName().equals("SIG" + candidate + " handler")) {
                    return candidate;
                }
            }
        }
        return Signal.INT;
    }
}
