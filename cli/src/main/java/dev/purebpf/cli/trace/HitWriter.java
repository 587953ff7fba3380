package dev.purebpf.cli.trace;

import java.util.List;

/** Writes hits down, one a line. */
interface HitWriter {
    /** The most bytes of one field. */
    int FIELD_SIZE = 1024;

    /** Writes a hit. */
    void write(HitEvent event, RecordLayout layout);

    /** Writes how often which process has hit what. */
    void write(List<HitCount> counts);

    /** Writes how many hits were lost, if that is not said elsewhere. */
    void writeLosses(long lost, long notFollowed);

    /**
     * Writes which probes were left out.
     *
     * @param names their names
     */
    void writeRefused(List<String> names);

    /** Hands on what was written. */
    void flush();
}
