package dev.purebpf.cli.grpc;

/**
 * A field of a header block.
 *
 * @param name its name, in lower case
 * @param value its value, as it is sent: of a binary one the base 64
 */
record Field(String name, String value) {}
