package dev.purebpf.kernel;

/**
 * Something that a kernel can or cannot do. Whether it can is found out by trying, see {@link
 * KernelFeatures#has}; the version that brought it is for people and for tests.
 */
public enum Feature {
    /** Programs and maps have names. */
    PROGRAM_NAME("names of BPF programs and maps", "4.15", FeatureProbes::programName),
    /** Raw tracepoints can be attached to. */
    RAW_TRACEPOINT("BPF raw tracepoints", "4.17", FeatureProbes::rawTracepoint),
    /** Programs say at load what they will be attached to. */
    EXPECTED_ATTACH_TYPE(
            "expected attach types of BPF programs", "4.17", FeatureProbes::expectedAttachType),
    /** Types can be loaded. */
    BTF("BTF", "4.18", FeatureProbes::btf),
    /** Types of functions can be loaded, and function and line records given with programs. */
    BTF_FUNCTIONS("BTF of functions", "5.0", FeatureProbes::btfFunctions),
    /** Types of variables and data sections can be loaded. */
    BTF_DATA_SECTIONS("BTF of data sections", "5.2", FeatureProbes::btfDataSections),
    /** Instructions can refer to the value of an array map: global variables. */
    GLOBAL_DATA("BPF global data", "5.2", FeatureProbes::globalData),
    /** Array maps can be mapped into memory. */
    MAPPABLE_ARRAY("mapping BPF arrays into memory", "5.5", FeatureProbes::mappableArray),
    /** {@code bpf_probe_read_kernel} and {@code _user}, in place of {@code bpf_probe_read}. */
    PROBE_READ_KERNEL("bpf_probe_read_kernel", "5.5", FeatureProbes::probeReadKernel),
    /** Functions with global linkage are verified by themselves. */
    BTF_GLOBAL_FUNCTIONS("BTF of global functions", "5.6", FeatureProbes::btfGlobalFunctions),
    /** Many map entries are read or written by one call. */
    BATCH("batch operations on BPF maps", "5.6", FeatureProbes::batch),
    /** A program is attached to a cgroup by a link. */
    CGROUP_LINK("BPF links of cgroups", "5.7", LinkProbes::cgroup),
    /** The ring buffer map. */
    RING_BUFFER("BPF ring buffers", "5.8", FeatureProbes::ringBuffer),
    /** Programs walk through objects of the kernel and are read like files. */
    ITERATOR("BPF iterators", "5.8", LinkProbes::iterator),
    /** A program is attached to a network namespace by a link. */
    NETWORK_NAMESPACE_LINK("BPF links of network namespaces", "5.8", LinkProbes::networkNamespace),
    /** An XDP program is attached to a network device by a link. */
    XDP_LINK("BPF links of XDP programs", "5.9", LinkProbes::xdp),
    /** A map lives as long as a program that does not refer to it. */
    BIND_MAP("binding BPF maps to programs", "5.10", FeatureProbes::bindMap),
    /** BPF memory is accounted to the memory cgroup, not against {@code RLIMIT_MEMLOCK}. */
    MEMCG_ACCOUNTING("accounting BPF memory to cgroups", "5.11", FeatureProbes::memcgAccounting),
    /** Types of floating point numbers can be loaded. */
    BTF_FLOAT("BTF of floating point types", "5.13", FeatureProbes::btfFloat),
    /** A program is attached to a perf event by a link. */
    PERF_LINK("BPF links of perf events", "5.15", LinkProbes::perfEvent),
    /** A program learns which of its attachments runs it. */
    COOKIE("BPF cookies", "5.15", FeatureProbes::cookie),
    /** Tags of declarations can be loaded. */
    BTF_DECL_TAG("BTF tags of declarations", "5.16", FeatureProbes::btfDeclTag),
    /** Tags of types can be loaded. */
    BTF_TYPE_TAG("BTF tags of types", "5.17", FeatureProbes::btfTypeTag),
    /** A program is attached to many kernel functions at once; needs {@code CONFIG_FPROBE}. */
    KPROBE_MULTI("BPF links of many kprobes (CONFIG_FPROBE)", "5.18", LinkProbes::kprobeMulti),
    /** Enumerations with 64-bit values can be loaded. */
    BTF_ENUM64("BTF of 64-bit enumerations", "6.0", FeatureProbes::btfEnum64),
    /** A program decides about security for the processes of a cgroup. */
    LSM_CGROUP("BPF LSM programs of cgroups", "6.0", LinkProbes::lsmCgroup),
    /** A struct_ops map is attached by a link. */
    STRUCT_OPS_LINK("BPF links of struct_ops", "6.4", LinkProbes::structOps),
    /** A program is attached to a network device's queue of packets by a link. */
    TCX_LINK("BPF links of traffic control (tcx)", "6.6", LinkProbes::tcx),
    /** A program is attached to many user functions at once, and to one process right. */
    UPROBE_MULTI("BPF links of many uprobes", "6.6", LinkProbes::uprobeMulti),
    /** A program is attached to a netkit device; needs {@code CONFIG_NETKIT}. */
    NETKIT_LINK("BPF links of netkit devices", "6.7", LinkProbes::netkit),
    /** A tag tells which argument of a function is the program's context. */
    CONTEXT_ARGUMENT_TAG("BTF tags of context arguments", "6.8", FeatureProbes::contextArgumentTag),
    /** Names of data sections may begin with a question mark. */
    BTF_QUESTION_MARK_SECTIONS(
            "BTF of optional data sections", "6.9", FeatureProbes::btfQuestionMarkSections),
    /** Rights to use BPF are delegated to a container. */
    TOKEN("BPF tokens", "6.9", LinkProbes::token),
    /** One program for begin and end of many kernel functions; needs {@code CONFIG_FPROBE}. */
    KPROBE_SESSION(
            "BPF links of kprobe sessions (CONFIG_FPROBE)", "6.10", LinkProbes::kprobeSession),
    /** One program for begin and end of many user functions. */
    UPROBE_SESSION("BPF links of uprobe sessions", "6.13", LinkProbes::uprobeSession),
    /** Programs refer to any byte of an arena, not only to the first 512 MiB. */
    WIDE_ARENA_OFFSETS(
            "references to any byte of an arena", "7.0", FeatureProbes::wideArenaOffsets);

    private final String description;
    private final String since;
    private final Probe probe;

    Feature(String description, String since, Probe probe) {
        this.description = description;
        this.since = since;
        this.probe = probe;
    }

    /** {@return what it is, in words for a message} */
    public String description() {
        return description;
    }

    /** {@return the Linux version that brought it; vendors bring features to older ones} */
    public String since() {
        return since;
    }

    Probe probe() {
        return probe;
    }

    /** Finds out about a feature. */
    @FunctionalInterface
    interface Probe {
        /**
         * {@return zero or more if the kernel has it, else minus an error number; leaves nothing
         * open}
         */
        long run(Kernel kernel);
    }
}
