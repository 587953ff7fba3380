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

    /**
     * Writes what was not seen, after all else, if that is for the readers of this form.
     *
     * @param lost the calls that were lost
     * @param notFollowed the processes that were not watched
     */
    void writeLosses(long lost, long notFollowed);

    /** Hands all that was written to the output. */
    void flush();
}
