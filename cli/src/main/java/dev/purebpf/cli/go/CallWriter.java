package dev.purebpf.cli.go;

/** Writes calls down, one a line. */
interface CallWriter {
    /**
     * Writes a call.
     *
     * @param call the call
     */
    void write(Call call);

    /** Writes what was not seen, if that is not said elsewhere. */
    void writeLosses(long lost, long notFollowed);

    /** Hands on what was written. */
    void flush();
}
