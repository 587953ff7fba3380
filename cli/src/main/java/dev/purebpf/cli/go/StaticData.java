package dev.purebpf.cli.go;

import dev.purebpf.go.RuntimeTypes.RuntimeType;

import java.util.Optional;

/**
 * What never changes while a program runs, by the addresses that symbols of its file could have.
 */
interface StaticData {
    /** {@return a type as the running program has it; empty if the file does not have it} */
    Optional<RuntimeType> runtimeType(long address);

    /** {@return bytes that never change; {@code null} if there are none at the address} */
    byte[] constant(long address, int count);
}
