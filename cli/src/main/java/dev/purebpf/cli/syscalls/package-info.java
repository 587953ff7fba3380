/**
 * {@code purebpf syscalls}: who calls what, strace without ptrace.
 *
 * <p>An eBPF program ({@code bpf/src/main/bpf/syscalls.bpf.c}) sends one event for each system call
 * of the watched processes. {@link dev.purebpf.cli.syscalls.SyscallEvent} looks at its bytes,
 * {@link dev.purebpf.cli.syscalls.SyscallTable} knows the call's name and parameters, a {@link
 * dev.purebpf.cli.syscalls.CallWriter} writes it down, as text or as JSON, and {@link
 * dev.purebpf.cli.syscalls.Summary} counts it. Between the kernel's buffer and the output nothing
 * is allocated for an event in text.
 */
package dev.purebpf.cli.syscalls;
