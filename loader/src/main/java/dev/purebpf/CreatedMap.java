package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.codec.CType;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.OwnedFd;

/** A map as the kernel has it, which may differ from what an object said. */
record CreatedMap(
        String name,
        int typeNumber,
        int keySize,
        int valueSize,
        int maxEntries,
        int flags,
        OwnedFd fd) {
    /**
     * {@return the map for users, with what is known about its keys and values}
     *
     * @param types the types that describe it, {@code null} if there are none
     * @param keyType the id of the type of its keys, 0 if it has none
     * @param valueType the id of the type of its values, 0 if it has none
     */
    BpfMap describe(Kernel kernel, Btf types, int keyType, int valueType) {
        return new BpfMap(
                kernel, this, layout(types, keyType, keySize), layout(types, valueType, valueSize));
    }

    private static CType layout(Btf types, int id, int size) {
        if (id == 0 || types == null) {
            return null;
        }
        try {
            CType type = CType.of(types, id);
            return type.size() == size ? type : null;
        } catch (IllegalArgumentException _) {
            // A data section, or something without a layout: then the size alone has to do.
            return null;
        }
    }
}
