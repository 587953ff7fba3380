package dev.purebpf.codec;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfType;
import dev.purebpf.error.MalformedObjectException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads layouts from BTF. A type that is met again is the same object again, so that hostile BTF
 * whose structs contain each other many times over stays as small in memory as in the file.
 */
final class BtfLayout {
    private static final int MAX_DEPTH = 64;

    /** More fields than any real struct has, anonymous ones unfolded. */
    private static final int MAX_FIELDS = 10_000;

    private final Btf btf;
    private final Map<Integer, CType> known = new HashMap<>();

    BtfLayout(Btf btf) {
        this.btf = btf;
    }

    CType layout(int id) {
        return layout(id, 0);
    }

    private CType layout(int id, int depth) {
        if (depth > MAX_DEPTH) {
            throw malformed("type " + id + " contains itself");
        }
        int plain = btf.skipModifiersAndTypedefs(id);
        CType seen = known.get(plain);
        if (seen != null) {
            return seen;
        }
        CType type = read(plain, typedefOf(id), depth);
        known.put(plain, type);
        return type;
    }

    /** {@return the name that a typedef gives to the type behind it; empty if there is none} */
    private String typedefOf(int id) {
        String name = "";
        int at = btf.skipModifiers(id);
        while (btf.type(at) instanceof BtfType.Typedef typedef) {
            name = typedef.name();
            at = btf.skipModifiers(typedef.type());
        }
        return name;
    }

    private CType read(int id, String typedef, int depth) {
        return switch (btf.type(id)) {
            case BtfType.Int number -> whole(number);
            case BtfType.Float number -> new CType.Real(number.name(), size(number.size(), id));
            case BtfType.Pointer pointer ->
                    new CType.Pointer(pointee(pointer.type()) + " *", btf.pointerSize());
            case BtfType.Enumeration enumeration ->
                    new CType.Enumeration(
                            tagged("enum", enumeration, typedef),
                            enumeration.size(),
                            enumeration.signed(),
                            enumeration.enumerators().stream()
                                    .map(e -> new CType.Constant(e.name(), e.value()))
                                    .toList());
            case BtfType.Array array -> array(array, id, depth);
            case BtfType.Struct struct -> struct(struct, typedef, id, depth);
            case BtfType.Union union -> union(union, typedef, id, depth);
            case BtfType.Variable variable -> layout(variable.type(), depth + 1);
            case BtfType other ->
                    throw new IllegalArgumentException(
                            "type "
                                    + id
                                    + " of "
                                    + btf.origin()
                                    + " ("
                                    + other.kind()
                                    + " "
                                    + nameOr(other.name(), "(anonymous)")
                                    + ") has no layout in memory");
        };
    }

    private static CType whole(BtfType.Int number) {
        int size = (int) number.size();
        if (number.bool() && size == 1) {
            return new CType.Truth(number.name());
        }
        return switch (size) {
            case 1, 2, 4, 8 -> new CType.Whole(number.name(), size, number.signed());
            default -> new CType.Opaque(number.name(), size);
        };
    }

    private CType array(BtfType.Array array, int id, int depth) {
        CType element = layout(array.elementType(), depth + 1);
        int length = size(array.length(), id);
        size(Math.multiplyExact((long) element.size(), (long) length), id);
        return new CType.Array(element, length);
    }

    private CType struct(BtfType.Struct struct, String typedef, int id, int depth) {
        return new CType.Struct(
                tagged("struct", struct, typedef),
                size(struct.size(), id),
                fields(struct, id, depth));
    }

    private CType union(BtfType.Union union, String typedef, int id, int depth) {
        return new CType.Union(
                tagged("union", union, typedef), size(union.size(), id), fields(union, id, depth));
    }

    /** What has no tag is known by the typedef that declares it. */
    private static String tagged(String keyword, BtfType type, String typedef) {
        return type.name().isEmpty() && !typedef.isEmpty()
                ? typedef
                : keyword + " " + nameOr(type.name(), "(anonymous)");
    }

    private List<CType.Field> fields(BtfType.Composite composite, int id, int depth) {
        List<CType.Field> fields = new ArrayList<>();
        addFields(composite, id, 0, fields, depth);
        fields.sort(Comparator.comparingInt(CType.Field::offset));
        return fields;
    }

    private void addFields(
            BtfType.Composite struct, int id, long base, List<CType.Field> fields, int depth) {
        if (depth > MAX_DEPTH) {
            throw malformed("type " + id + " contains itself");
        }
        for (BtfType.Member member : struct.members()) {
            if (fields.size() >= MAX_FIELDS) {
                throw malformed("type " + id + " has more than " + MAX_FIELDS + " fields");
            }
            long offset = Math.addExact(base, member.bitOffset() >>> 3);
            int plain = btf.skipModifiersAndTypedefs(member.type());
            if (member.name().isEmpty() && btf.type(plain) instanceof BtfType.Struct inner) {
                addFields(inner, plain, offset, fields, depth + 1);
                continue;
            }
            fields.add(new CType.Field(member.name(), size(offset, id), type(member, depth)));
        }
    }

    private CType type(BtfType.Member member, int depth) {
        CType type = layout(member.type(), depth + 1);
        int bits = member.bitSize();
        if (bits == 0 && (member.bitOffset() & 7) == 0) {
            int plain = btf.skipModifiersAndTypedefs(member.type());
            // Before kind_flag, the int type itself told the width of a bitfield.
            if (!(btf.type(plain) instanceof BtfType.Int number)
                    || number.bits() == number.size() * 8) {
                return type;
            }
            bits = number.bits();
        }
        return new CType.Bitfield(type, (int) member.bitOffset() & 7, bits);
    }

    private String pointee(int id) {
        if (id == 0) {
            return "void";
        }
        String name = btf.name(id);
        return switch (btf.kind(id)) {
            case STRUCT -> "struct " + name;
            case UNION -> "union " + name;
            default -> nameOr(name, "(type)");
        };
    }

    private int size(long bytes, int id) {
        if (bytes < 0 || bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "type " + id + " of " + btf.origin() + " is larger than 2 GiB");
        }
        return (int) bytes;
    }

    private static String nameOr(String name, String otherwise) {
        return name.isEmpty() ? otherwise : name;
    }

    private MalformedObjectException malformed(String problem) {
        return new MalformedObjectException(btf.origin(), ".BTF", -1, problem);
    }
}
