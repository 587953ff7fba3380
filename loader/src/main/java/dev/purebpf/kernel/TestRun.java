package dev.purebpf.kernel;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * What {@code BPF_PROG_TEST_RUN} gave back.
 *
 * @param returnValue what the program returned
 * @param nanoseconds how long a repetition took, on average
 * @param data the packet after the run, empty for programs without one
 * @param context the context after the run, empty if none was given
 */
public record TestRun(int returnValue, int nanoseconds, byte[] data, byte[] context) {
    @Override
    public boolean equals(Object other) {
        return other instanceof TestRun that
                && returnValue == that.returnValue
                && nanoseconds == that.nanoseconds
                && Arrays.equals(data, that.data)
                && Arrays.equals(context, that.context);
    }

    @Override
    public int hashCode() {
        int numbers = 31 * returnValue + nanoseconds;
        return 31 * (31 * numbers + Arrays.hashCode(data)) + Arrays.hashCode(context);
    }

    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return "TestRun[returnValue="
                + returnValue
                + ", nanoseconds="
                + nanoseconds
                + ", data="
                + hex.formatHex(data)
                + ", context="
                + hex.formatHex(context)
                + "]";
    }
}
