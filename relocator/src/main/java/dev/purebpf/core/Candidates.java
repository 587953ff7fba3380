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
    /** After so many searches, each through all types, it pays to know their names. */
    private static final int SEARCHES_BEFORE_INDEX = 200;

    private final Types kernel;
    private final Supplier<List<Types>> modules;
    private final Map<Wanted, List<Candidate>> found = new HashMap<>();
    private final Map<Types, NameIndex> indexes = new HashMap<>();

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

        boolean isKind(BtfKind other) {
            return kind == other || kind == BtfKind.ENUM && other == BtfKind.ENUM64;
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
        boolean indexed = found.size() >= SEARCHES_BEFORE_INDEX;
        var result = new ArrayList<Candidate>();
        search(kernel, 1, indexed, wanted, result);
        if (result.isEmpty()) {
            for (Types module : modules.get()) {
                search(module, module.btf().firstId(), indexed, wanted, result);
            }
        }
        return result;
    }

    private void search(
            Types types, int from, boolean indexed, Wanted wanted, List<Candidate> result) {
        Btf btf = types.btf();
        byte[] name = wanted.name.getBytes(StandardCharsets.UTF_8);
        if (indexed) {
            NameIndex index = indexes.computeIfAbsent(types, _ -> new NameIndex(btf, from));
            for (int id = index.first(name); id != 0; id = index.next(id)) {
                if (wanted.isKind(btf.kind(id)) && btf.nameStartsWith(id, name)) {
                    add(types, id, wanted, result);
                }
            }
            return;
        }
        Set<BtfKind> kinds =
                wanted.kind == BtfKind.ENUM
                        ? EnumSet.of(BtfKind.ENUM, BtfKind.ENUM64)
                        : EnumSet.of(wanted.kind);
        for (int id = from; (id = btf.findNext(id, name, kinds)) >= 0; id++) {
            add(types, id, wanted, result);
        }
    }

    private static void add(Types types, int id, Wanted wanted, List<Candidate> result) {
        if (EssentialName.of(types.btf().name(id)).equals(wanted.name)) {
            result.add(new Candidate(types, id));
        }
    }
}
