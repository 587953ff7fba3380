package dev.purebpf.cli.trace;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.BtfType.Parameter;

import java.util.ArrayList;
import java.util.List;

/** The kernel's types as a C programmer would write them: {@code const char *name}. */
final class CDeclaration {
    private CDeclaration() {}

    /**
     * {@return the declaration of something}
     *
     * @param btf the types
     * @param type its type
     * @param name its name; empty for the type alone
     */
    static String of(Btf btf, int type, String name) {
        return of(btf, type, name, 0);
    }

    /**
     * {@return the declarations of parameters: {@code (int fd, char *buf)}}
     *
     * @param btf the types
     * @param parameters the parameters; a last one without a type stands for any number
     */
    static String of(Btf btf, List<Parameter> parameters) {
        return parameters(btf, parameters, 0);
    }

    private static String parameters(Btf btf, List<Parameter> parameters, int depth) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            boolean isRest = parameter.type() == 0 && i == parameters.size() - 1;
            all.add(isRest ? "..." : of(btf, parameter.type(), parameter.name(), depth));
        }
        return "(" + (all.isEmpty() ? "void" : String.join(", ", all)) + ")";
    }

    private static String of(Btf btf, int id, String inner, int depth) {
        if (depth > Btf.MAX_DEPTH) {
            return "...";
        }
        return switch (btf.type(id)) {
            case BtfType.Void _ -> joined("void", inner);
            case BtfType.Pointer type -> {
                boolean isWrapped = isPostfix(btf, type.type());
                yield of(btf, type.type(), isWrapped ? "(*" + inner + ")" : "*" + inner, depth + 1);
            }
            case BtfType.Array type ->
                    of(btf, type.elementType(), inner + "[" + type.length() + "]", depth + 1);
            case BtfType.FunctionPrototype type ->
                    of(
                            btf,
                            type.returnType(),
                            inner + parameters(btf, type.parameters(), depth + 1),
                            depth + 1);
            case BtfType.Const type -> qualified(btf, "const", type.type(), inner, depth);
            case BtfType.Volatile type -> qualified(btf, "volatile", type.type(), inner, depth);
            case BtfType.Modifier type -> of(btf, type.type(), inner, depth + 1);
            case BtfType.Struct type -> joined(tagged("struct", type.name()), inner);
            case BtfType.Union type -> joined(tagged("union", type.name()), inner);
            case BtfType.Forward type ->
                    joined(tagged(type.union() ? "union" : "struct", type.name()), inner);
            case BtfType.Enumeration type -> joined(tagged("enum", type.name()), inner);
            case BtfType type -> joined(type.name(), inner);
        };
    }

    /** A qualifier stands before what it qualifies, but behind the star of a pointer. */
    private static String qualified(Btf btf, String word, int id, String inner, int depth) {
        return btf.type(btf.skipModifiers(id)) instanceof BtfType.Pointer
                ? of(btf, id, joined(word, inner), depth + 1)
                : word + " " + of(btf, id, inner, depth + 1);
    }

    private static boolean isPostfix(Btf btf, int id) {
        BtfType type = btf.type(btf.skipModifiers(id));
        return type instanceof BtfType.Array || type instanceof BtfType.FunctionPrototype;
    }

    private static String tagged(String keyword, String name) {
        return name.isEmpty() ? keyword + " {...}" : keyword + " " + name;
    }

    private static String joined(String type, String inner) {
        return inner.isEmpty() ? type : type + " " + inner;
    }
}
