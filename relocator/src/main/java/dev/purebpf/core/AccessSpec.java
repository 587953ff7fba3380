package dev.purebpf.core;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfExt.CoreRelocation;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.CoreRelocationKind;
import dev.purebpf.error.MalformedObjectException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A way from a type to one of its fields or enumerators, or just the type: what an object asks for,
 * or where a kernel has it.
 *
 * <p>{@code 0:3:1} from {@code struct file} is {@code file[0]}, its member 3, and of that member 1.
 */
public final class AccessSpec {
    /** The most indexes that a spec may have ({@code BPF_CORE_SPEC_MAX_LEN}). */
    public static final int MAX_LENGTH = 64;

    private final Types types;
    private final int rootType;
    private final CoreRelocationKind kind;
    private final List<Integer> indexes = new ArrayList<>();
    private final List<Accessor> accessors = new ArrayList<>();
    private long bitOffset;

    /**
     * One step by name or array index.
     *
     * @param type the id of the struct, union or enum that has the member, or of the array's
     *     element
     * @param index the index of the member, enumerator or element
     * @param name the name of the member or enumerator; {@code null} for an element
     */
    record Accessor(int type, int index, String name) {}

    AccessSpec(Types types, int rootType, CoreRelocationKind kind) {
        this.types = types;
        this.rootType = rootType;
        this.kind = kind;
    }

    /**
     * {@return what a relocation asks for, in words; empty when the object is damaged there}
     *
     * @param object the object's types
     * @param relocation one of its relocations
     */
    public static Optional<AccessSpec> of(Btf object, CoreRelocation relocation) {
        try {
            return Optional.of(new LocalSpecs(new Types(object)).parse(relocation));
        } catch (CoreProblem | MalformedObjectException e) {
            return Optional.empty();
        }
    }

    /** {@return the first steps of the way} */
    AccessSpec prefix(int steps) {
        var prefix = new AccessSpec(types, rootType, kind);
        prefix.accessors.addAll(accessors.subList(0, steps));
        return prefix;
    }

    Types types() {
        return types;
    }

    List<Accessor> accessors() {
        return accessors;
    }

    Accessor last() {
        return accessors.getLast();
    }

    void push(int index) throws CoreProblem {
        if (indexes.size() == MAX_LENGTH) {
            throw new CoreProblem("is nested more than " + MAX_LENGTH + " levels deep");
        }
        indexes.add(index);
    }

    void pop() {
        indexes.removeLast();
    }

    void access(int type, int index, String name) {
        accessors.add(new Accessor(type, index, name));
    }

    void move(long bits) {
        bitOffset += bits;
    }

    /** {@return the id of the type that the way begins at} */
    public int rootType() {
        return rootType;
    }

    /** {@return where the way ends, in bits from the start of the root; may be within a byte} */
    public long bitOffset() {
        return bitOffset;
    }

    /** {@return the indexes as compilers write them: {@code 0:3:1}; of a type there are none} */
    String indexes() {
        return indexes.stream().map(String::valueOf).collect(Collectors.joining(":"));
    }

    /** {@return the way in words: {@code struct task_struct.thread_info.status}} */
    public String path() {
        var text = new StringBuilder(types.describe(rootType));
        for (int i = 0; i < accessors.size(); i++) {
            Accessor accessor = accessors.get(i);
            if (accessor.name() != null) {
                text.append(kind.isEnumerator() ? "::" : ".").append(accessor.name());
            } else if (i > 0 || accessor.index() > 0) {
                text.append('[').append(accessor.index()).append(']');
            }
        }
        return text.toString();
    }

    /**
     * {@return the way with its numbers, as libbpf logs it: {@code struct task_struct.pid (0:35 @
     * offset 1234)}}
     */
    @Override
    public String toString() {
        var text = new StringBuilder("[").append(rootType).append("] ").append(path());
        if (kind.isType()) {
            return text.toString();
        }
        if (kind.isEnumerator()) {
            return text.append(" = ").append(enumerator()).toString();
        }
        text.append(" (").append(indexes()).append(" @ offset ").append(bitOffset / 8);
        if (bitOffset % 8 != 0) {
            text.append('.').append(bitOffset % 8);
        }
        return text.append(')').toString();
    }

    /** {@return the value of the enumerator that the way ends at} */
    long enumerator() {
        Accessor accessor = accessors.getFirst();
        return switch (types.type(accessor.type())) {
            // The record has 32 bits, and libbpf widens them as signed whatever the type says.
            case BtfType.Enum type -> (int) type.enumerators().get(accessor.index()).value();
            case BtfType.Enumeration type -> type.enumerators().get(accessor.index()).value();
            default -> throw new IllegalStateException(toString());
        };
    }
}
