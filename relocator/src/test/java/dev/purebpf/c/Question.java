package dev.purebpf.c;

import dev.purebpf.btf.CoreRelocationKind;
import dev.purebpf.c.CType.Array;
import dev.purebpf.c.CType.Composite;

import java.util.ArrayList;
import java.util.List;

/**
 * What a relocation asks.
 *
 * @param declaration the index of the declaration that it is about
 * @param access indexes of members and elements, or of an enumerator
 */
public record Question(CoreRelocationKind kind, int declaration, List<Integer> access) {
    private static final List<CoreRelocationKind> TYPES =
            List.of(
                    CoreRelocationKind.TYPE_EXISTS,
                    CoreRelocationKind.TYPE_SIZE,
                    CoreRelocationKind.TYPE_MATCHES,
                    CoreRelocationKind.TYPE_ID_TARGET,
                    CoreRelocationKind.TYPE_ID_LOCAL);
    private static final List<CoreRelocationKind> FIELDS =
            List.of(
                    CoreRelocationKind.FIELD_BYTE_OFFSET,
                    CoreRelocationKind.FIELD_BYTE_SIZE,
                    CoreRelocationKind.FIELD_EXISTS,
                    CoreRelocationKind.FIELD_SIGNED,
                    CoreRelocationKind.FIELD_LEFT_SHIFT,
                    CoreRelocationKind.FIELD_RIGHT_SHIFT,
                    CoreRelocationKind.FIELD_BYTE_OFFSET);
    private static final List<CoreRelocationKind> ENUMERATORS =
            List.of(CoreRelocationKind.ENUMERATOR_VALUE, CoreRelocationKind.ENUMERATOR_EXISTS);

    /** {@return a question about a unit; seldom one that makes no sense} */
    public static Question about(CUnit unit, Choices choices) {
        int declaration = choices.below(unit.declarations().size());
        CType type = unit.bare(unit.declarations().get(declaration));
        if (choices.onceIn(4)) {
            return new Question(choices.of(TYPES), declaration, List.of(0));
        }
        if (type instanceof CType.Enum enumeration) {
            int past = choices.onceIn(30) ? 1 : 0;
            int index = choices.below(enumeration.constants().size() + past);
            return new Question(choices.of(ENUMERATORS), declaration, List.of(index));
        }
        return new Question(choices.of(FIELDS), declaration, path(unit, type, choices));
    }

    private static List<Integer> path(CUnit unit, CType root, Choices choices) {
        var path = new ArrayList<Integer>();
        path.add(choices.onceIn(12) ? 1 + choices.below(3) : 0);
        CType at = root;
        boolean named = false;
        // To an anonymous member no C expression leads.
        while (!named || !choices.onceIn(3)) {
            int past = choices.onceIn(25) ? 1 : 0;
            switch (unit.bare(at)) {
                case Composite composite -> {
                    int count = composite.fields().size();
                    int index = choices.below(Math.max(1, count + past));
                    path.add(index);
                    if (index >= count) {
                        return path;
                    }
                    at = composite.fields().get(index).type();
                    named = !composite.fields().get(index).name().isEmpty();
                }
                case Array array -> {
                    int length = array.length() == 0 ? 3 : array.length();
                    path.add(choices.below(length + past));
                    at = array.element();
                    named = true;
                }
                default -> {
                    if (past == 1) {
                        path.add(0);
                    }
                    return path;
                }
            }
        }
        return path;
    }

    /** {@return the type of the field or element that a question makes sense of asks about} */
    public CType type(CUnit unit) {
        CType at = unit.declarations().get(declaration);
        for (int index : access.subList(1, access.size())) {
            at =
                    switch (unit.bare(at)) {
                        case Composite composite -> composite.fields().get(index).type();
                        case Array array -> array.element();
                        default -> throw new IllegalArgumentException(toString());
                    };
        }
        return unit.bare(at);
    }

    /** {@return the access spec as compilers write it} */
    public String spec() {
        return String.join(":", access.stream().map(String::valueOf).toList());
    }
}
