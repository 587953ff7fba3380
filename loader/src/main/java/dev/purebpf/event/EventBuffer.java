package dev.purebpf.event;

import java.time.Duration;

/**
 * Where the records of BPF programs arrive, whichever way the kernel carries them: {@link
 * RingBuffer} since Linux 5.8, {@link PerfBuffer} before.
 *
 * <p>One thread reads; a second one reading at the same time gets an {@link IllegalStateException}.
 * Any thread may close, also while another one waits or reads, and also the handler itself. After
 * the close a poll is an {@link IllegalStateException}. Reading allocates nothing.
 */
public sealed interface EventBuffer extends AutoCloseable permits RingBuffer, PerfBuffer {
    /**
     * {@return how many records were handled, 0 when there was none in time or the buffer was
     * closed meanwhile}
     *
     * <p>Reads what is there; only if there is nothing, waits for something and reads that. It
     * returns after at most one buffer's worth of bytes, even when programs write faster than the
     * handler reads, and what is left then is read by the next poll.
     *
     * <p>Neither a signal nor an interrupt of the thread ends the wait; a close does.
     *
     * @param timeout how long to wait for a record, not negative; zero only reads
     * @throws IllegalStateException if it is closed, being read by another thread, or its content
     *     is corrupt
     * @throws dev.purebpf.error.KernelException if waiting fails
     */
    int poll(Duration timeout);

    /** {@return how many records were handled, without waiting: {@code poll(Duration.ZERO)}} */
    default int consume() {
        return poll(Duration.ZERO);
    }

    /**
     * {@return how many records the kernel says were lost so far because the buffer was full}
     *
     * <p>Always 0 for a ring buffer, which refuses a reservation and tells nobody but the program:
     * programs count that themselves. For a perf buffer the same records for which {@code
     * bpf_perf_event_output} returned an error to the program, as far as the kernel has reported
     * them: it reports with the next record that finds room. Any thread may ask, also after the
     * close.
     */
    long lost();

    /**
     * Stops reading and releases memory and descriptors, once.
     *
     * <p>When another thread is reading, wakes it and waits until it is done with the record at
     * hand: after the close the handler does not run any more. A handler must therefore not wait
     * for a thread that closes; closing from within the handler is fine and takes effect when the
     * handler returns.
     */
    @Override
    void close();
}
