package dev.purebpf.symbol;

/**
 * A function of an executable or a shared library.
 *
 * @param name its name, without a version
 * @param offset where in the file its first instruction is, in bytes
 */
public record UserFunction(String name, long offset) {}
