package dev.purebpf.link;

import java.util.Optional;

/**
 * What kind of store a map is: {@code enum bpf_map_type} of {@code linux/bpf.h} (as of Linux 7.2).
 *
 * <p>The constants stand in the order of their numbers, without gaps.
 */
public enum MapType {
    /** {@code BPF_MAP_TYPE_UNSPEC}. */
    UNSPEC(0, "3.18"),

    /** {@code BPF_MAP_TYPE_HASH}. */
    HASH(1, "3.19"),

    /** {@code BPF_MAP_TYPE_ARRAY}. */
    ARRAY(2, "3.19"),

    /** {@code BPF_MAP_TYPE_PROG_ARRAY}. */
    PROG_ARRAY(3, "4.2"),

    /** {@code BPF_MAP_TYPE_PERF_EVENT_ARRAY}. */
    PERF_EVENT_ARRAY(4, "4.3"),

    /** {@code BPF_MAP_TYPE_PERCPU_HASH}. */
    PERCPU_HASH(5, "4.6"),

    /** {@code BPF_MAP_TYPE_PERCPU_ARRAY}. */
    PERCPU_ARRAY(6, "4.6"),

    /** {@code BPF_MAP_TYPE_STACK_TRACE}. */
    STACK_TRACE(7, "4.6"),

    /** {@code BPF_MAP_TYPE_CGROUP_ARRAY}. */
    CGROUP_ARRAY(8, "4.8"),

    /** {@code BPF_MAP_TYPE_LRU_HASH}. */
    LRU_HASH(9, "4.10"),

    /** {@code BPF_MAP_TYPE_LRU_PERCPU_HASH}. */
    LRU_PERCPU_HASH(10, "4.10"),

    /** {@code BPF_MAP_TYPE_LPM_TRIE}. */
    LPM_TRIE(11, "4.11"),

    /** {@code BPF_MAP_TYPE_ARRAY_OF_MAPS}. */
    ARRAY_OF_MAPS(12, "4.12"),

    /** {@code BPF_MAP_TYPE_HASH_OF_MAPS}. */
    HASH_OF_MAPS(13, "4.12"),

    /** {@code BPF_MAP_TYPE_DEVMAP}. */
    DEVMAP(14, "4.14"),

    /** {@code BPF_MAP_TYPE_SOCKMAP}. */
    SOCKMAP(15, "4.14"),

    /** {@code BPF_MAP_TYPE_CPUMAP}. */
    CPUMAP(16, "4.15"),

    /** {@code BPF_MAP_TYPE_XSKMAP}. */
    XSKMAP(17, "4.18"),

    /** {@code BPF_MAP_TYPE_SOCKHASH}. */
    SOCKHASH(18, "4.18"),

    /** {@code BPF_MAP_TYPE_CGROUP_STORAGE}. */
    CGROUP_STORAGE(19, "4.19"),

    /** {@code BPF_MAP_TYPE_REUSEPORT_SOCKARRAY}. */
    REUSEPORT_SOCKARRAY(20, "4.19"),

    /** {@code BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE}. */
    PERCPU_CGROUP_STORAGE(21, "4.20"),

    /** {@code BPF_MAP_TYPE_QUEUE}. */
    QUEUE(22, "4.20"),

    /** {@code BPF_MAP_TYPE_STACK}. */
    STACK(23, "4.20"),

    /** {@code BPF_MAP_TYPE_SK_STORAGE}. */
    SK_STORAGE(24, "5.2"),

    /** {@code BPF_MAP_TYPE_DEVMAP_HASH}. */
    DEVMAP_HASH(25, "5.4"),

    /** {@code BPF_MAP_TYPE_STRUCT_OPS}. */
    STRUCT_OPS(26, "5.6"),

    /** {@code BPF_MAP_TYPE_RINGBUF}. */
    RINGBUF(27, "5.8"),

    /** {@code BPF_MAP_TYPE_INODE_STORAGE}. */
    INODE_STORAGE(28, "5.10"),

    /** {@code BPF_MAP_TYPE_TASK_STORAGE}. */
    TASK_STORAGE(29, "5.11"),

    /** {@code BPF_MAP_TYPE_BLOOM_FILTER}. */
    BLOOM_FILTER(30, "5.16"),

    /** {@code BPF_MAP_TYPE_USER_RINGBUF}. */
    USER_RINGBUF(31, "6.1"),

    /** {@code BPF_MAP_TYPE_CGRP_STORAGE}. */
    CGRP_STORAGE(32, "6.2"),

    /** {@code BPF_MAP_TYPE_ARENA}. */
    ARENA(33, "6.9"),

    /** {@code BPF_MAP_TYPE_INSN_ARRAY}. */
    INSN_ARRAY(34, "6.19"),

    /** {@code BPF_MAP_TYPE_RHASH}. */
    RHASH(35, "7.2");

    private static final MapType[] BY_NUMBER = values();

    private final int number;
    private final String since;

    MapType(int number, String since) {
        this.number = number;
        this.since = since;
    }

    /** {@return the number that the kernel knows it by} */
    public int number() {
        return number;
    }

    /**
     * {@return the Linux version that brought it, for messages; kernels are asked, not compared}
     */
    public String since() {
        return since;
    }

    /**
     * {@return the map type of a number, or empty when it is newer than this table}
     *
     * @param number the kernel's number
     */
    public static Optional<MapType> fromNumber(int number) {
        return number >= 0 && number < BY_NUMBER.length
                ? Optional.of(BY_NUMBER[number])
                : Optional.empty();
    }
}
