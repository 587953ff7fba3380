/**
 * Names of functions and where they are.
 *
 * <p>{@link dev.purebpf.symbol.KernelSymbols} has those of the kernel:
 *
 * <pre>{@code
 * long[] addresses = KernelSymbols.load(Kernel.host()).addresses("vfs_read");
 * }</pre>
 */
package dev.purebpf.symbol;
