package dev.purebpf.cli.syscalls;

/** One way to write calls down. Collects what it writes until it is flushed or has a lot. */
interface CallWriter {

    /**
     * Writes one call.
     *
     * @param event what happened
     * @param call what is known of the call that it was
     */
    void write(SyscallEvent event, Syscall call);

    /** Writes what a summary holds, after the last call. */
    void write(Summary summary);

    /** Hands all that was written to the output. */
    void flush();
}
