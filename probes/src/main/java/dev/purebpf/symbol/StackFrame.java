package dev.purebpf.symbol;

/**
 * One place that a stack leads through.
 *
 * @param address the address in memory
 * @param function the function that it belongs to; empty if that is not known
 * @param functionOffset how many bytes it is from the function's begin; 0 if that is not known
 * @param file what has the code: the path of a file as the process sees it, or a name such as
 *     {@code [vdso]}; of the kernel the module, {@code bpf} for eBPF programs. Empty for the kernel
 *     itself, for memory of no file, and if it is not known
 * @param fileOffset where in the file it is, in bytes; 0 without a file and for modules
 */
public record StackFrame(
        long address, String function, long functionOffset, String file, long fileOffset) {

    /** {@return a frame of which only the address is known} */
    static StackFrame unknown(long address) {
        return new StackFrame(address, "", 0, "", 0);
    }
}
