package dev.purebpf.link;

import java.util.Optional;

/**
 * What a BPF program is for: {@code enum bpf_prog_type} of {@code linux/bpf.h} (as of Linux 7.2).
 *
 * <p>The constants stand in the order of their numbers, without gaps.
 */
public enum ProgramType {
    /** {@code BPF_PROG_TYPE_UNSPEC}. */
    UNSPEC(0, "3.18"),

    /** {@code BPF_PROG_TYPE_SOCKET_FILTER}. */
    SOCKET_FILTER(1, "3.19"),

    /** {@code BPF_PROG_TYPE_KPROBE}. */
    KPROBE(2, "4.1"),

    /** {@code BPF_PROG_TYPE_SCHED_CLS}. */
    SCHED_CLS(3, "4.1"),

    /** {@code BPF_PROG_TYPE_SCHED_ACT}. */
    SCHED_ACT(4, "4.1"),

    /** {@code BPF_PROG_TYPE_TRACEPOINT}. */
    TRACEPOINT(5, "4.7"),

    /** {@code BPF_PROG_TYPE_XDP}. */
    XDP(6, "4.8"),

    /** {@code BPF_PROG_TYPE_PERF_EVENT}. */
    PERF_EVENT(7, "4.9"),

    /** {@code BPF_PROG_TYPE_CGROUP_SKB}. */
    CGROUP_SKB(8, "4.10"),

    /** {@code BPF_PROG_TYPE_CGROUP_SOCK}. */
    CGROUP_SOCK(9, "4.10"),

    /** {@code BPF_PROG_TYPE_LWT_IN}. */
    LWT_IN(10, "4.10"),

    /** {@code BPF_PROG_TYPE_LWT_OUT}. */
    LWT_OUT(11, "4.10"),

    /** {@code BPF_PROG_TYPE_LWT_XMIT}. */
    LWT_XMIT(12, "4.10"),

    /** {@code BPF_PROG_TYPE_SOCK_OPS}. */
    SOCK_OPS(13, "4.13"),

    /** {@code BPF_PROG_TYPE_SK_SKB}. */
    SK_SKB(14, "4.14"),

    /** {@code BPF_PROG_TYPE_CGROUP_DEVICE}. */
    CGROUP_DEVICE(15, "4.15"),

    /** {@code BPF_PROG_TYPE_SK_MSG}. */
    SK_MSG(16, "4.17"),

    /** {@code BPF_PROG_TYPE_RAW_TRACEPOINT}. */
    RAW_TRACEPOINT(17, "4.17"),

    /** {@code BPF_PROG_TYPE_CGROUP_SOCK_ADDR}. */
    CGROUP_SOCK_ADDR(18, "4.17"),

    /** {@code BPF_PROG_TYPE_LWT_SEG6LOCAL}. */
    LWT_SEG6LOCAL(19, "4.18"),

    /** {@code BPF_PROG_TYPE_LIRC_MODE2}. */
    LIRC_MODE2(20, "4.18"),

    /** {@code BPF_PROG_TYPE_SK_REUSEPORT}. */
    SK_REUSEPORT(21, "4.19"),

    /** {@code BPF_PROG_TYPE_FLOW_DISSECTOR}. */
    FLOW_DISSECTOR(22, "4.20"),

    /** {@code BPF_PROG_TYPE_CGROUP_SYSCTL}. */
    CGROUP_SYSCTL(23, "5.2"),

    /** {@code BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE}. */
    RAW_TRACEPOINT_WRITABLE(24, "5.2"),

    /** {@code BPF_PROG_TYPE_CGROUP_SOCKOPT}. */
    CGROUP_SOCKOPT(25, "5.3"),

    /** {@code BPF_PROG_TYPE_TRACING}. */
    TRACING(26, "5.5"),

    /** {@code BPF_PROG_TYPE_STRUCT_OPS}. */
    STRUCT_OPS(27, "5.6"),

    /** {@code BPF_PROG_TYPE_EXT}. */
    EXT(28, "5.6"),

    /** {@code BPF_PROG_TYPE_LSM}. */
    LSM(29, "5.7"),

    /** {@code BPF_PROG_TYPE_SK_LOOKUP}. */
    SK_LOOKUP(30, "5.9"),

    /** {@code BPF_PROG_TYPE_SYSCALL}. */
    SYSCALL(31, "5.14"),

    /** {@code BPF_PROG_TYPE_NETFILTER}. */
    NETFILTER(32, "6.4");

    private static final ProgramType[] BY_NUMBER = values();

    private final int number;
    private final String since;

    ProgramType(int number, String since) {
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
     * {@return the program type of a number, or empty when it is newer than this table}
     *
     * @param number the kernel's number
     */
    public static Optional<ProgramType> fromNumber(int number) {
        return number >= 0 && number < BY_NUMBER.length
                ? Optional.of(BY_NUMBER[number])
                : Optional.empty();
    }
}
