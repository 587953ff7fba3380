package dev.purebpf.cli.grpc;

/** A program has nothing of gRPC-Go. */
final class NoGrpc extends Exception {
    private static final long serialVersionUID = 1;

    NoGrpc(String message) {
        super(message);
    }
}
