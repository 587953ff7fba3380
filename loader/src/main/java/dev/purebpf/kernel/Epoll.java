package dev.purebpf.kernel;

import dev.purebpf.error.KernelException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/**
 * Waits for descriptors to become readable, and can be woken by any thread.
 *
 * <p>{@link #await} and {@link #close} must not run at the same time: the owner sees to that, by
 * {@link #wake} and by waiting for the waiting thread to come back.
 */
public final class Epoll implements AutoCloseable {
    private static final int ADD = 1;
    private static final int READABLE = 1;
    private static final long WAKE_KEY = -1;

    private final Kernel kernel;
    private final Arena arena;
    private final OwnedFd epoll;
    private final OwnedFd bell;
    private final MemorySegment events;
    private final MemorySegment ring;
    private final int capacity;

    /**
     * Opens a waiter.
     *
     * @param kernel the kernel
     * @param capacity how many descriptors at most one wait tells about
     * @throws KernelException if there are too many open descriptors
     */
    public Epoll(Kernel kernel, int capacity) {
        this.kernel = kernel;
        this.capacity = capacity + 1;
        this.arena = Arena.ofShared();
        OwnedFd opened = null;
        OwnedFd eventFd = null;
        try {
            events =
                    arena.allocate(
                            (long) this.capacity * kernel.architecture().epollEventSize(), 8);
            ring = arena.allocate(ValueLayout.JAVA_LONG);
            ring.set(ValueLayout.JAVA_LONG, 0, 1);
            opened = OwnedFd.of(kernel, kernel.epollCreate(), "opening an epoll descriptor");
            eventFd = OwnedFd.of(kernel, kernel.eventFd(), "opening an event descriptor");
            epoll = opened;
            bell = eventFd;
            add(bell.number(), WAKE_KEY);
        } catch (RuntimeException | Error e) {
            if (eventFd != null) {
                eventFd.close();
            }
            if (opened != null) {
                opened.close();
            }
            arena.close();
            throw e;
        }
    }

    /**
     * Watches a descriptor for being readable, level-triggered.
     *
     * @param fd the descriptor
     * @param key what {@link #key} tells about it, not negative
     * @throws KernelException if the kernel refuses
     */
    public void add(int fd, long key) {
        kernel.check(
                kernel.epollControl(epoll.number(), ADD, fd, READABLE, key),
                "waiting for a descriptor");
    }

    /**
     * Waits. A signal does not end it early.
     *
     * @param deadline the time of {@link System#nanoTime} to give up at
     * @return how many of the watched descriptors are readable; 0 when time ran out or it was woken
     * @throws KernelException if the kernel refuses
     */
    public int await(long deadline) {
        while (true) {
            long left = deadline - System.nanoTime();
            // Rounded up, or the last millisecond would be spent asking again and again.
            int millis = left <= 0 ? 0 : (int) Math.min((left + 999_999) / 1_000_000, 1 << 30);
            long result = kernel.epollWait(epoll.number(), events, capacity, millis);
            if (result > 0) {
                return awaited((int) result);
            } else if (result < 0 && !Errno.EINTR.is(result)) {
                throw kernel.failure(result, "waiting for events");
            } else if (deadline - System.nanoTime() <= 0) {
                return 0;
            }
        }
    }

    /** Moves the bell, if it rang, behind the descriptors. */
    private int awaited(int count) {
        int size = kernel.architecture().epollEventSize();
        for (int i = 0; i < count; i++) {
            if (key(i) == WAKE_KEY) {
                MemorySegment.copy(
                        events, (long) (count - 1) * size, events, (long) i * size, size);
                return count - 1;
            }
        }
        return count;
    }

    /**
     * {@return the key of a readable descriptor}
     *
     * @param index less than what {@link #await} returned
     */
    public long key(int index) {
        Architecture machine = kernel.architecture();
        return events.get(
                ValueLayout.JAVA_LONG_UNALIGNED,
                (long) index * machine.epollEventSize() + machine.epollDataOffset());
    }

    /**
     * Ends the wait at hand and all later ones at once. Any thread may call it, also after the
     * close.
     */
    public synchronized void wake() {
        if (bell.isOpen()) {
            kernel.write(bell.number(), ring, Long.BYTES);
        }
    }

    /**
     * {@return the time of {@link System#nanoTime} after a duration; very long ones end in a
     * century}
     *
     * @param timeout how long, not negative
     */
    public static long deadline(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("a negative timeout: " + timeout);
        }
        long century = 100L * 365 * 24 * 3600;
        return System.nanoTime()
                + (timeout.getSeconds() >= century ? century * 1_000_000_000 : timeout.toNanos());
    }

    /** Closes what it opened, not what it watches. */
    @Override
    public synchronized void close() {
        epoll.close();
        bell.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
