package dev.purebpf.codec;

import java.util.ArrayList;
import java.util.List;

/** Finds the first difference between two layouts that a codec would notice. */
final class LayoutComparison {
    private LayoutComparison() {}

    /**
     * Compares two types by what is in their bytes; names of types and of enumerators do not
     * matter, nor do arrays without elements.
     *
     * @throws IllegalArgumentException if they differ
     */
    static void requireSame(CType expected, CType found) {
        compare("", expected, found);
    }

    private static void compare(String path, CType expected, CType found) {
        if (expected.size() != found.size()) {
            throw differs(path, expected, found);
        }
        switch (expected) {
            case CType.Struct struct -> {
                if (!(found instanceof CType.Struct other)) {
                    throw differs(path, expected, found);
                }
                compareFields(path, struct, other);
            }
            case CType.Array array -> {
                if (!(found instanceof CType.Array other) || array.length() != other.length()) {
                    throw differs(path, expected, found);
                }
                compare(path + "[]", array.element(), other.element());
            }
            case CType.Bitfield bitfield -> {
                if (!(found instanceof CType.Bitfield other)
                        || bitfield.shift() != other.shift()
                        || bitfield.bits() != other.bits()) {
                    throw differs(path, expected, found);
                }
                compare(path, bitfield.base(), other.base());
            }
            case CType.Real _ -> require(found instanceof CType.Real, path, expected, found);
            case CType.Truth _ -> require(found instanceof CType.Truth, path, expected, found);
            // Any number of this size is read alike, and bytes may be anything.
            case CType.Whole _, CType.Pointer _, CType.Enumeration _ ->
                    require(isNumber(found), path, expected, found);
            case CType.Union _, CType.Opaque _ -> {}
        }
    }

    private static boolean isNumber(CType type) {
        return type instanceof CType.Whole
                || type instanceof CType.Pointer
                || type instanceof CType.Enumeration;
    }

    private static void compareFields(String path, CType.Struct expected, CType.Struct found) {
        List<CType.Field> wanted = filled(expected);
        List<CType.Field> there = filled(found);
        for (int i = 0; i < Math.min(wanted.size(), there.size()); i++) {
            CType.Field field = wanted.get(i);
            CType.Field other = there.get(i);
            if (!field.name().equals(other.name()) || field.offset() != other.offset()) {
                throw refuse(
                        at(path, field.name()) + " at byte " + field.offset(),
                        at(path, other.name()) + " at byte " + other.offset());
            }
            compare(at(path, field.name()), field.type(), other.type());
        }
        if (wanted.size() != there.size()) {
            throw refuse(
                    expected.name() + " with " + wanted.size() + " fields",
                    there.size() + " fields");
        }
    }

    private static List<CType.Field> filled(CType.Struct struct) {
        List<CType.Field> fields = new ArrayList<>(struct.fields());
        fields.removeIf(field -> field.type() instanceof CType.Array a && a.length() == 0);
        return fields;
    }

    private static String at(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static void require(boolean same, String path, CType expected, CType found) {
        if (!same) {
            throw differs(path, expected, found);
        }
    }

    private static IllegalArgumentException differs(String path, CType expected, CType found) {
        String where = path.isEmpty() ? "" : path + ", ";
        return refuse(where + describe(expected), describe(found));
    }

    private static String describe(CType type) {
        return type.name() + " of " + type.size() + (type.size() == 1 ? " byte" : " bytes");
    }

    private static IllegalArgumentException refuse(String expected, String found) {
        return new IllegalArgumentException(
                "this Java type is for " + expected + ", but the object has " + found);
    }
}
