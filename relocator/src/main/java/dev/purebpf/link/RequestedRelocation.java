package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfExt;
import dev.purebpf.btf.BtfExt.CoreRelocation;
import dev.purebpf.core.AccessSpec;
import dev.purebpf.insn.Instruction;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A CO-RE relocation of an object, before any kernel is known: where it is and what it asks.
 *
 * @param function the name of the program or subprogram that has it
 * @param slot the index of the instruction's slot of eight bytes within the function
 * @param line the line of C that the instruction was compiled from, if the object tells
 * @param relocation the record
 * @param asked what it asks for, by the object's own types; empty when the object is damaged there
 */
public record RequestedRelocation(
        String function,
        int slot,
        Optional<BtfExt.LineInfo> line,
        CoreRelocation relocation,
        Optional<AccessSpec> asked) {

    static List<RequestedRelocation> of(ProgramDefinition function, Btf types) {
        var requested = new ArrayList<RequestedRelocation>();
        int slot = 0;
        for (int index = 0; index < function.instructions().size(); index++) {
            Instruction instruction = function.instructions().get(index);
            for (CoreRelocation relocation : instruction.relocations()) {
                requested.add(
                        new RequestedRelocation(
                                function.name(),
                                slot,
                                function.line(index),
                                relocation,
                                AccessSpec.of(types, relocation)));
            }
            slot += instruction.slots();
        }
        return requested;
    }
}
