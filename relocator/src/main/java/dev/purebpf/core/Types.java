package dev.purebpf.core;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.error.MalformedObjectException;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The types of one side, object or kernel, with those remembered that were looked at: relocations
 * come back to the same few structs again and again.
 */
final class Types {
    private final Btf btf;
    private final Map<Integer, BtfType> decoded = new HashMap<>();

    Types(Btf btf) {
        this.btf = btf;
    }

    Btf btf() {
        return btf;
    }

    BtfType type(int id) {
        BtfType type = decoded.get(id);
        if (type == null) {
            type = btf.type(id);
            decoded.put(id, type);
        }
        return type;
    }

    /** {@return whether the id, read from a relocation record, is one of these types} */
    boolean has(int id) {
        return id >= 0 && id < btf.typeCount();
    }

    /** {@return the id behind modifiers and typedefs} */
    int skip(int id) {
        return btf.skipModifiersAndTypedefs(id);
    }

    /** {@return the type behind modifiers and typedefs} */
    BtfType resolved(int id) {
        return type(skip(id));
    }

    /** {@return the size of a type in bytes} */
    long size(int id) throws CoreProblem {
        try {
            return btf.size(id);
        } catch (MalformedObjectException e) {
            throw new CoreProblem("needs the size of " + describe(id) + ": " + e.problem());
        }
    }

    /** {@return a type in words: {@code struct task_struct}} */
    String describe(int id) {
        BtfType type = type(id);
        String name = type.name().isEmpty() ? "(anonymous)" : type.name();
        return word(type.kind()) + ' ' + name;
    }

    private static String word(BtfKind kind) {
        return switch (kind) {
            case ENUM64 -> "enum";
            case POINTER -> "pointer";
            case FUNCTION_PROTOTYPE -> "function prototype";
            case DATA_SECTION -> "data section";
            case FORWARD -> "forward declaration of";
            default -> kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        };
    }

    /**
     * {@return whether two kinds may stand for each other at the root of a relocation: the same, or
     * enumerations of either size}
     */
    static boolean sameKind(BtfKind first, BtfKind second) {
        return first == second || isEnumeration(first) && isEnumeration(second);
    }

    static boolean isEnumeration(BtfKind kind) {
        return kind == BtfKind.ENUM || kind == BtfKind.ENUM64;
    }
}
