/**
 * {@code purebpf trace}: what happens at any tracepoint or function, without a line of C.
 *
 * <p>One eBPF program ({@code bpf/src/main/bpf/trace.bpf.c}) serves all: it sends the record of a
 * hit as it is. {@link dev.purebpf.cli.trace.RecordLayout} tells it how long records are, {@link
 * dev.purebpf.cli.trace.HitEvent} looks at the bytes that come, and a {@link
 * dev.purebpf.cli.trace.HitWriter} writes the fields down by their names and types, which the
 * kernel's {@link dev.purebpf.probe.TracepointFormat} says. Of functions the program makes the
 * record, of registers; {@link dev.purebpf.cli.trace.FunctionFields} names them by the kernel's
 * types.
 */
package dev.purebpf.cli.trace;
