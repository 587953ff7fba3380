package dev.purebpf.kernel;

import dev.purebpf.link.MapType;

/** Tries whether a kernel has maps of a type, by creating the smallest that there can be. */
final class MapTypeProbes {
    /** {@code struct bpf_cgroup_storage_key}: the cgroup's id, an attach type, padding. */
    private static final int CGROUP_STORAGE_KEY = 16;

    /** {@code struct bpf_insn_array_value}: four 32-bit numbers. */
    private static final int INSN_ARRAY_VALUE = 16;

    private MapTypeProbes() {}

    static Support run(Kernel kernel, MapType type) {
        MemoryLock.raiseIfNeeded(kernel);
        return switch (type) {
            case ARRAY_OF_MAPS, HASH_OF_MAPS -> mapOfMaps(kernel, type);
            case SK_STORAGE, INODE_STORAGE, TASK_STORAGE, CGRP_STORAGE ->
                    localStorage(kernel, type);
            case STRUCT_OPS -> structOps(kernel, type);
            default -> Support.of(FeatureProbes.created(kernel, plain(kernel, type)));
        };
    }

    private static MapAttributes plain(Kernel kernel, MapType type) {
        return switch (type) {
            case STACK_TRACE -> map(type, 4, 8, 1);
            case LPM_TRIE -> map(type, 8, 4, 1).flags(MapAttributes.NO_PREALLOCATION);
            case CGROUP_STORAGE, PERCPU_CGROUP_STORAGE -> map(type, CGROUP_STORAGE_KEY, 4, 0);
            case QUEUE, STACK, BLOOM_FILTER -> map(type, 0, 4, 1);
            case RINGBUF, USER_RINGBUF -> map(type, 0, 0, kernel.pageSize());
            case ARENA -> map(type, 0, 0, 1).flags(MapAttributes.MAPPABLE);
            case INSN_ARRAY -> map(type, 4, INSN_ARRAY_VALUE, 1);
            case RHASH -> map(type, 4, 4, 1).flags(MapAttributes.NO_PREALLOCATION);
            default -> map(type, 4, 4, 1);
        };
    }

    private static Support mapOfMaps(Kernel kernel, MapType type) {
        long inner = MapCommands.create(kernel, map(MapType.ARRAY, 4, 4, 1), false);
        if (inner < 0) {
            return Support.of(inner);
        }
        try {
            return Support.of(
                    FeatureProbes.created(kernel, map(type, 4, 4, 1).innerMap((int) inner)));
        } finally {
            kernel.close((int) inner);
        }
    }

    /** Such maps need the types of key and value, and hold as many values as there are owners. */
    private static Support localStorage(Kernel kernel, MapType type) {
        long btf = BtfCommands.load(kernel, FeatureProbes.btfOfInt());
        if (btf < 0) {
            return Support.of(btf);
        }
        try {
            MapAttributes map =
                    map(type, 4, 4, 0).flags(MapAttributes.NO_PREALLOCATION).btf((int) btf, 1, 1);
            return Support.of(FeatureProbes.created(kernel, map));
        } finally {
            kernel.close((int) btf);
        }
    }

    /** The kernel looks for the struct that type 1 of its BTF were the value of, and finds none. */
    private static Support structOps(Kernel kernel, MapType type) {
        long result = FeatureProbes.created(kernel, map(type, 4, 0, 1).vmlinuxValueType(1));
        return Errno.ENOTSUPP.is(result) ? Support.YES : Support.of(result);
    }

    private static MapAttributes map(MapType type, int keySize, int valueSize, int maxEntries) {
        return new MapAttributes("", type.number(), keySize, valueSize, maxEntries);
    }
}
