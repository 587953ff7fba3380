/**
 * {@code purebpf go}: the calls of functions of Go programs, with what they take and give.
 *
 * <p>{@link dev.purebpf.cli.go.GoBinary} finds functions, {@link dev.purebpf.cli.go.CapturePlan}
 * says what the eBPF program has to read at a place, {@link dev.purebpf.cli.go.ShownValues} makes
 * values of what it sent.
 */
package dev.purebpf.cli.go;
