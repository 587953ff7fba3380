package dev.purebpf.codec;

import java.lang.invoke.MethodHandle;

/**
 * The two directions of one bound type.
 *
 * @param decoder {@code (MemorySegment, long offset) → value}
 * @param encoder {@code (MemorySegment, long offset, value) → void}
 */
record Binding(MethodHandle decoder, MethodHandle encoder) {}
