package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.core.EssentialName;
import dev.purebpf.link.MapDefinition.Origin;
import dev.purebpf.link.MapDefinition.Slot;
import dev.purebpf.link.TargetKernel.Found;

import java.util.List;
import java.util.Optional;

/**
 * What a program in {@code SEC("struct_ops")} implements: an operation in one of the kernel's
 * tables. It is loaded with the table's type as {@code attach_btf_id} and with the operation's
 * index as {@code expected_attach_type}.
 *
 * @param table the name of the kernel's struct: {@code tcp_congestion_ops}
 * @param operation the name of its member: {@code ssthresh}
 * @param module the module that the struct belongs to; empty for the kernel itself
 * @param type the id of the struct there
 * @param member the index of the member in the kernel's struct, which may differ from that in the
 *     object's
 */
public record StructOpsTarget(String table, String operation, String module, int type, int member) {
    /**
     * What the names of structs begin with in which the kernel keeps tables that programs may
     * implement; there may be a struct of the table's name without, and then nobody can.
     */
    private static final String WRAPPER = "bpf_struct_ops_";

    /**
     * {@return what a program implements; empty when no table of the object refers to it, or the
     * kernel does not have that table or operation, or lets nobody implement it}
     *
     * @param object the object
     * @param program the program's name
     * @param kernel the kernel
     */
    public static Optional<StructOpsTarget> of(
            ObjectFile object, String program, TargetKernel kernel) {
        for (MapDefinition map : object.maps()) {
            if (map.origin() == Origin.STRUCT_OPS) {
                for (Slot slot : map.slots()) {
                    if (slot.target().equals(program)) {
                        return of(object.btf().orElseThrow(), map.valueType(), slot, kernel);
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<StructOpsTarget> of(
            Btf local, int type, Slot slot, TargetKernel kernel) {
        var here = (BtfType.Struct) local.type(type);
        String table = EssentialName.of(here.name());
        String operation = here.members().get(slot.index()).name();
        Optional<Found> wrapper = kernel.find(WRAPPER + table, BtfKind.STRUCT);
        if (wrapper.isEmpty()) {
            return Optional.empty();
        }
        Btf types = wrapper.get().types();
        int id = types.find(table, BtfKind.STRUCT);
        if (id < 0 || !holds((BtfType.Struct) types.type(wrapper.get().id()), id)) {
            return Optional.empty();
        }
        List<BtfType.Member> members = ((BtfType.Struct) types.type(id)).members();
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).name().equals(operation)) {
                return Optional.of(
                        new StructOpsTarget(table, operation, wrapper.get().module(), id, i));
            }
        }
        return Optional.empty();
    }

    private static boolean holds(BtfType.Struct wrapper, int table) {
        return wrapper.members().stream().anyMatch(member -> member.type() == table);
    }
}
