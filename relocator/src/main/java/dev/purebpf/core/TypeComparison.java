package dev.purebpf.core;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Compares a type of the object with one of the kernel, in the three degrees of strictness that
 * CO-RE knows: may a field of one be read as the other, do they have the same outline, are they the
 * same. It remembers what it has compared; one thread uses it.
 */
public final class TypeComparison {
    /** How deep types may be nested before comparing them is given up as hostile. */
    private static final int MAX_DEPTH = 32;

    private final Types local;
    private final Types target;
    // By pair(…). A record as the key would cost a start more than all that is compared: Java makes
    // the code of its hashCode only then.
    private final Map<Long, Boolean> matches = new HashMap<>();
    private final Set<Long> compatible = new HashSet<>();

    TypeComparison(Types local, Types target) {
        this.local = local;
        this.target = target;
    }

    /**
     * {@return whether a type of the object has the outline of one of the kernel: the same kinds at
     * every level, whatever the names, sizes and lengths below} Types nested too deep have not.
     *
     * @param local the object's types
     * @param localId the id of one of them
     * @param target the kernel's types
     * @param targetId the id of one of those
     */
    public static boolean compatible(Btf local, int localId, Btf target, int targetId) {
        try {
            return new TypeComparison(new Types(local), new Types(target))
                    .compatible(localId, targetId);
        } catch (CoreProblem _) {
            return false;
        }
    }

    /**
     * {@return a type in words: {@code struct task_struct}}
     *
     * @param btf the types
     * @param id the id of one of them
     */
    public static String describe(Btf btf, int id) {
        return new Types(btf).describe(id);
    }

    /**
     * {@return whether a field of the one type may be taken for a field of the other} Sizes and
     * signs may differ: whoever reads the field asks for those.
     */
    boolean fieldsCompatible(int localId, int targetId) throws CoreProblem {
        int localAt = localId;
        int targetAt = targetId;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            BtfType first = local.resolved(localAt);
            BtfType second = target.resolved(targetAt);
            if (first instanceof BtfType.Composite && second instanceof BtfType.Composite) {
                return true;
            }
            if (!Types.sameKind(first.kind(), second.kind())) {
                return false;
            }
            switch (first) {
                case BtfType.Pointer _, BtfType.Float _ -> {
                    return true;
                }
                case BtfType.Enumeration _, BtfType.Forward _ -> {
                    return first.name().isEmpty()
                            || second.name().isEmpty()
                            || EssentialName.same(first.name(), second.name());
                }
                case BtfType.Int number -> {
                    return plain(number, second);
                }
                case BtfType.Array array -> {
                    localAt = array.elementType();
                    targetAt = ((BtfType.Array) second).elementType();
                }
                default -> {
                    return false;
                }
            }
        }
        throw tooDeep();
    }

    /** {@return two types, whose ids have 31 bits, and whether a pointer leads to them} */
    private static long pair(int localId, int targetId, boolean behindPointer) {
        return (behindPointer ? Long.MIN_VALUE : 0) | (long) localId << 32 | targetId;
    }

    /**
     * {@return whether two types have the same outline} Names below the root, sizes and lengths do
     * not matter; it is what type_exists asks.
     */
    boolean compatible(int localId, int targetId) throws CoreProblem {
        if (!Types.sameKind(local.type(localId).kind(), target.type(targetId).kind())) {
            return false;
        }
        return compatible(localId, targetId, MAX_DEPTH);
    }

    private boolean compatible(int localId, int targetId, int level) throws CoreProblem {
        int localAt = localId;
        int targetAt = targetId;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            localAt = local.skip(localAt);
            targetAt = target.skip(targetAt);
            BtfType first = local.type(localAt);
            BtfType second = target.type(targetAt);
            if (!Types.sameKind(first.kind(), second.kind())) {
                return false;
            }
            switch (first) {
                case BtfType.Void _,
                        BtfType.Composite _,
                        BtfType.Enumeration _,
                        BtfType.Forward _ -> {
                    return true;
                }
                case BtfType.Int number -> {
                    return plain(number, second);
                }
                case BtfType.Pointer pointer -> {
                    localAt = pointer.type();
                    targetAt = ((BtfType.Pointer) second).type();
                }
                case BtfType.Array array -> {
                    localAt = array.elementType();
                    targetAt = ((BtfType.Array) second).elementType();
                }
                case BtfType.FunctionPrototype prototype -> {
                    var other = (BtfType.FunctionPrototype) second;
                    if (!parametersCompatible(prototype, other, level)) {
                        return false;
                    }
                    localAt = prototype.returnType();
                    targetAt = other.returnType();
                }
                default -> {
                    return false;
                }
            }
        }
        throw tooDeep();
    }

    private boolean parametersCompatible(
            BtfType.FunctionPrototype first, BtfType.FunctionPrototype second, int level)
            throws CoreProblem {
        if (first.parameters().size() != second.parameters().size()) {
            return false;
        }
        for (int i = 0; i < first.parameters().size(); i++) {
            if (level <= 0) {
                throw tooDeep();
            }
            int localId = local.skip(first.parameters().get(i).type());
            int targetId = target.skip(second.parameters().get(i).type());
            // What was found compatible once need not be looked at again; a type graph can have
            // more ways through it than anyone can walk.
            long pair = pair(localId, targetId, false);
            if (!compatible.contains(pair)) {
                if (!compatible(localId, targetId, level - 1)) {
                    return false;
                }
                compatible.add(pair);
            }
        }
        return true;
    }

    /**
     * {@return whether the kernel's type is the same} Essential names and sizes are equal at every
     * level, and everything that the object's type has is there; it is what type_matches asks.
     */
    boolean matches(int localId, int targetId) throws CoreProblem {
        return matches(localId, targetId, false, MAX_DEPTH);
    }

    private boolean matches(int localId, int targetId, boolean behindPointer, int level)
            throws CoreProblem {
        long pair = pair(localId, targetId, behindPointer);
        Boolean known = matches.get(pair);
        if (known == null) {
            known = compare(localId, targetId, behindPointer, level);
            matches.put(pair, known);
        }
        return known;
    }

    private boolean compare(int localId, int targetId, boolean behind, int level)
            throws CoreProblem {
        if (level <= 0) {
            throw tooDeep();
        }
        boolean behindPointer = behind;
        int localAt = localId;
        int targetAt = targetId;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            BtfType first = local.resolved(localAt);
            BtfType second = target.resolved(targetAt);
            if (!EssentialName.same(first.name(), second.name())) {
                return false;
            }
            switch (first) {
                case BtfType.Void _ -> {
                    return second.kind() == BtfKind.VOID;
                }
                case BtfType.Forward forward -> {
                    return forwardMatches(forward, second, behindPointer);
                }
                case BtfType.Enumeration enumeration -> {
                    return second instanceof BtfType.Enumeration other
                            && enumerationsMatch(enumeration, other);
                }
                case BtfType.Composite composite -> {
                    if (behindPointer) {
                        return composite.kind() == second.kind()
                                || second instanceof BtfType.Forward forward
                                        && forward.union() == composite instanceof BtfType.Union;
                    }
                    return composite.kind() == second.kind()
                            && membersMatch(composite, (BtfType.Composite) second, level);
                }
                case BtfType.Int number -> {
                    return second instanceof BtfType.Int other
                            && number.size() == other.size()
                            && number.signed() == other.signed();
                }
                case BtfType.Pointer pointer -> {
                    if (!(second instanceof BtfType.Pointer other)) {
                        return false;
                    }
                    behindPointer = true;
                    localAt = pointer.type();
                    targetAt = other.type();
                }
                case BtfType.Array array -> {
                    if (!(second instanceof BtfType.Array other)
                            || array.length() != other.length()) {
                        return false;
                    }
                    localAt = array.elementType();
                    targetAt = other.elementType();
                }
                case BtfType.FunctionPrototype prototype -> {
                    if (!(second instanceof BtfType.FunctionPrototype other)
                            || !parametersMatch(prototype, other, behindPointer, level)) {
                        return false;
                    }
                    localAt = prototype.returnType();
                    targetAt = other.returnType();
                }
                default -> {
                    return false;
                }
            }
        }
        throw tooDeep();
    }

    private static boolean forwardMatches(
            BtfType.Forward forward, BtfType second, boolean behindPointer) {
        return switch (second) {
            case BtfType.Forward other -> forward.union() == other.union();
            case BtfType.Struct _ -> behindPointer && !forward.union();
            case BtfType.Union _ -> behindPointer && forward.union();
            default -> false;
        };
    }

    private static boolean enumerationsMatch(
            BtfType.Enumeration first, BtfType.Enumeration second) {
        if (first.size() != second.size()
                || first.enumerators().size() > second.enumerators().size()) {
            return false;
        }
        var names = new HashSet<String>();
        for (BtfType.Enumerator enumerator : second.enumerators()) {
            names.add(EssentialName.of(enumerator.name()));
        }
        for (BtfType.Enumerator enumerator : first.enumerators()) {
            if (!names.contains(EssentialName.of(enumerator.name()))) {
                return false;
            }
        }
        return true;
    }

    private boolean membersMatch(BtfType.Composite first, BtfType.Composite second, int level)
            throws CoreProblem {
        if (first.members().size() > second.members().size()) {
            return false;
        }
        for (BtfType.Member member : first.members()) {
            boolean found = false;
            for (BtfType.Member other : second.members()) {
                if (EssentialName.same(member.name(), other.name())
                        && matches(member.type(), other.type(), false, level - 1)) {
                    found = true;
                    break;
                }
            }
            if (!found) {
                return false;
            }
        }
        return true;
    }

    private boolean parametersMatch(
            BtfType.FunctionPrototype first,
            BtfType.FunctionPrototype second,
            boolean behindPointer,
            int level)
            throws CoreProblem {
        if (first.parameters().size() != second.parameters().size()) {
            return false;
        }
        for (int i = 0; i < first.parameters().size(); i++) {
            if (!matches(
                    first.parameters().get(i).type(),
                    second.parameters().get(i).type(),
                    behindPointer,
                    level - 1)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Numbers that begin within their bytes are bitfields of old; nobody knows how to read them.
     */
    private static boolean plain(BtfType.Int first, BtfType second) {
        return first.bitOffset() == 0 && ((BtfType.Int) second).bitOffset() == 0;
    }

    private static CoreProblem tooDeep() {
        return new CoreProblem("compares types that are nested too deep");
    }
}
