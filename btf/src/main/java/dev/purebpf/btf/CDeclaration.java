package dev.purebpf.btf;

import java.util.List;

/** Writes types as C does: around the name of what they are the type of. */
final class CDeclaration {
    private static final int MAX_NESTING = 64;

    /** Types within types; what is damaged may have any number. A kernel has 120,000 in all. */
    private static final int MOST_STEPS = 4_000_000;

    /** Of these in one declaration; a kernel has 2,000. */
    private static final int MOST_STEPS_OF_ONE = 100_000;

    private final Btf btf;
    private final CNames names;
    private final CLayout layout;
    private int steps;
    private int last;

    CDeclaration(Btf btf, CNames names) {
        this.btf = btf;
        this.names = names;
        this.layout = new CLayout(btf);
    }

    /**
     * {@return a declaration, without its end}
     *
     * @param type the id of a type
     * @param name what has it; empty for the type alone
     */
    String of(int type, String name) {
        begin();
        return of(type, name, "", 0);
    }

    /** {@return a struct, union or enum with its body} */
    String body(int id) {
        begin();
        return switch (btf.type(id)) {
            case BtfType.Composite composite -> body(id, composite, " " + names.tag(id), "", 0);
            case BtfType.Enumeration enumeration -> body(id, enumeration, "");
            default -> throw new IllegalArgumentException("type " + id + " has no body");
        };
    }

    private void begin() {
        last = Math.min(steps + MOST_STEPS_OF_ONE, MOST_STEPS);
    }

    private String of(int id, String inner, String indent, int nesting) {
        if (nesting > MAX_NESTING) {
            throw btf.malformed(id, 2, "it is deeper in another type than " + MAX_NESTING);
        }
        if (++steps > last) {
            throw btf.malformed(id, 2, "it is within others more often than makes sense");
        }
        BtfType type = btf.type(id);
        return switch (type) {
            case BtfType.Void _ -> named("void", inner);
            case BtfType.Int _, BtfType.Float _ ->
                    named(CNames.isBuiltIn(type) ? type.name() : names.identifier(id), inner);
            case BtfType.Typedef typedef when isCompilers(typedef) ->
                    of(typedef.type(), inner, indent, nesting + 1);
            case BtfType.Typedef _ -> named(names.identifier(id), inner);
            case BtfType.Composite composite ->
                    named(
                            composite.name().isEmpty()
                                    ? body(id, composite, "", indent, nesting)
                                    : keyword(composite) + " " + names.tag(id),
                            inner);
            case BtfType.Enumeration enumeration ->
                    named(enumeration(id, enumeration, indent), inner);
            case BtfType.Forward forward -> named(forward(id, forward), inner);
            case BtfType.Pointer pointer -> pointer(pointer, "", inner, indent, nesting);
            case BtfType.Modifier _ -> modified(id, inner, indent, nesting);
            case BtfType.Array array ->
                    of(
                            array.elementType(),
                            inner + "[" + array.length() + "]",
                            indent,
                            nesting + 1);
            case BtfType.FunctionPrototype function ->
                    of(
                            function.returnType(),
                            inner + parameters(function, indent, nesting),
                            indent,
                            nesting + 1);
            default -> throw btf.malformed(id, 1, "nothing can be of type " + type.kind());
        };
    }

    /**
     * {@return whether a name is the compiler's own}
     *
     * <p>What that of BPF programs means by it is smaller than what the kernel's does.
     */
    static boolean isCompilers(BtfType.Typedef typedef) {
        return typedef.name().equals("__builtin_va_list");
    }

    private static String named(String type, String inner) {
        return inner.isEmpty() ? type : type + " " + inner;
    }

    private String pointer(
            BtfType.Pointer pointer, String qualifiers, String inner, String indent, int nesting) {
        String star = qualifiers.isEmpty() || inner.isEmpty() ? qualifiers : qualifiers + " ";
        String text = "*" + star + inner;
        boolean bindsLooser =
                switch (btf.kind(btf.skipModifiers(pointer.type()))) {
                    case ARRAY, FUNCTION_PROTOTYPE -> true;
                    default -> false;
                };
        return of(pointer.type(), bindsLooser ? "(" + text + ")" : text, indent, nesting + 1);
    }

    /** Qualifiers stand before what is no pointer, and behind the star of what is one. */
    private String modified(int id, String inner, String indent, int nesting) {
        StringBuilder qualifiers = new StringBuilder();
        int at = id;
        while (btf.type(at) instanceof BtfType.Modifier modifier) {
            if (!qualifiers.isEmpty()) {
                qualifiers.append(' ');
            }
            qualifiers.append(qualifier(modifier));
            at = modifier.type();
            if (qualifiers.length() > Btf.NAME_LIMIT) {
                throw btf.malformed(id, 2, "it has more qualifiers than make sense");
            }
        }
        return switch (btf.type(at)) {
            case BtfType.Pointer pointer ->
                    pointer(pointer, qualifiers.toString(), inner, indent, nesting);
            // These have none in C; their elements and results have.
            case BtfType.Array _, BtfType.FunctionPrototype _ -> of(at, inner, indent, nesting + 1);
            default -> {
                String text = qualifiers.toString().replace("restrict", "").strip();
                String plain = of(at, inner, indent, nesting + 1);
                yield text.isEmpty() ? plain : text + " " + plain;
            }
        };
    }

    private static String qualifier(BtfType.Modifier modifier) {
        return switch (modifier) {
            case BtfType.Const _ -> "const";
            case BtfType.Volatile _ -> "volatile";
            case BtfType.Restrict _ -> "restrict";
            case BtfType.TypeTag tag when tag.attribute() ->
                    "__attribute__((" + attribute(tag.name()) + "))";
            case BtfType.TypeTag tag ->
                    "__attribute__((btf_type_tag(\"" + attribute(tag.name()) + "\")))";
        };
    }

    /** What can be within quotes and within the parentheses of an attribute. */
    private static String attribute(String text) {
        return text.replaceAll("[^\\w(), :.-]", "_");
    }

    private String parameters(BtfType.FunctionPrototype function, String indent, int nesting) {
        List<BtfType.Parameter> parameters = function.parameters();
        // Clang writes a function without parameters as one of any, which is none of C.
        if (parameters.isEmpty() || parameters.size() == 1 && parameters.getFirst().type() == 0) {
            return "(void)";
        }
        StringBuilder text = new StringBuilder("(");
        for (BtfType.Parameter parameter : parameters) {
            text.append(text.length() > 1 ? ", " : "");
            text.append(
                    parameter.type() == 0
                            ? "..."
                            : of(
                                    parameter.type(),
                                    CNames.of(parameter.name()),
                                    indent,
                                    nesting + 1));
        }
        return text.append(')').toString();
    }

    private static String keyword(BtfType.Composite composite) {
        return composite.kind() == BtfKind.UNION ? "union" : "struct";
    }

    private String forward(int id, BtfType.Forward forward) {
        return (forward.union() ? "union " : "struct ") + names.tag(names.definition(id, forward));
    }

    private String body(
            int id, BtfType.Composite composite, String tag, String indent, int nesting) {
        boolean isPacked = layout.isPacked(id);
        StringBuilder text = new StringBuilder(keyword(composite)).append(tag).append(" {\n");
        String inside = indent + "\t";
        boolean isUnion = composite.kind() == BtfKind.UNION;
        long end = 0;
        long last = 0;
        for (BtfType.Member member : composite.members()) {
            long from = isUnion ? 0 : end;
            if (member.bitOffset() < from) {
                text.append(inside)
                        .append("/* ")
                        .append(CNames.of(member.name()))
                        .append(" lies within the one before. */\n");
                continue;
            }
            if (layout.place(member, from, isPacked) != member.bitOffset()) {
                CLayout.fill(text, id, from, member.bitOffset(), inside);
            }
            text.append(inside).append(member(member, inside, nesting + 1));
            if (member.bitSize() != 0) {
                text.append(" : ").append(member.bitSize());
            }
            text.append(";\n");
            end = member.bitOffset() + layout.bits(member);
            last = Math.max(last, end);
        }
        long size = 8 * composite.size();
        if (layout.natural(id, last) < size) {
            fillEnd(text, id, isUnion, last, size, inside);
        }
        return text.append(indent).append(isPacked ? "} __attribute__((packed))" : "}").toString();
    }

    /**
     * A struct that lends its members to the one around it has no tag there: with one that would be
     * C of the kernel ({@code -fms-extensions}, since Linux 6.19) and not of its users.
     */
    private String member(BtfType.Member member, String indent, int nesting) {
        int id = btf.skipModifiersAndTypedefs(member.type());
        return member.name().isEmpty() && btf.type(id) instanceof BtfType.Composite composite
                ? body(id, composite, "", indent, nesting)
                : of(member.type(), CNames.of(member.name()), indent, nesting);
    }

    private static void fillEnd(
            StringBuilder text, int id, boolean isUnion, long from, long to, String indent) {
        if (isUnion) {
            text.append(indent).append("struct {\n");
            CLayout.fill(text, id, 0, to, indent + "\t");
            text.append(indent).append("};\n");
        } else {
            CLayout.fill(text, id, from, to, indent);
        }
    }

    private String enumeration(int id, BtfType.Enumeration enumeration, String indent) {
        if (!enumeration.name().isEmpty()) {
            return "enum " + names.tag(id);
        }
        return enumeration.enumerators().isEmpty() ? "int" : body(id, enumeration, indent);
    }

    private String body(int id, BtfType.Enumeration enumeration, String indent) {
        StringBuilder text = new StringBuilder("enum");
        if (!enumeration.name().isEmpty()) {
            text.append(' ').append(names.tag(id));
        }
        if (enumeration.enumerators().isEmpty()) {
            return text.toString();
        }
        text.append(" {\n");
        boolean isLarge = false;
        for (BtfType.Enumerator enumerator : enumeration.enumerators()) {
            long value = enumerator.value();
            boolean isLong =
                    enumeration.signed() ? value != (int) value : value >>> Integer.SIZE != 0;
            isLarge |= isLong;
            text.append(indent)
                    .append('\t')
                    .append(names.enumerator(enumerator.name()))
                    .append(" = ")
                    .append(number(value, enumeration.signed()))
                    .append(isLong ? enumeration.signed() ? "LL" : "ULL" : "")
                    .append(",\n");
        }
        return text.append(indent).append('}').append(mode(enumeration.size(), isLarge)).toString();
    }

    private static String number(long value, boolean signed) {
        // C has no such number: it is the negative of one that does not fit.
        return signed && value == Long.MIN_VALUE
                ? "-9223372036854775807LL - 1"
                : signed ? Long.toString(value) : Long.toUnsignedString(value);
    }

    /** What makes an enum of another size than its values would. */
    private static String mode(int size, boolean isLarge) {
        return switch (size) {
            case 1 -> " __attribute__((mode(byte)))";
            case 2 -> " __attribute__((mode(HI)))";
            case 8 -> isLarge ? "" : " __attribute__((mode(word)))";
            default -> "";
        };
    }
}
