package dev.purebpf.core;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Searches the kernel for types that one of the object's types may stand for. */
final class Candidates {
    /** After so many searches it pays to know all names of the kernel. */
    private static final int SEARCHES_BEFORE_INDEX = 200;

    private final Types kernel;
    private final Supplier<List<Types>> modules;
    private final Map<Wanted, List<Candidate>> found = new HashMap<>();
    private Map<Wanted, List<Candidate>> kernelIndex;
    private Map<Wanted, List<Candidate>> moduleIndex;

    /**
     * A type of the kernel or of a module.
     *
     * @param types whose it is
     * @param id its id there
     */
    record Candidate(Types types, int id) {}

    /**
     * What is searched for.
     *
     * @param name an essential name
     * @param kind a kind; {@link BtfKind#ENUM} stands for enumerations of either size
     */
    private record Wanted(String name, BtfKind kind) {
        static Wanted of(String name, BtfKind kind) {
            return new Wanted(
                    EssentialName.of(name), Types.isEnumeration(kind) ? BtfKind.ENUM : kind);
        }

        // Written out, because Java makes those of a record while it runs, which costs a start.
        @Override
        public int hashCode() {
            return 31 * name.hashCode() + kind.ordinal();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Wanted wanted
                    && kind == wanted.kind
                    && name.equals(wanted.name);
        }
    }

    /**
     * Prepares to search.
     *
     * @param modules gives the types of modules, each time the same; asked only when they are
     *     needed
     */
    Candidates(Types kernel, Supplier<List<Types>> modules) {
        this.kernel = kernel;
        this.modules = modules;
    }

    /**
     * {@return the types of the same kind and essential name} Modules are asked only when the
     * kernel itself has none, and only for types of their own.
     */
    List<Candidate> find(String name, BtfKind kind) {
        Wanted wanted = Wanted.of(name, kind);
        List<Candidate> known = found.get(wanted);
        if (known == null) {
            known = find(wanted);
            found.put(wanted, known);
        }
        return known;
    }

    private List<Candidate> find(Wanted wanted) {
        if (kernelIndex == null && found.size() >= SEARCHES_BEFORE_INDEX) {
            kernelIndex = new HashMap<>();
            addTo(kernelIndex, kernel, 1);
        }
        if (kernelIndex != null) {
            List<Candidate> known = kernelIndex.get(wanted);
            return known != null ? known : ofModules().getOrDefault(wanted, List.of());
        }
        var result = new ArrayList<Candidate>();
        search(kernel, 1, wanted, result);
        if (result.isEmpty()) {
            for (Types module : modules.get()) {
                search(module, module.btf().firstId(), wanted, result);
            }
        }
        return result;
    }

    private Map<Wanted, List<Candidate>> ofModules() {
        if (moduleIndex == null) {
            moduleIndex = new HashMap<>();
            for (Types module : modules.get()) {
                addTo(moduleIndex, module, module.btf().firstId());
            }
        }
        return moduleIndex;
    }

    private static void addTo(Map<Wanted, List<Candidate>> index, Types types, int from) {
        Btf btf = types.btf();
        for (int id = from; id < btf.typeCount(); id++) {
            String name = btf.name(id);
            if (!name.isEmpty()) {
                index.computeIfAbsent(Wanted.of(name, btf.kind(id)), _ -> new ArrayList<>(1))
                        .add(new Candidate(types, id));
            }
        }
    }

    private static void search(Types types, int from, Wanted wanted, List<Candidate> result) {
        Btf btf = types.btf();
        byte[] prefix = wanted.name.getBytes(StandardCharsets.UTF_8);
        Set<BtfKind> kinds =
                wanted.kind == BtfKind.ENUM
                        ? EnumSet.of(BtfKind.ENUM, BtfKind.ENUM64)
                        : EnumSet.of(wanted.kind);
        for (int id = from; (id = btf.findNext(id, prefix, kinds)) >= 0; id++) {
            if (EssentialName.of(btf.name(id)).equals(wanted.name)) {
                result.add(new Candidate(types, id));
            }
        }
    }
}
