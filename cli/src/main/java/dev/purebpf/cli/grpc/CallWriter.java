package dev.purebpf.cli.grpc;

/** Writes calls down. */
interface CallWriter {

    /** Writes a call. */
    void write(Call call);

    /** Writes what was lost, if that is not said elsewhere. */
    void write(Loss loss);

    /** Hands on what was written. */
    void flush();
}
