package dev.purebpf.btf;

import java.util.Map;
import java.util.TreeMap;

/**
 * What of a type has to survive on its way through C: layouts, names, values, what points to what.
 * Not the qualifiers, which C lets elements and results have but not arrays and functions, and not
 * the names of numbers: compilers have several for each.
 */
final class TypeShape {
    private TypeShape() {}

    /**
     * {@return what each struct, union, enum and typedef with a name is}
     *
     * <p>Of what has the same name there is the number: {@code ___2} is no part of a name.
     */
    static Map<String, Integer> all(Btf btf) {
        Map<String, Integer> shapes = new TreeMap<>();
        for (int id = 1; id < btf.typeCount(); id++) {
            if (btf.name(id).isEmpty()) {
                continue;
            }
            switch (btf.type(id)) {
                case BtfType.Composite composite ->
                        shapes.merge(reference(btf, id) + body(btf, composite), 1, Integer::sum);
                case BtfType.Enumeration enumeration when !enumeration.enumerators().isEmpty() ->
                        shapes.merge(reference(btf, id) + body(enumeration), 1, Integer::sum);
                case BtfType.Typedef typedef when !CDeclaration.isCompilers(typedef) ->
                        shapes.merge(
                                "typedef " + name(typedef) + " = " + reference(btf, typedef.type()),
                                1,
                                Integer::sum);
                default -> {}
            }
        }
        return shapes;
    }

    private static String name(BtfType type) {
        return name(type.name());
    }

    private static String name(String name) {
        return name.replaceFirst("___[0-9]+$", "");
    }

    private static String body(Btf btf, BtfType.Composite composite) {
        StringBuilder text = new StringBuilder(" of " + composite.size() + " {");
        for (BtfType.Member member : composite.members()) {
            if (isFilling(btf, member)) {
                continue;
            }
            text.append(' ')
                    .append(member.bitOffset())
                    .append(':')
                    .append(member.bitSize())
                    .append(' ')
                    .append(member(btf, member))
                    .append(' ')
                    .append(member.name())
                    .append(';');
        }
        return text.append(" }").toString();
    }

    private static String member(Btf btf, BtfType.Member member) {
        int type = btf.skipModifiersAndTypedefs(member.type());
        return member.name().isEmpty() && btf.type(type) instanceof BtfType.Composite composite
                ? composite.kind() + body(btf, composite)
                : reference(btf, member.type());
    }

    /** With these a header makes unions longer than their members. */
    private static boolean isFilling(Btf btf, BtfType.Member member) {
        return member.name().isEmpty()
                && btf.type(member.type()) instanceof BtfType.Composite composite
                && composite.members().stream().allMatch(inner -> isFilling(btf, inner));
    }

    private static String body(BtfType.Enumeration enumeration) {
        StringBuilder text = new StringBuilder(" of " + enumeration.size() + " {");
        for (BtfType.Enumerator enumerator : enumeration.enumerators()) {
            // Clang before 15 has no sign for them and no more than 32 bits.
            text.append(' ')
                    .append(name(enumerator.name()))
                    .append('=')
                    .append((int) enumerator.value());
        }
        return text.append(" }").toString();
    }

    /** The names say what kernels before 5.18 left open. */
    private static String number(BtfType.Int number) {
        boolean isSigned =
                CNames.isBuiltIn(number) ? !number.name().contains("unsigned") : number.signed();
        String sign = number.bool() ? "bool" : isSigned ? "signed" : "unsigned";
        return number.name().equals("char") ? "char" : sign + number.size();
    }

    private static String reference(Btf btf, int id) {
        return switch (btf.type(btf.skipModifiers(id))) {
            case BtfType.Int number -> number(number);
            case BtfType.Float number -> "float" + number.size();
            case BtfType.Pointer pointer -> "*" + reference(btf, pointer.type());
            case BtfType.Array array ->
                    "[" + array.length() + "]" + reference(btf, array.elementType());
            case BtfType.Composite composite ->
                    (composite.kind() == BtfKind.UNION ? "union " : "struct ")
                            + (composite.name().isEmpty() ? body(btf, composite) : name(composite));
            case BtfType.Forward forward ->
                    (forward.union() ? "union " : "struct ") + name(forward);
            case BtfType.Enumeration enumeration ->
                    "enum "
                            + (enumeration.name().isEmpty()
                                    ? body(enumeration)
                                    : name(enumeration));
            case BtfType.Typedef typedef when CDeclaration.isCompilers(typedef) ->
                    reference(btf, typedef.type());
            case BtfType.Typedef typedef -> name(typedef);
            case BtfType.FunctionPrototype function -> {
                StringBuilder text = new StringBuilder(reference(btf, function.returnType()));
                text.append('(');
                for (BtfType.Parameter parameter : function.parameters()) {
                    text.append(reference(btf, parameter.type())).append(',');
                }
                // Of one without parameters compilers say so in two ways.
                yield text.append(')').toString().replace("(void,)", "()");
            }
            case BtfType.Void _ -> "void";
            default -> throw new AssertionError(btf.kind(id));
        };
    }
}
