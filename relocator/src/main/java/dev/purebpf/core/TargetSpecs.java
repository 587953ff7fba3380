package dev.purebpf.core;

import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.CoreRelocationKind;

import java.util.HashSet;
import java.util.Set;

/** Finds what an object asks for in a type of the kernel. */
final class TargetSpecs {
    private final Types types;
    private final TypeComparison comparison;

    TargetSpecs(Types local, Types target) {
        this.types = target;
        this.comparison = new TypeComparison(local, target);
    }

    /**
     * {@return the way to what a spec asks for in a candidate, or {@code null} if it is not there}
     */
    AccessSpec match(AccessSpec local, CoreRelocationKind kind, int candidate) throws CoreProblem {
        var spec = new AccessSpec(types, candidate, kind);
        boolean matched;
        if (kind == CoreRelocationKind.TYPE_MATCHES) {
            matched = comparison.matches(local.rootType(), candidate);
        } else if (kind.isType()) {
            matched = comparison.compatible(local.rootType(), candidate);
        } else if (kind.isEnumerator()) {
            matched = enumerator(local, spec);
        } else {
            matched = field(local, spec);
        }
        return matched ? spec : null;
    }

    private boolean enumerator(AccessSpec local, AccessSpec spec) throws CoreProblem {
        int id = types.skip(spec.rootType());
        if (!(types.type(id) instanceof BtfType.Enumeration enumeration)) {
            return false;
        }
        String name = local.last().name();
        for (int i = 0; i < enumeration.enumerators().size(); i++) {
            String other = enumeration.enumerators().get(i).name();
            if (EssentialName.same(name, other)) {
                spec.access(id, i, other);
                spec.push(i);
                return true;
            }
        }
        return false;
    }

    private boolean field(AccessSpec local, AccessSpec spec) throws CoreProblem {
        int id = spec.rootType();
        boolean first = true;
        for (AccessSpec.Accessor accessor : local.accessors()) {
            id = types.skip(id);
            if (accessor.name() != null) {
                id = member(local, accessor, spec, id, new HashSet<>());
                if (id < 0) {
                    return false;
                }
            } else {
                // The first index counts whole roots, as of a pointer; only others need an array.
                if (!first) {
                    if (!(types.type(id) instanceof BtfType.Array array)
                            || !LocalSpecs.isFlexible(spec, array)
                                    && accessor.index() >= array.length()) {
                        return false;
                    }
                    id = types.skip(array.elementType());
                }
                spec.push(accessor.index());
                spec.access(id, accessor.index(), null);
                spec.move(LocalSpecs.offset(accessor.index(), types.size(id)));
            }
            first = false;
        }
        return true;
    }

    /**
     * Looks for a member by its name, in anonymous members too, and appends the way to it.
     *
     * @param fruitless anonymous types that were searched in vain; a hostile type can hold the same
     *     one more often than anyone can look
     * @return the id of the member's type; −1 when there is no such member or it has a type that
     *     cannot be what the object wants
     */
    private int member(
            AccessSpec local,
            AccessSpec.Accessor wanted,
            AccessSpec spec,
            int type,
            Set<Integer> fruitless)
            throws CoreProblem {
        int id = types.skip(type);
        if (!(types.type(id) instanceof BtfType.Composite composite) || fruitless.contains(id)) {
            return -1;
        }
        for (int i = 0; i < composite.members().size(); i++) {
            BtfType.Member member = composite.members().get(i);
            boolean named = member.name().equals(wanted.name());
            if (!named && !member.name().isEmpty()) {
                continue;
            }
            spec.push(i);
            spec.move(member.bitOffset());
            if (named) {
                var owner = (BtfType.Composite) local.types().type(wanted.type());
                int wantedType = owner.members().get(wanted.index()).type();
                if (!comparison.fieldsCompatible(wantedType, member.type())) {
                    return -1;
                }
                spec.access(id, i, member.name());
                return member.type();
            }
            int found = member(local, wanted, spec, member.type(), fruitless);
            if (found >= 0) {
                return found;
            }
            spec.move(-member.bitOffset());
            spec.pop();
        }
        fruitless.add(id);
        return -1;
    }
}
