/**
 * {@code purebpf grpc}: the calls of gRPC that Go programs serve and make.
 *
 * <p>{@code GrpcProgram} finds in a program's file where gRPC-Go keeps what is looked at, from its
 * debugging information ({@code DebugLayout}) or a table of known versions ({@code KnownLayouts}).
 * {@code GrpcTracer} tells that to the programs in the kernel, whose events {@code HeaderEvents}
 * reads; {@code Calls} puts requests and answers together.
 */
package dev.purebpf.cli.grpc;
