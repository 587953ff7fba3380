package dev.purebpf.go;

import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.DwarfAttribute;
import dev.purebpf.dwarf.DwarfTag;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads Go's types from debugging information. Go's compiler says of each which kind of Go's it is
 * ({@code DW_AT_go_kind}, numbered as {@code reflect.Kind}); types of C, which a program with cgo
 * has too, are taken for what they are like in memory. Not thread-safe; reads each type once.
 */
final class DwarfTypes {
    private static final int BOOL = 1;
    private static final int INT = 2;
    private static final int INT64 = 6;
    private static final int UINT = 7;
    private static final int UINTPTR = 12;
    private static final int FLOAT32 = 13;
    private static final int FLOAT64 = 14;
    private static final int COMPLEX64 = 15;
    private static final int COMPLEX128 = 16;
    private static final int ARRAY = 17;
    private static final int CHAN = 18;
    private static final int FUNC = 19;
    private static final int INTERFACE = 20;
    private static final int MAP = 21;
    private static final int POINTER = 22;
    private static final int SLICE = 23;
    private static final int STRING = 24;
    private static final int STRUCT = 25;
    private static final int UNSAFE_POINTER = 26;

    /** {@code DW_ATE_…}, for types that Go's compiler did not write. */
    private static final int ENCODED_BOOLEAN = 2;

    private static final int ENCODED_COMPLEX = 3;
    private static final int ENCODED_FLOAT = 4;
    private static final int ENCODED_SIGNED = 5;
    private static final int ENCODED_SIGNED_CHAR = 6;

    /** More than any honest type has; a hostile one could contain itself, even twice. */
    private static final int MOST_PARTS = 1 << 14;

    private static final int MOST_NAMES = 16;
    private static final int DEEPEST = 64;

    private static final String TYPE_PARAMETER = ".param";
    private static final String EMPTY_INTERFACE = "runtime.eface";

    /** What was read, by where its entry is: many values of a function are of few types. */
    private final Map<Long, Known> known = new HashMap<>();

    private Die outermost;
    private int parts;

    /** How far below the outermost type the last one that was read reaches. */
    private int reached;

    /**
     * A type that was read.
     *
     * @param type the type
     * @param parts how many types it is made of, itself included
     * @param height how many levels of them are below it
     */
    private record Known(GoType type, int parts, int height) {}

    /**
     * {@return the type that an entry describes}
     *
     * @param entry the entry
     * @throws dev.purebpf.error.MalformedObjectException if it describes none that Go has
     */
    GoType of(Die entry) {
        outermost = entry;
        parts = 0;
        reached = 0;
        return read(entry, 0);
    }

    private GoType read(Die entry, int depth) {
        Known before = known.get(entry.offset());
        requirePlausible(
                before == null ? 1 : before.parts, before == null ? depth : depth + before.height);
        if (before != null) {
            return before.type;
        }
        int partsBefore = parts - 1;
        int reachedBefore = reached;
        reached = depth;
        GoType type = readNew(entry, depth);
        known.put(entry.offset(), new Known(type, parts - partsBefore, reached - depth));
        reached = Math.max(reached, reachedBefore);
        return type;
    }

    private void requirePlausible(int moreParts, int deepest) {
        parts += moreParts;
        reached = Math.max(reached, deepest);
        if (parts > MOST_PARTS || reached > DEEPEST) {
            throw outermost.malformed("the type has too many parts");
        }
    }

    private GoType readNew(Die entry, int depth) {
        String name = entry.name().orElse("");
        Die type = entry;
        int kind = kind(type);
        boolean isEmptyInterface = false;
        for (int i = 0; type.tag() == DwarfTag.TYPEDEF || type.tag() == DwarfTag.CONST_TYPE; i++) {
            Optional<Die> next = type.type();
            if (next.isEmpty() || i == MOST_NAMES) {
                throw entry.malformed("the type is a name of nothing");
            }
            type = next.get();
            // What stands for a type parameter is named by its place in a list.
            name = name.startsWith(TYPE_PARAMETER) ? type.name().orElse(name) : name;
            // A map is a name for a pointer to what the runtime has for it: the name knows better.
            kind = kind == 0 ? kind(type) : kind;
            isEmptyInterface = type.name().filter(EMPTY_INTERFACE::equals).isPresent();
        }
        long size = type.number(DwarfAttribute.BYTE_SIZE).orElse(0);
        if (kind >= BOOL && kind <= FLOAT64) {
            return scalar(entry, name, numberKind(kind), size);
        }
        return switch (kind) {
            case COMPLEX64, COMPLEX128 -> complex(entry, name, size);
            case ARRAY -> array(type, name, depth);
            case CHAN -> pointer(type, name, GoType.PointerKind.CHANNEL);
            case FUNC -> pointer(type, name, GoType.PointerKind.FUNCTION);
            case MAP -> pointer(type, name, GoType.PointerKind.MAP);
            case POINTER -> pointer(type, name, GoType.PointerKind.POINTER);
            case UNSAFE_POINTER -> pointer(type, name, GoType.PointerKind.UNSAFE);
            case INTERFACE -> new GoType.Interface(name, !isEmptyInterface);
            case SLICE -> new GoType.Slice(name, reference(type, DwarfAttribute.GO_ELEM));
            case STRING -> new GoType.Text(name);
            case STRUCT -> struct(type, name, size, depth);
            default -> ofNoKind(type, name, size, depth);
        };
    }

    private static int kind(Die type) {
        return (int) type.number(DwarfAttribute.GO_KIND).orElse(0) & 0xff;
    }

    private static GoType.Kind numberKind(int kind) {
        if (kind == BOOL) {
            return GoType.Kind.BOOL;
        }
        if (kind >= INT && kind <= INT64) {
            return GoType.Kind.SIGNED;
        }
        return kind >= UINT && kind <= UINTPTR ? GoType.Kind.UNSIGNED : GoType.Kind.FLOAT;
    }

    private GoType ofNoKind(Die type, String name, long size, int depth) {
        return switch (type.tag()) {
            case DwarfTag.BASE_TYPE -> {
                int encoding = (int) type.number(DwarfAttribute.ENCODING).orElse(0);
                yield switch (encoding) {
                    case ENCODED_COMPLEX -> complex(type, name, size);
                    case ENCODED_BOOLEAN -> scalar(type, name, GoType.Kind.BOOL, size);
                    case ENCODED_FLOAT -> scalar(type, name, GoType.Kind.FLOAT, size);
                    case ENCODED_SIGNED, ENCODED_SIGNED_CHAR ->
                            scalar(type, name, GoType.Kind.SIGNED, size);
                    default -> scalar(type, name, GoType.Kind.UNSIGNED, size);
                };
            }
            case DwarfTag.ENUMERATION_TYPE -> scalar(type, name, GoType.Kind.UNSIGNED, size);
            // unsafe.Pointer is the one type that Go's compiler gives no kind; the linkers of old
            // versions give none to pointers that they describe themselves.
            case DwarfTag.POINTER_TYPE ->
                    pointer(
                            type,
                            name,
                            type.has(DwarfAttribute.TYPE)
                                    ? GoType.PointerKind.POINTER
                                    : GoType.PointerKind.UNSAFE);
            case DwarfTag.SUBROUTINE_TYPE -> pointer(type, name, GoType.PointerKind.FUNCTION);
            case DwarfTag.STRUCTURE_TYPE -> struct(type, name, size, depth);
            case DwarfTag.ARRAY_TYPE -> array(type, name, depth);
            default ->
                    throw type.malformed(
                            "a type of tag 0x"
                                    + Integer.toHexString(type.tag())
                                    + " is none that a Go function takes");
        };
    }

    private static GoType scalar(Die entry, String name, GoType.Kind kind, long size) {
        if (size < 1 || size > 8 || Long.bitCount(size) != 1) {
            throw entry.malformed("a number has " + size + " bytes");
        }
        return new GoType.Scalar(name, kind, size);
    }

    private static GoType complex(Die entry, String name, long size) {
        if (size != 8 && size != 16) {
            throw entry.malformed("a complex number has " + size + " bytes");
        }
        return new GoType.Complex(name, size);
    }

    private static GoType pointer(Die type, String name, GoType.PointerKind kind) {
        return new GoType.Pointer(name, kind, reference(type, DwarfAttribute.TYPE));
    }

    private static GoType.Reference reference(Die type, int attribute) {
        return () -> type.reference(attribute).map(target -> new DwarfTypes().of(target));
    }

    private GoType array(Die type, String name, int depth) {
        Die element = type.type().orElseThrow(() -> type.malformed("an array is of nothing"));
        long length = 0;
        for (Die child : type.children()) {
            if (child.tag() == DwarfTag.SUBRANGE_TYPE) {
                length =
                        child.number(DwarfAttribute.COUNT)
                                .orElse(child.number(DwarfAttribute.UPPER_BOUND).orElse(-1) + 1);
            }
        }
        GoType of = read(element, depth + 1);
        if (length < 0 || of.size() > 0 && length > Integer.MAX_VALUE / of.size()) {
            throw type.malformed("an array has " + Long.toUnsignedString(length) + " elements");
        }
        return new GoType.Array(name, length, of);
    }

    private GoType struct(Die type, String name, long size, int depth) {
        if (size < 0 || size > Integer.MAX_VALUE) {
            throw type.malformed("a struct has " + Long.toUnsignedString(size) + " bytes");
        }
        List<GoType.Field> fields = new ArrayList<>();
        for (Die child : type.children()) {
            if (child.tag() == DwarfTag.MEMBER) {
                long offset = child.number(DwarfAttribute.DATA_MEMBER_LOCATION).orElse(0);
                Die of = child.type().orElseThrow(() -> child.malformed("a field has no type"));
                GoType field = read(of, depth + 1);
                if (offset < 0 || field.size() > size - offset) {
                    throw child.malformed("a field reaches past the end of its struct");
                }
                fields.add(new GoType.Field(child.name().orElse("_"), offset, field));
            }
        }
        return new GoType.Struct(name, size, fields);
    }
}
