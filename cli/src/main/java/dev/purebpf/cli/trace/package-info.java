/**
 * {@code purebpf trace}: what happens at any tracepoint, function or marked place, without a line
 * of C.
 *
 * <p>A {@link dev.purebpf.cli.trace.ProbePattern} is what a user typed; the {@link
 * dev.purebpf.cli.trace.ProbeSource} of its kind says which probes it names and how to attach them.
 * One eBPF object ({@code bpf/src/main/bpf/trace.bpf.c}) serves all: of a tracepoint it sends the
 * record of a hit as it is, of all others it makes one, of registers or arguments. {@link
 * dev.purebpf.cli.trace.RecordLayout} tells it how long records are, {@link
 * dev.purebpf.cli.trace.HitEvent} looks at the bytes that come, and a {@link
 * dev.purebpf.cli.trace.HitWriter} writes the fields down by their names and types, which the
 * kernel's {@link dev.purebpf.probe.TracepointFormat}, its types ({@link
 * dev.purebpf.cli.trace.KernelTypes}) or the notes of a file say.
 */
package dev.purebpf.cli.trace;
