package dev.purebpf.link;

import dev.purebpf.btf.Btf;

/**
 * Makes final programs: fits instructions to the kernel's types (CO-RE), appends subprograms, and
 * resolves references.
 *
 * <p>A pure function of the object and the kernel's types.
 */
public final class Linker {
    private Linker() {}

    /**
     * Links the programs of an object for a kernel.
     *
     * @param object the object
     * @param kernel the kernel's types, or {@code null} when they are not known, which is enough for
     *     objects without CO-RE relocations
     * @param options which programs, and what else is known about the kernel
     * @return the programs; what cannot be linked carries its failure
     * @throws dev.purebpf.error.MalformedObjectException if the types of the object or the kernel
     *     are damaged
     */
    public static LinkedObject link(ObjectFile object, Btf kernel, LinkOptions options) {
        throw new UnsupportedOperationException();
    }
}
