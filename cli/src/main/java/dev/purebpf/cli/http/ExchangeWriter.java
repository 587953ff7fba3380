package dev.purebpf.cli.http;

/** Writes exchanges down. */
interface ExchangeWriter {

    /** Writes an exchange. */
    void write(Exchange exchange);

    /** Writes what was lost, if that is not said elsewhere. */
    void write(Loss loss);

    /** Hands on what was written. */
    void flush();
}
