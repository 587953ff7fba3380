package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A global variable of the C source.
 *
 * @param name its name
 * @param offset where it begins within its section and so within the map's value, in bytes
 * @param size its size in bytes
 * @param type the id of its type in the object's BTF (of the declared type, not of the {@code
 *     BtfType.Variable}), or 0 when the object has no BTF for it
 * @param linkage how far it is known
 */
public record DataVariable(String name, long offset, long size, int type, Linkage linkage) {
    /**
     * {@return the variables that a section is said to hold, by ascending offset}
     *
     * @param btf the types
     * @param section one of them
     */
    public static List<DataVariable> of(Btf btf, BtfType.DataSection section) {
        var variables = new ArrayList<DataVariable>();
        for (BtfType.SectionEntry entry : section.entries()) {
            if (btf.kind(entry.type()) == BtfKind.VARIABLE
                    && btf.type(entry.type()) instanceof BtfType.Variable variable) {
                variables.add(
                        new DataVariable(
                                variable.name(),
                                entry.offset(),
                                entry.size(),
                                variable.type(),
                                variable.linkage()));
            }
        }
        variables.sort(Comparator.comparingLong(DataVariable::offset));
        return variables;
    }
}
