package dev.purebpf.cli.trace;

/**
 * What has to be known to find probes.
 *
 * @param pid the process that is traced; −1 for others
 * @param arguments how many parameters of functions without types to show
 * @param types what the kernel tells of its functions
 * @param functions which of them can be traced
 */
record Scope(int pid, int arguments, KernelTypes types, KernelFunctions functions) {}
