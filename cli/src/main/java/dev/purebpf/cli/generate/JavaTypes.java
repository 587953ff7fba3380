package dev.purebpf.cli.generate;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.OneLine;
import dev.purebpf.codec.CType;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What C types are in Java, by the table of the library's codecs, and the names of those that get a
 * class of their own. Types count as the same when they are the same object, so that damaged BTF
 * whose structs double at each level takes no longer than it is large.
 */
final class JavaTypes {
    /** More, with an accessor or two each, and a Java class may have no room. */
    private static final int MAX_FIELDS = 2_000;

    private static final int MAX_CONSTANTS = 1_000;

    /** Of the 255 that a constructor has; {@code long} and {@code double} take two. */
    private static final int MAX_SLOTS = 250;

    private final JavaNames names;
    private final Map<CType, String> classes = new IdentityHashMap<>();
    private final List<CType> order = new ArrayList<>();
    private final Map<CType, Boolean> records = new IdentityHashMap<>();

    JavaTypes(JavaNames names) {
        this.names = names;
    }

    /**
     * Names a type and all that it contains.
     *
     * @param type the type
     * @param otherwise what to call it in Java when C has no name for it
     */
    void add(CType type, String otherwise) {
        switch (type) {
            case CType.Struct struct -> addClass(struct, struct.fields(), otherwise);
            case CType.Union union -> addClass(union, union.fields(), otherwise);
            case CType.Enumeration enumeration -> {
                if (!enumeration.constants().isEmpty()
                        && enumeration.constants().size() <= MAX_CONSTANTS) {
                    addClass(enumeration, List.of(), otherwise);
                }
            }
            case CType.Array array -> add(array.element(), otherwise);
            case CType.Bitfield bitfield -> add(bitfield.base(), otherwise);
            default -> {}
        }
    }

    private void addClass(CType type, List<CType.Field> fields, String otherwise) {
        if (classes.containsKey(type)) {
            return;
        }
        if (fields.size() > MAX_FIELDS) {
            throw tooLarge(type);
        }
        String tag = tag(type.name());
        String name = names.give(tag.isEmpty() ? otherwise : JavaNames.ofType(tag));
        classes.put(type, name);
        order.add(type);
        for (CType.Field field : fields) {
            if (!field.name().isEmpty()) {
                add(field.type(), name + JavaNames.ofType(field.name()));
            } else if (field.type() instanceof CType.Union anonymous) {
                addAnonymous(anonymous, name, 0);
            }
        }
    }

    /** What is in an anonymous union belongs to the type around it. */
    private int addAnonymous(CType.Union union, String outer, int before) {
        int count = before;
        for (CType.Field field : union.fields()) {
            if (++count > MAX_FIELDS) {
                throw tooLarge(union);
            }
            if (!field.name().isEmpty()) {
                add(field.type(), outer + JavaNames.ofType(field.name()));
            } else if (field.type() instanceof CType.Union inner) {
                count = addAnonymous(inner, outer, count);
            }
        }
        return count;
    }

    private static CommandFailure tooLarge(CType type) {
        return new CommandFailure(
                OneLine.of(type.name())
                        + " has more than "
                        + MAX_FIELDS
                        + " fields, for which a Java class has no room: read it as bytes");
    }

    /** {@return the name without the word before it; empty when it has none} */
    private static String tag(String name) {
        String tag = name.substring(name.indexOf(' ') + 1);
        return tag.equals("(anonymous)") ? "" : tag;
    }

    /** {@return the types that have a class, in the order in which they were met} */
    List<CType> classes() {
        return List.copyOf(order);
    }

    /** {@return the class of a type, or {@code null} if it has none} */
    String className(CType type) {
        return classes.get(type);
    }

    /**
     * {@return whether a struct can be a record: all its fields have Java types and names, and a
     * constructor has room for them}
     */
    boolean isRecord(CType.Struct struct) {
        Boolean known = records.get(struct);
        if (known == null) {
            known = canBeRecord(struct);
            records.put(struct, known);
        }
        return known;
    }

    private boolean canBeRecord(CType.Struct struct) {
        int slots = 0;
        int end = 0;
        for (CType.Field field : filled(struct)) {
            String type = javaType(field.type());
            boolean bitfield = field.type() instanceof CType.Bitfield;
            if (type == null || !isJavaName(field.name()) || !bitfield && field.offset() < end) {
                return false;
            }
            end = field.offset() + (bitfield ? 0 : field.type().size());
            slots += type.equals("long") || type.equals("double") ? 2 : 1;
        }
        return slots <= MAX_SLOTS && end <= struct.size();
    }

    /** Whether the library's codecs take what {@link JavaNames} makes of it for the same name. */
    private static boolean isJavaName(String inC) {
        return inC.isEmpty() || plain(inC).equals(plain(JavaNames.ofMember(inC)));
    }

    private static String plain(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }

    /** {@return the fields but for flexible arrays, which are beyond the struct} */
    static List<CType.Field> filled(CType.Struct struct) {
        return struct.fields().stream().filter(field -> !isEmptyArray(field.type())).toList();
    }

    static boolean isEmptyArray(CType type) {
        return type instanceof CType.Array array && array.length() == 0;
    }

    /** {@return the Java type, or {@code null} if there is none but bytes} */
    String javaType(CType type) {
        return switch (type) {
            case CType.Whole whole -> whole(whole.size());
            case CType.Pointer pointer -> whole(pointer.size());
            case CType.Enumeration enumeration -> whole(enumeration.size());
            case CType.Truth _ -> "boolean";
            case CType.Real real ->
                    switch (real.size()) {
                        case 4 -> "float";
                        case 8 -> "double";
                        default -> null;
                    };
            case CType.Bitfield bitfield -> bits(bitfield);
            case CType.Array array -> {
                String element = isText(array) ? "" : javaType(array.element());
                yield isText(array) ? "String" : element == null ? null : element + "[]";
            }
            case CType.Struct struct -> isRecord(struct) ? className(struct) : "byte[]";
            case CType.Union _, CType.Opaque _ -> "byte[]";
        };
    }

    /** Damaged BTF may make a bitfield of anything, and of any width. */
    private String bits(CType.Bitfield bitfield) {
        CType base = bitfield.base();
        boolean number =
                base instanceof CType.Whole
                        || base instanceof CType.Truth
                        || base instanceof CType.Enumeration;
        return number && bitfield.bits() <= Byte.SIZE * base.size() ? javaType(base) : null;
    }

    /** Plain {@code char} is for text; what else has a byte says that it is signed or not. */
    private static boolean isText(CType.Array array) {
        return array.element() instanceof CType.Whole whole && whole.name().equals("char");
    }

    private static String whole(int size) {
        return switch (size) {
            case 1 -> "byte";
            case 2 -> "short";
            case 4 -> "int";
            case 8 -> "long";
            default -> null;
        };
    }

    /** {@return the Java type as an argument of a generic type} */
    static String boxed(String javaType) {
        return switch (javaType) {
            case "byte" -> "Byte";
            case "short" -> "Short";
            case "int" -> "Integer";
            case "long" -> "Long";
            case "boolean" -> "Boolean";
            case "float" -> "Float";
            case "double" -> "Double";
            default -> javaType;
        };
    }

    /** {@return the expression that makes the layout of a type, by those of generated classes} */
    Source.Expression layout(CType type) {
        String name = "new CType." + type.getClass().getSimpleName();
        return switch (type) {
            case CType.Whole whole ->
                    Source.call(
                            name,
                            Source.quoted(whole.name()),
                            number(whole.size()),
                            truth(whole.signed()));
            case CType.Truth truth -> Source.call(name, Source.quoted(truth.name()));
            case CType.Real real -> sized(name, real);
            case CType.Pointer pointer -> sized(name, pointer);
            case CType.Enumeration enumeration ->
                    Source.call(
                            name,
                            Source.quoted(enumeration.name()),
                            number(enumeration.size()),
                            truth(enumeration.signed()),
                            Source.call("List.of"));
            case CType.Array array ->
                    Source.call(name, layout(array.element()), number(array.length()));
            case CType.Bitfield bitfield ->
                    Source.call(
                            name,
                            layout(bitfield.base()),
                            number(bitfield.shift()),
                            number(bitfield.bits()));
            case CType.Struct struct when isRecord(struct) ->
                    Source.words(className(struct) + ".TYPE");
            // Its bytes are all that a record has of it.
            case CType.Struct _, CType.Union _, CType.Opaque _ -> sized("new CType.Opaque", type);
        };
    }

    private static Source.Expression sized(String callee, CType type) {
        return Source.call(callee, Source.quoted(type.name()), number(type.size()));
    }

    /** {@return the expression that makes a struct's layout, field by field} */
    Source.Expression fields(CType.Struct struct) {
        List<Source.Expression> fields = new ArrayList<>();
        for (CType.Field field : filled(struct)) {
            fields.add(
                    Source.call(
                            "new CType.Field",
                            Source.quoted(field.name()),
                            number(field.offset()),
                            layout(field.type())));
        }
        return Source.call(
                "new CType.Struct",
                Source.quoted(struct.name()),
                number(struct.size()),
                new Source.Call("List.of", fields));
    }

    private static Source.Expression number(int number) {
        return Source.words(Integer.toString(number));
    }

    private static Source.Expression truth(boolean truth) {
        return Source.words(Boolean.toString(truth));
    }
}
