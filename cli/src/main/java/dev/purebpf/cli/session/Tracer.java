package dev.purebpf.cli.session;

import java.time.Duration;

/** eBPF programs that are attached and send events. One thread uses it. */
public interface Tracer extends AutoCloseable {

    /**
     * Handles the events that are there, or those that come in time.
     *
     * @param timeout how long to wait for one
     * @return their number
     */
    int poll(Duration timeout);

    /** Ends the watching; what has been sent can still be polled. */
    void detach();

    /** Detaches and gives everything back. */
    @Override
    void close();
}
