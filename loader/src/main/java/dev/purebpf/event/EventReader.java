package dev.purebpf.event;

import dev.purebpf.kernel.Epoll;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who may read, wait and close when: the part that both kinds of buffers share.
 *
 * <p>The reader holds the lock for as long as it polls. A closer sets the flag, which the reader
 * looks at before each record, rings the bell, which ends its wait, and takes the lock in its turn
 * to release everything. A handler that closes holds the lock already: then the poll releases when
 * it ends.
 */
final class EventReader {
    /** Reads what there is. */
    @FunctionalInterface
    interface Source {
        /**
         * {@return how many records were handled}
         *
         * @param ready how many keys of the epoll tell where there is something; 0 to look
         *     everywhere
         */
        int read(int ready);
    }

    private final ReentrantLock reading = new ReentrantLock();
    private final Epoll epoll;
    private final String name;
    private final Runnable release;
    private volatile boolean closed;
    private boolean released;

    /**
     * Prepares to read.
     *
     * @param epoll tells when there is something to read; closed with the reader
     * @param name what is read, for messages
     * @param release releases everything but the epoll
     */
    EventReader(Epoll epoll, String name, Runnable release) {
        this.epoll = epoll;
        this.name = name;
        this.release = release;
    }

    boolean closed() {
        return closed;
    }

    int poll(Duration timeout, Source source) {
        long deadline = Epoll.deadline(timeout);
        if (reading.isHeldByCurrentThread()) {
            throw new IllegalStateException("the handler of " + name + " polls it");
        } else if (!reading.tryLock()) {
            throw new IllegalStateException(
                    closed ? name + " is closed" : "another thread is reading " + name);
        }
        try {
            if (closed) {
                throw new IllegalStateException(name + " is closed");
            }
            // Read before waiting: programs may suppress wake-ups (BPF_RB_NO_WAKEUP), and an
            // earlier poll may have left records behind.
            int count = source.read(0);
            while (count == 0 && !closed && deadline - System.nanoTime() > 0) {
                int ready = epoll.await(deadline);
                count = closed ? 0 : source.read(ready);
            }
            return count;
        } finally {
            if (closed) {
                releaseOnce();
            }
            reading.unlock();
        }
    }

    void close() {
        boolean first = !closed;
        closed = true;
        if (reading.isHeldByCurrentThread()) {
            return;
        }
        if (first) {
            epoll.wake();
        }
        reading.lock();
        try {
            releaseOnce();
        } finally {
            reading.unlock();
        }
    }

    private void releaseOnce() {
        if (!released) {
            released = true;
            try {
                release.run();
            } finally {
                epoll.close();
            }
        }
    }
}
