package dev.purebpf;

import dev.purebpf.kernel.OwnedFd;

/** A map as it was created, which may differ from what the object said. */
record CreatedMap(
        String name,
        int typeNumber,
        int keySize,
        int valueSize,
        int maxEntries,
        int flags,
        OwnedFd fd) {}
