package dev.purebpf.go;

import java.util.List;

/**
 * Where the values of a call are: what the function takes when its first instruction is about to
 * run, what it gives when its last one is. Immutable.
 *
 * @param parameters for each parameter, in order, its parts
 * @param results for each result, in order, its parts
 * @param stackSize how many bytes of the stack the values take that are there, counted from {@link
 *     GoAbi#STACK_OFFSET}
 * @param spillSize how many bytes behind these the caller leaves free, for the function to keep
 *     parameters in that came in registers
 */
public record GoCall(
        List<List<Part>> parameters, List<List<Part>> results, long stackSize, long spillSize) {
    /** Copies the lists. */
    public GoCall {
        parameters = parameters.stream().map(List::copyOf).toList();
        results = results.stream().map(List::copyOf).toList();
    }

    /**
     * {@return how many bytes all of this takes behind {@link GoAbi#STACK_OFFSET}: what Go's table
     * of functions has as the size of arguments}
     */
    public long argumentsSize() {
        return stackSize + spillSize;
    }

    /** What a part of a value is in. */
    public enum Place {
        /** A register of the processor for integers and addresses. */
        INTEGER,
        /** A register for floating point numbers, which eBPF programs cannot read. */
        FLOAT,
        /** Memory on the stack. */
        STACK
    }

    /**
     * A part of a value: all of it if it is on the stack, otherwise what is in one register.
     *
     * @param offset where in the value, as it would be in memory, the part begins, in bytes
     * @param size its bytes; those of a register that are beyond may have any value
     * @param place what it is in
     * @param number which register, in the order in which Go assigns them; or on the stack how many
     *     bytes behind the stack pointer
     */
    public record Part(long offset, long size, Place place, long number) {}
}
