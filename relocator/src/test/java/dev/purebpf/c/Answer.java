package dev.purebpf.c;

/** What a relocation is to come to. */
public sealed interface Answer {
    /** It cannot be told, and the program cannot be loaded. */
    record Refused(String why) implements Answer {}

    /** The kernel lacks it: the instruction must not be reached. */
    record Poisoned() implements Answer {}

    /**
     * A value.
     *
     * @param original what the compiler has written
     * @param value what to write
     * @param validated whether the compiler must have written that
     * @param originalSize how many bytes an access moves; 0 when it does not matter
     * @param size how many it is to move
     * @param resizable whether one access can become the other
     */
    record Value(
            long original,
            long value,
            boolean validated,
            long originalSize,
            long size,
            boolean resizable)
            implements Answer {}
}
