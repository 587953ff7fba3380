package dev.purebpf.kernel;

/**
 * What {@code BPF_PROG_TEST_RUN} gave back.
 *
 * @param returnValue what the program returned
 * @param nanoseconds how long a repetition took, on average
 * @param data the packet after the run, empty for programs without one
 * @param context the context after the run, empty if none was given
 */
public record TestRun(int returnValue, int nanoseconds, byte[] data, byte[] context) {}
