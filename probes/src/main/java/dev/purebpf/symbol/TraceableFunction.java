package dev.purebpf.symbol;

/**
 * A function of the kernel that can be traced by its begin.
 *
 * @param name its name and its module's; several functions may have the same
 * @param address where it is, as {@code /proc/kallsyms} says
 */
public record TraceableFunction(KernelName name, long address) {}
