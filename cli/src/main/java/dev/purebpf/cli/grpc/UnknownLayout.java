package dev.purebpf.cli.grpc;

/** A program has gRPC-Go, but one that is not known well enough to read. */
final class UnknownLayout extends Exception {
    private static final long serialVersionUID = 1;

    UnknownLayout(String message) {
        super(message);
    }
}
