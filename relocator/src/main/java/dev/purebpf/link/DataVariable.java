package dev.purebpf.link;

import dev.purebpf.btf.Linkage;

/**
 * A global variable of the C source.
 *
 * @param name its name
 * @param offset where it begins within its section and so within the map's value, in bytes
 * @param size its size in bytes
 * @param type the id of its type in the object's BTF (of the declared type, not of the {@code
 *     BtfType.Variable}), or 0 when the object has no BTF for it
 * @param linkage how far it is known
 */
public record DataVariable(String name, long offset, long size, int type, Linkage linkage) {}
