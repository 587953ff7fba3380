package dev.purebpf.link;

import static dev.purebpf.link.SectionDefinition.Flag.ATTACH_TYPE_OPTIONAL;
import static dev.purebpf.link.SectionDefinition.Flag.AUTO_ATTACH;
import static dev.purebpf.link.SectionDefinition.Flag.BTF_TARGET;
import static dev.purebpf.link.SectionDefinition.Flag.SLEEPABLE;
import static dev.purebpf.link.SectionDefinition.Flag.USDT;
import static dev.purebpf.link.SectionDefinition.Flag.XDP_FRAGS;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code SEC("…")} says about a program: its type, where it is to be attached, and how.
 *
 * <p>The table of all definitions is {@link #all()}; {@link #find(String)} answers for one section
 * name. The names are libbpf's, and so is the order: the first match wins.
 *
 * @param prefix the section's name, or what stands before its first {@code '/'}: {@code xdp},
 *     {@code kprobe}
 * @param hasTarget whether a target may follow the prefix after a {@code '/'}, as in {@code
 *     kprobe/do_unlinkat}; where not, the name must match exactly
 * @param programType the type to load the program with
 * @param attachType the expected attach type to load the program with; {@code null} stands for
 *     none, which is sent as 0
 * @param flags what else holds for programs of the section
 */
public record SectionDefinition(
        String prefix,
        boolean hasTarget,
        ProgramType programType,
        AttachType attachType,
        Set<Flag> flags) {

    /** What holds for the programs of a section. */
    public enum Flag {
        /** Loaded with {@code BPF_F_SLEEPABLE}: helpers may fault and wait. */
        SLEEPABLE,

        /** Loaded with the BTF id of what it will be attached to ({@code attach_btf_id}). */
        BTF_TARGET,

        /** Kernels before 4.17 do not know the attach type; there the program is loaded without. */
        ATTACH_TYPE_OPTIONAL,

        /** Its name says all that is needed to attach it. */
        AUTO_ATTACH,

        /** Loaded with {@code BPF_F_XDP_HAS_FRAGS}: it understands packets of several buffers. */
        XDP_FRAGS,

        /** A USDT probe: loaded as {@link AttachType#TRACE_UPROBE_MULTI} where the kernel can. */
        USDT
    }

    /** Copies the flags. */
    public SectionDefinition {
        flags = Set.copyOf(flags);
    }

    private static final List<SectionDefinition> TABLE = table();

    /** {@return the whole table, in the order in which it is searched} */
    public static List<SectionDefinition> all() {
        return TABLE;
    }

    /**
     * {@return what is known about a section, or empty for a name that is not in the table}
     *
     * @param section the section's name, without the {@code '?'} that turns autoload off
     */
    public static Optional<SectionDefinition> find(String section) {
        for (SectionDefinition definition : TABLE) {
            if (definition.matches(section)) {
                return Optional.of(definition);
            }
        }
        return Optional.empty();
    }

    /**
     * {@return whether a section is one of this definition}
     *
     * @param section the section's name, without the {@code '?'} that turns autoload off
     */
    public boolean matches(String section) {
        if (!section.startsWith(prefix)) {
            return false;
        }
        return section.length() == prefix.length()
                || hasTarget && section.charAt(prefix.length()) == '/';
    }

    /** {@return the expected attach type's number as the kernel gets it: 0 for none} */
    public int attachTypeNumber() {
        return attachType == null ? 0 : attachType.number();
    }

    /**
     * {@return whether a flag is set}
     *
     * @param flag the flag
     */
    public boolean has(Flag flag) {
        return flags.contains(flag);
    }

    private static List<SectionDefinition> table() {
        var table = new Table();
        table.add("socket", ProgramType.SOCKET_FILTER, null);
        table.add(
                "sk_reuseport/migrate",
                ProgramType.SK_REUSEPORT,
                AttachType.SK_REUSEPORT_SELECT_OR_MIGRATE);
        table.add("sk_reuseport", ProgramType.SK_REUSEPORT, AttachType.SK_REUSEPORT_SELECT);

        ProgramType kprobe = ProgramType.KPROBE;
        table.add("kprobe+", kprobe, null, AUTO_ATTACH);
        table.add("kretprobe+", kprobe, null, AUTO_ATTACH);
        table.addSleepable("uprobe", kprobe, null, AUTO_ATTACH);
        table.addSleepable("uretprobe", kprobe, null, AUTO_ATTACH);
        table.add("kprobe.multi+", kprobe, AttachType.TRACE_KPROBE_MULTI, AUTO_ATTACH);
        table.add("kretprobe.multi+", kprobe, AttachType.TRACE_KPROBE_MULTI, AUTO_ATTACH);
        table.add("kprobe.session+", kprobe, AttachType.TRACE_KPROBE_SESSION, AUTO_ATTACH);
        table.addSleepable("uprobe.multi", kprobe, AttachType.TRACE_UPROBE_MULTI, AUTO_ATTACH);
        table.addSleepable("uretprobe.multi", kprobe, AttachType.TRACE_UPROBE_MULTI, AUTO_ATTACH);
        table.addSleepable("uprobe.session", kprobe, AttachType.TRACE_UPROBE_SESSION, AUTO_ATTACH);
        table.add("ksyscall+", kprobe, null, AUTO_ATTACH);
        table.add("kretsyscall+", kprobe, null, AUTO_ATTACH);
        table.addSleepable("usdt", kprobe, null, AUTO_ATTACH, USDT);

        ProgramType classifier = ProgramType.SCHED_CLS;
        table.add("tc/ingress", classifier, AttachType.TCX_INGRESS);
        table.add("tc/egress", classifier, AttachType.TCX_EGRESS);
        table.add("tcx/ingress", classifier, AttachType.TCX_INGRESS);
        table.add("tcx/egress", classifier, AttachType.TCX_EGRESS);
        table.add("tc", classifier, null);
        table.add("classifier", classifier, null);
        table.add("action", ProgramType.SCHED_ACT, null);
        table.add("netkit/primary", classifier, AttachType.NETKIT_PRIMARY);
        table.add("netkit/peer", classifier, AttachType.NETKIT_PEER);

        table.addSleepable("tracepoint", ProgramType.TRACEPOINT, null, AUTO_ATTACH);
        table.addSleepable("tp", ProgramType.TRACEPOINT, null, AUTO_ATTACH);
        table.addSleepable("raw_tracepoint", ProgramType.RAW_TRACEPOINT, null, AUTO_ATTACH);
        table.addSleepable("raw_tp", ProgramType.RAW_TRACEPOINT, null, AUTO_ATTACH);
        table.add("raw_tracepoint.w+", ProgramType.RAW_TRACEPOINT_WRITABLE, null, AUTO_ATTACH);
        table.add("raw_tp.w+", ProgramType.RAW_TRACEPOINT_WRITABLE, null, AUTO_ATTACH);

        ProgramType tracing = ProgramType.TRACING;
        table.addSleepable("tp_btf", tracing, AttachType.TRACE_RAW_TP, BTF_TARGET, AUTO_ATTACH);
        table.addSleepable("fentry", tracing, AttachType.TRACE_FENTRY, BTF_TARGET, AUTO_ATTACH);
        table.addSleepable("fmod_ret", tracing, AttachType.MODIFY_RETURN, BTF_TARGET, AUTO_ATTACH);
        table.addSleepable("fexit", tracing, AttachType.TRACE_FEXIT, BTF_TARGET, AUTO_ATTACH);
        table.addSleepable("fsession", tracing, AttachType.TRACE_FSESSION, BTF_TARGET, AUTO_ATTACH);
        table.addSleepable("fentry.multi", tracing, AttachType.TRACE_FENTRY_MULTI, AUTO_ATTACH);
        table.addSleepable("fexit.multi", tracing, AttachType.TRACE_FEXIT_MULTI, AUTO_ATTACH);
        table.addSleepable("fsession.multi", tracing, AttachType.TRACE_FSESSION_MULTI, AUTO_ATTACH);
        table.add("freplace+", ProgramType.EXT, null, BTF_TARGET, AUTO_ATTACH);
        table.addSleepable("lsm", ProgramType.LSM, AttachType.LSM_MAC, BTF_TARGET, AUTO_ATTACH);
        table.add("lsm_cgroup+", ProgramType.LSM, AttachType.LSM_CGROUP, BTF_TARGET);
        table.addSleepable("iter", tracing, AttachType.TRACE_ITER, BTF_TARGET, AUTO_ATTACH);
        table.add("syscall", ProgramType.SYSCALL, null, SLEEPABLE);

        ProgramType xdp = ProgramType.XDP;
        table.add("xdp.frags/devmap", xdp, AttachType.XDP_DEVMAP, XDP_FRAGS);
        table.add("xdp/devmap", xdp, AttachType.XDP_DEVMAP);
        table.add("xdp.frags/cpumap", xdp, AttachType.XDP_CPUMAP, XDP_FRAGS);
        table.add("xdp/cpumap", xdp, AttachType.XDP_CPUMAP);
        table.add("xdp.frags", xdp, AttachType.XDP, XDP_FRAGS);
        table.add("xdp", xdp, AttachType.XDP, ATTACH_TYPE_OPTIONAL);

        table.add("perf_event", ProgramType.PERF_EVENT, null);
        table.add("lwt_in", ProgramType.LWT_IN, null);
        table.add("lwt_out", ProgramType.LWT_OUT, null);
        table.add("lwt_xmit", ProgramType.LWT_XMIT, null);
        table.add("lwt_seg6local", ProgramType.LWT_SEG6LOCAL, null);

        table.addOptional("sockops", ProgramType.SOCK_OPS, AttachType.CGROUP_SOCK_OPS);
        ProgramType skSkb = ProgramType.SK_SKB;
        table.addOptional("sk_skb/stream_parser", skSkb, AttachType.SK_SKB_STREAM_PARSER);
        table.addOptional("sk_skb/stream_verdict", skSkb, AttachType.SK_SKB_STREAM_VERDICT);
        table.addOptional("sk_skb/verdict", skSkb, AttachType.SK_SKB_VERDICT);
        table.add("sk_skb", skSkb, null);
        table.addOptional("sk_msg", ProgramType.SK_MSG, AttachType.SK_MSG_VERDICT);
        table.addOptional("lirc_mode2", ProgramType.LIRC_MODE2, AttachType.LIRC_MODE2);
        table.addOptional("flow_dissector", ProgramType.FLOW_DISSECTOR, AttachType.FLOW_DISSECTOR);

        ProgramType skb = ProgramType.CGROUP_SKB;
        table.addOptional("cgroup_skb/ingress", skb, AttachType.CGROUP_INET_INGRESS);
        table.addOptional("cgroup_skb/egress", skb, AttachType.CGROUP_INET_EGRESS);
        table.add("cgroup/skb", skb, null);
        ProgramType sock = ProgramType.CGROUP_SOCK;
        table.add("cgroup/sock_create", sock, AttachType.CGROUP_INET_SOCK_CREATE);
        table.add("cgroup/sock_release", sock, AttachType.CGROUP_INET_SOCK_RELEASE);
        table.addOptional("cgroup/sock", sock, AttachType.CGROUP_INET_SOCK_CREATE);
        table.add("cgroup/post_bind4", sock, AttachType.CGROUP_INET4_POST_BIND);
        table.add("cgroup/post_bind6", sock, AttachType.CGROUP_INET6_POST_BIND);
        ProgramType address = ProgramType.CGROUP_SOCK_ADDR;
        table.add("cgroup/bind4", address, AttachType.CGROUP_INET4_BIND);
        table.add("cgroup/bind6", address, AttachType.CGROUP_INET6_BIND);
        table.add("cgroup/connect4", address, AttachType.CGROUP_INET4_CONNECT);
        table.add("cgroup/connect6", address, AttachType.CGROUP_INET6_CONNECT);
        table.add("cgroup/connect_unix", address, AttachType.CGROUP_UNIX_CONNECT);
        table.add("cgroup/sendmsg4", address, AttachType.CGROUP_UDP4_SENDMSG);
        table.add("cgroup/sendmsg6", address, AttachType.CGROUP_UDP6_SENDMSG);
        table.add("cgroup/sendmsg_unix", address, AttachType.CGROUP_UNIX_SENDMSG);
        table.add("cgroup/recvmsg4", address, AttachType.CGROUP_UDP4_RECVMSG);
        table.add("cgroup/recvmsg6", address, AttachType.CGROUP_UDP6_RECVMSG);
        table.add("cgroup/recvmsg_unix", address, AttachType.CGROUP_UNIX_RECVMSG);
        table.add("cgroup/getpeername4", address, AttachType.CGROUP_INET4_GETPEERNAME);
        table.add("cgroup/getpeername6", address, AttachType.CGROUP_INET6_GETPEERNAME);
        table.add("cgroup/getpeername_unix", address, AttachType.CGROUP_UNIX_GETPEERNAME);
        table.add("cgroup/getsockname4", address, AttachType.CGROUP_INET4_GETSOCKNAME);
        table.add("cgroup/getsockname6", address, AttachType.CGROUP_INET6_GETSOCKNAME);
        table.add("cgroup/getsockname_unix", address, AttachType.CGROUP_UNIX_GETSOCKNAME);
        table.add("cgroup/sysctl", ProgramType.CGROUP_SYSCTL, AttachType.CGROUP_SYSCTL);
        table.add("cgroup/getsockopt", ProgramType.CGROUP_SOCKOPT, AttachType.CGROUP_GETSOCKOPT);
        table.add("cgroup/setsockopt", ProgramType.CGROUP_SOCKOPT, AttachType.CGROUP_SETSOCKOPT);
        table.addOptional("cgroup/dev", ProgramType.CGROUP_DEVICE, AttachType.CGROUP_DEVICE);

        table.addSleepable("struct_ops", ProgramType.STRUCT_OPS, null);
        table.add("sk_lookup", ProgramType.SK_LOOKUP, AttachType.SK_LOOKUP);
        table.add("netfilter", ProgramType.NETFILTER, AttachType.NETFILTER);
        return List.copyOf(table.definitions);
    }

    /** The table while it is written down; a {@code '+'} after a name stands for "or a target". */
    private static final class Table {
        final List<SectionDefinition> definitions = new ArrayList<>();

        void add(String name, ProgramType type, AttachType attachType, Flag... flags) {
            boolean hasTarget = name.endsWith("+");
            String prefix = hasTarget ? name.substring(0, name.length() - 1) : name;
            definitions.add(
                    new SectionDefinition(prefix, hasTarget, type, attachType, Set.of(flags)));
        }

        void addOptional(String name, ProgramType type, AttachType attachType) {
            add(name, type, attachType, ATTACH_TYPE_OPTIONAL);
        }

        /** Adds {@code name+} and its sleepable variant {@code name.s+}. */
        void addSleepable(String name, ProgramType type, AttachType attachType, Flag... flags) {
            add(name + "+", type, attachType, flags);
            Flag[] all = Arrays.copyOf(flags, flags.length + 1);
            all[flags.length] = SLEEPABLE;
            add(name + ".s+", type, attachType, all);
        }
    }
}
