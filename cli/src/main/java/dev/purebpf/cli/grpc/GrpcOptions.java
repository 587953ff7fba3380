package dev.purebpf.cli.grpc;

import dev.purebpf.cli.session.Target;

/**
 * What to trace and how to show it.
 *
 * @param target whom to trace, and where the trace goes
 * @param headers whether to show all headers and trailers
 * @param json whether to write for programs
 * @param capture the bytes that are looked at of each header block
 * @param bufferSize bytes of the buffer of events; 0 for the usual
 */
record GrpcOptions(Target target, boolean headers, boolean json, int capture, long bufferSize) {}
