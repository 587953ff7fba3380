/**
 * Names of functions and where they are.
 *
 * <p>{@link dev.purebpf.kernel.Kallsyms} has those of the kernel, {@link
 * dev.purebpf.symbol.UserSymbols} those of an executable or shared library, which {@link
 * dev.purebpf.symbol.BinaryPath} finds:
 *
 * <pre>{@code
 * long[] addresses = Kallsyms.load(Kernel.host()).addresses("vfs_read");
 *
 * Path libc = BinaryPath.find(Kernel.host(), "libc.so.6").orElseThrow();
 * try (var symbols = UserSymbols.open(libc)) {
 *     if (symbols.find("malloc") instanceof FunctionLookup.Found(long offset)) {
 *         System.out.println("malloc is at offset " + offset + " of " + libc);
 *     }
 * }
 * }</pre>
 *
 * <p>{@link dev.purebpf.symbol.GoFunctions} reads what a stripped Go program still says; {@link
 * dev.purebpf.symbol.UsdtProbe} the places that a program's author marked. Which process a number
 * means, in which container, {@link dev.purebpf.symbol.ProcessIdentity} tells.
 */
package dev.purebpf.symbol;
