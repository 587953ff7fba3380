package dev.purebpf.core;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Searches the kernel for types that one of the object's types may stand for. */
final class Candidates {
    private final Types kernel;
    private final List<Types> modules;

    /**
     * A type of the kernel or of a module.
     *
     * @param types whose it is
     * @param id its id there
     */
    record Candidate(Types types, int id) {}

    Candidates(Types kernel, List<Types> modules) {
        this.kernel = kernel;
        this.modules = modules;
    }

    /**
     * {@return the types of the same kind and essential name} Modules are asked only when the
     * kernel itself has none, and only for types of their own.
     */
    List<Candidate> find(String name, BtfKind kind) {
        String essential = EssentialName.of(name);
        var found = new ArrayList<Candidate>();
        search(kernel, 1, essential, kind, found);
        if (found.isEmpty()) {
            for (Types module : modules) {
                search(module, module.btf().firstId(), essential, kind, found);
            }
        }
        return found;
    }

    private static void search(
            Types types, int from, String essential, BtfKind kind, List<Candidate> found) {
        Btf btf = types.btf();
        byte[] prefix = essential.getBytes(StandardCharsets.UTF_8);
        boolean enumeration = Types.isEnumeration(kind);
        int end = btf.typeCount();
        for (int id = from; id < end; id++) {
            BtfKind other = btf.kind(id);
            if ((other == kind || enumeration && Types.isEnumeration(other))
                    && btf.nameStartsWith(id, prefix)
                    && EssentialName.of(btf.name(id)).equals(essential)) {
                found.add(new Candidate(types, id));
            }
        }
    }
}
