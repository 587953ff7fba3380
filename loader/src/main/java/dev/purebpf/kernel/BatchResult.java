package dev.purebpf.kernel;

/**
 * How far a batch came.
 *
 * @param count how many entries were copied
 * @param state how it goes on
 */
public record BatchResult(int count, State state) {
    /** How it goes on after a batch. */
    public enum State {
        /** There may be more entries. */
        MORE,
        /** These were the last entries. */
        END,
        /** No entry was copied: a single bucket holds more than there is room for. */
        TOO_SMALL
    }
}
