package dev.purebpf.core;

import dev.purebpf.btf.BtfExt.CoreRelocation;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.CoreRelocationKind;

/** Reads the access specs of an object's relocations, by the object's own types. */
final class LocalSpecs {
    private final Types types;

    LocalSpecs(Types types) {
        this.types = types;
    }

    AccessSpec parse(CoreRelocation relocation) throws CoreProblem {
        if (relocation.kind() == CoreRelocationKind.UNKNOWN) {
            throw new CoreProblem("asks for something newer than this version of PureBPF");
        }
        if (!types.has(relocation.type())) {
            throw new CoreProblem(
                    "starts from type " + relocation.type() + ", which the object does not have");
        }
        var spec = new AccessSpec(types, relocation.type(), relocation.kind());
        if (relocation.kind().isType()) {
            if (!relocation.access().equals("0")) {
                throw invalid(relocation);
            }
            return spec;
        }
        int[] indexes = indexes(relocation);
        for (int index : indexes) {
            spec.push(index);
        }
        int id = types.skip(relocation.type());
        if (relocation.kind().isEnumerator()) {
            if (!(types.type(id) instanceof BtfType.Enumeration enumeration)
                    || indexes.length > 1
                    || indexes[0] >= enumeration.enumerators().size()) {
                throw invalid(relocation);
            }
            spec.access(id, indexes[0], enumeration.enumerators().get(indexes[0]).name());
            return spec;
        }
        walk(spec, id, indexes, relocation);
        return spec;
    }

    private void walk(AccessSpec spec, int root, int[] indexes, CoreRelocation relocation)
            throws CoreProblem {
        spec.access(root, indexes[0], null);
        spec.move(offset(indexes[0], types.size(root)));
        int id = root;
        for (int i = 1; i < indexes.length; i++) {
            int index = indexes[i];
            id = types.skip(id);
            switch (types.type(id)) {
                case BtfType.Composite composite -> {
                    if (index >= composite.members().size()) {
                        throw invalid(relocation);
                    }
                    BtfType.Member member = composite.members().get(index);
                    spec.move(member.bitOffset());
                    // Unnamed members move the offset, but nobody can ask for them by name.
                    if (!member.name().isEmpty()) {
                        spec.access(id, index, member.name());
                    }
                    id = member.type();
                }
                case BtfType.Array array -> {
                    id = types.skip(array.elementType());
                    if (!isFlexible(spec, array) && index >= array.length()) {
                        throw invalid(relocation);
                    }
                    spec.access(id, index, null);
                    spec.move(offset(index, types.size(id)));
                }
                default -> throw invalid(relocation);
            }
        }
    }

    /**
     * {@return whether an array may be indexed past its end: it has no length, and the last access
     * was to the last member of a struct}
     */
    static boolean isFlexible(AccessSpec spec, BtfType.Array array) {
        AccessSpec.Accessor last = spec.last();
        return last.name() != null
                && array.length() == 0
                && spec.types().type(last.type()) instanceof BtfType.Composite owner
                && last.index() == owner.members().size() - 1;
    }

    /** {@return the offset of an array's element in bits} */
    static long offset(int index, long size) throws CoreProblem {
        if (size > Long.MAX_VALUE / 8 / (index + 1L)) {
            throw new CoreProblem("element " + index + " lies too far away");
        }
        return index * size * 8;
    }

    private static int[] indexes(CoreRelocation relocation) throws CoreProblem {
        String[] parts = relocation.access().split(":", -1);
        if (parts.length > AccessSpec.MAX_LENGTH) {
            throw new CoreProblem(
                    "has "
                            + parts.length
                            + " levels, more than the allowed "
                            + AccessSpec.MAX_LENGTH);
        }
        var indexes = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            try {
                indexes[i] = Integer.parseInt(parts[i]);
            } catch (NumberFormatException e) {
                throw invalid(relocation);
            }
            if (indexes[i] < 0) {
                throw invalid(relocation);
            }
        }
        return indexes;
    }

    private static CoreProblem invalid(CoreRelocation relocation) {
        return new CoreProblem(
                "access spec \""
                        + relocation.access()
                        + "\" does not fit the object's own types; the object is damaged");
    }
}
