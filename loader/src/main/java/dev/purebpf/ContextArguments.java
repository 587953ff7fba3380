package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.ProgramType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Functions of global linkage that take the program's context. The kernel verifies them by
 * themselves and so has to know which argument that is. Since 6.8 the tag {@code arg:ctx} tells;
 * before, the argument's type does: a pointer to the struct that stands for the context of the type
 * of program. Where it says something else ({@code void *}, for a function that programs of
 * different types share), each type of program gets a copy of the function's type that says it.
 *
 * @param btf the object's types and, appended, so that ids stay what they are, the copies
 * @param copies the ids of copies by the type of program and the id of the original
 */
record ContextArguments(Btf btf, Map<ProgramType, Map<Integer, Integer>> copies) {
    private static final String TAG = "arg:ctx";

    /** {@return types without copies, for kernels that read the tag or verify no function alone} */
    static ContextArguments asTagged(Btf btf) {
        return new ContextArguments(btf, Map.of());
    }

    /**
     * {@return the types with the copies that programs of some types need}
     *
     * @param btf the object's types
     * @param programs the types of the programs that will be loaded
     */
    static ContextArguments of(Btf btf, Set<ProgramType> programs) {
        Map<Integer, List<Integer>> tagged = tagged(btf);
        if (tagged.isEmpty()) {
            return asTagged(btf);
        }
        BtfBuilder builder = BtfBuilder.copyOf(btf);
        Map<ProgramType, Map<Integer, Integer>> copies = new EnumMap<>(ProgramType.class);
        for (ProgramType program : programs) {
            String context = context(program);
            if (context != null) {
                copies.put(program, copy(btf, builder, tagged, program, context));
            }
        }
        return new ContextArguments(builder.build(btf.origin(), btf.byteOrder()), copies);
    }

    /**
     * Lets records of functions name the copies.
     *
     * @param records {@code struct bpf_func_info}s, changed in place
     * @param program the type of the program that they belong to
     * @param order the byte order of the records
     */
    void apply(byte[] records, ProgramType program, ByteOrder order) {
        Map<Integer, Integer> copied = copies.getOrDefault(program, Map.of());
        ByteBuffer buffer = ByteBuffer.wrap(records).order(order);
        for (int at = 4; at < records.length; at += LinkedProgram.FUNCTION_INFO_SIZE) {
            int id = buffer.getInt(at);
            buffer.putInt(at, copied.getOrDefault(id, id));
        }
    }

    /** {@return the indices of tagged arguments by the id of the function} */
    private static Map<Integer, List<Integer>> tagged(Btf btf) {
        Map<Integer, List<Integer>> tagged = new TreeMap<>();
        for (int id = btf.firstId(); id < btf.typeCount(); id++) {
            if (btf.kind(id) == BtfKind.DECL_TAG
                    && btf.type(id) instanceof BtfType.DeclTag tag
                    && tag.name().equals(TAG)
                    && tag.component() >= 0
                    && btf.type(tag.type()) instanceof BtfType.Function function
                    && function.linkage() == Linkage.GLOBAL) {
                tagged.computeIfAbsent(tag.type(), _ -> new ArrayList<>()).add(tag.component());
            }
        }
        return tagged;
    }

    private static Map<Integer, Integer> copy(
            Btf btf,
            BtfBuilder builder,
            Map<Integer, List<Integer>> tagged,
            ProgramType program,
            String context) {
        Map<Integer, Integer> copied = new HashMap<>();
        int pointer = 0;
        for (Map.Entry<Integer, List<Integer>> entry : tagged.entrySet()) {
            var function = (BtfType.Function) btf.type(entry.getKey());
            if (!(btf.type(function.prototype()) instanceof BtfType.FunctionPrototype prototype)) {
                continue;
            }
            List<BtfType.Parameter> parameters = new ArrayList<>(prototype.parameters());
            boolean changed = false;
            for (int index : entry.getValue()) {
                if (index < parameters.size()
                        && stands(btf, parameters.get(index).type(), program)) {
                    if (pointer == 0) {
                        int struct = builder.add(new BtfType.Struct(context, 0, List.of(), false));
                        pointer = builder.add(new BtfType.Pointer(struct));
                    }
                    String name = parameters.get(index).name();
                    parameters.set(index, new BtfType.Parameter(name, pointer));
                    changed = true;
                }
            }
            if (changed) {
                int copy =
                        builder.add(
                                new BtfType.FunctionPrototype(prototype.returnType(), parameters));
                copied.put(
                        entry.getKey(),
                        builder.add(
                                new BtfType.Function(function.name(), copy, function.linkage())));
            }
        }
        return copied;
    }

    /**
     * {@return whether an argument's type may stand for the context, but is not the struct that old
     * kernels look for}
     */
    private static boolean stands(Btf btf, int id, ProgramType program) {
        if (!(btf.type(btf.skipModifiersAndTypedefs(id)) instanceof BtfType.Pointer pointer)) {
            return false;
        }
        return switch (btf.type(btf.skipModifiersAndTypedefs(pointer.type()))) {
            case BtfType.Void _ -> true;
            case BtfType.Struct struct -> isRegisters(struct.name(), program);
            // Raw tracepoints have an array of 64-bit arguments.
            case BtfType.Int number ->
                    number.size() == 8
                            && (program == ProgramType.RAW_TRACEPOINT
                                    || program == ProgramType.RAW_TRACEPOINT_WRITABLE);
            default -> false;
        };
    }

    /** They have a name on each architecture; kernels look for a struct named as the typedef is. */
    private static boolean isRegisters(String struct, ProgramType program) {
        return (program == ProgramType.KPROBE || program == ProgramType.PERF_EVENT)
                && (struct.equals("pt_regs")
                        || struct.equals("user_pt_regs")
                        || struct.equals("user_regs_struct"));
    }

    /**
     * {@return the struct that stands for the context ({@code bpf_ctx_convert} in the kernel),
     * {@code null} for programs whose context has no name}
     */
    private static String context(ProgramType program) {
        return switch (program) {
            case CGROUP_DEVICE -> "bpf_cgroup_dev_ctx";
            case CGROUP_SOCK -> "bpf_sock";
            case CGROUP_SOCK_ADDR -> "bpf_sock_addr";
            case CGROUP_SOCKOPT -> "bpf_sockopt";
            case CGROUP_SYSCTL -> "bpf_sysctl";
            case KPROBE -> "bpf_user_pt_regs_t";
            case NETFILTER -> "bpf_nf_ctx";
            case PERF_EVENT -> "bpf_perf_event_data";
            case RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE -> "bpf_raw_tracepoint_args";
            case SK_LOOKUP -> "bpf_sk_lookup";
            case SK_MSG -> "sk_msg_md";
            case SK_REUSEPORT -> "sk_reuseport_md";
            case SOCK_OPS -> "bpf_sock_ops";
            case XDP -> "xdp_md";
            case CGROUP_SKB,
                    FLOW_DISSECTOR,
                    LWT_IN,
                    LWT_OUT,
                    LWT_XMIT,
                    LWT_SEG6LOCAL,
                    SCHED_ACT,
                    SCHED_CLS,
                    SK_SKB,
                    SOCKET_FILTER ->
                    "__sk_buff";
            default -> null;
        };
    }
}
