package dev.purebpf.cli.go;

import dev.purebpf.cli.WrongUsage;
import dev.purebpf.go.GoSignature.Parameter;
import dev.purebpf.go.GoType;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parameters as Go's source has them: {@code x int, y []string, s struct{a, b int8}}. Types with
 * names of their own are not known; what they stand for has to be written.
 */
final class DeclaredTypes {
    private static final Map<String, GoType> NAMED = named();
    private static final Set<String> KEYWORDS =
            Set.of("chan", "func", "interface", "map", "struct");
    private static final Pattern NAMED_ITEM =
            Pattern.compile("([\\p{L}_][\\p{L}\\p{N}_]*)\\s+(\\S.*)", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_.]*");

    /** As compilers call what has no name. */
    private static final String UNNAMED = "~p";

    private static final int DEEPEST = 32;
    private static final int LONGEST_ARRAY = 1 << 20;

    private final String text;
    private int at;

    private DeclaredTypes(String text) {
        this.text = text;
    }

    /**
     * {@return the parameters that a text declares}
     *
     * @param text a list as in a function's declaration, without its parentheses
     * @throws WrongUsage if it declares none
     */
    static List<Parameter> parse(String text) {
        return parameters(text, ',', 0);
    }

    private static Map<String, GoType> named() {
        Map<String, GoType> types = new HashMap<>();
        for (int bits = 8; bits <= Long.SIZE; bits *= 2) {
            put(types, "int" + bits, GoType.Kind.SIGNED, bits);
            put(types, "uint" + bits, GoType.Kind.UNSIGNED, bits);
        }
        put(types, "bool", GoType.Kind.BOOL, Byte.SIZE);
        put(types, "byte", GoType.Kind.UNSIGNED, Byte.SIZE);
        put(types, "rune", GoType.Kind.SIGNED, Integer.SIZE);
        put(types, "int", GoType.Kind.SIGNED, Long.SIZE);
        put(types, "uint", GoType.Kind.UNSIGNED, Long.SIZE);
        put(types, "uintptr", GoType.Kind.UNSIGNED, Long.SIZE);
        put(types, "float32", GoType.Kind.FLOAT, Float.SIZE);
        put(types, "float64", GoType.Kind.FLOAT, Double.SIZE);
        types.put("complex64", new GoType.Complex("complex64", 8));
        types.put("complex128", new GoType.Complex("complex128", 16));
        types.put("string", new GoType.Text("string"));
        types.put("error", new GoType.Interface("error", true));
        types.put("any", new GoType.Interface("any", false));
        types.put("unsafe.Pointer", pointer("unsafe.Pointer", GoType.PointerKind.UNSAFE, null));
        return Map.copyOf(types);
    }

    private static void put(Map<String, GoType> types, String name, GoType.Kind kind, int bits) {
        types.put(name, new GoType.Scalar(name, kind, bits / Byte.SIZE));
    }

    private static GoType pointer(String name, GoType.PointerKind kind, GoType target) {
        return new GoType.Pointer(name, kind, () -> Optional.ofNullable(target));
    }

    private static List<Parameter> parameters(String list, char separator, int depth) {
        List<String> items = split(list, separator);
        boolean hasNames = items.stream().anyMatch(DeclaredTypes::isNamed);
        List<Parameter> parameters = new ArrayList<>();
        List<String> waiting = new ArrayList<>();
        for (String item : items) {
            Matcher named = NAMED_ITEM.matcher(item);
            if (!hasNames) {
                parameters.add(new Parameter(UNNAMED + parameters.size(), type(item, depth)));
            } else if (isNamed(item) && named.matches()) {
                GoType type = type(named.group(2), depth);
                waiting.add(named.group(1));
                for (String name : waiting) {
                    parameters.add(new Parameter(name, type));
                }
                waiting.clear();
            } else {
                waiting.add(item);
            }
        }
        if (!waiting.isEmpty()) {
            throw wrong(waiting.getLast() + " has no type");
        }
        return parameters;
    }

    private static boolean isNamed(String item) {
        Matcher matcher = NAMED_ITEM.matcher(item);
        return matcher.matches() && !KEYWORDS.contains(matcher.group(1));
    }

    /** {@return the items of a list; what is in brackets is not divided} */
    private static List<String> split(String list, char separator) {
        List<String> items = new ArrayList<>();
        int open = 0;
        int from = 0;
        for (int i = 0; i <= list.length(); i++) {
            char c = i < list.length() ? list.charAt(i) : separator;
            open += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
            if (i == list.length() || c == separator && open == 0) {
                String item = list.substring(from, i).strip();
                if (!item.isEmpty()) {
                    items.add(item);
                } else if (i < list.length() || !items.isEmpty() && separator == ',') {
                    throw wrong("a type is missing in '" + list + "'");
                }
                from = i + 1;
            }
        }
        return items;
    }

    private static GoType type(String text, int depth) {
        DeclaredTypes reader = new DeclaredTypes(text.strip());
        GoType type = reader.type(depth);
        reader.space();
        if (reader.at < reader.text.length()) {
            throw wrong("'" + reader.text + "' is no type of Go");
        }
        return type;
    }

    private GoType type(int depth) {
        if (depth > DEEPEST) {
            throw wrong("the type has too many parts");
        }
        space();
        int from = at;
        if (take("*")) {
            GoType target = type(depth + 1);
            return pointer(since(from), GoType.PointerKind.POINTER, target);
        }
        if (take("[]")) {
            GoType element = type(depth + 1);
            return new GoType.Slice(since(from), () -> Optional.of(element));
        }
        if (take("[")) {
            return array(from, depth);
        }
        if (take("map[")) {
            skipTo(']');
            type(depth + 1);
            return pointer(since(from), GoType.PointerKind.MAP, null);
        }
        if (take("<-chan ") || take("chan<- ") || take("chan ")) {
            type(depth + 1);
            return pointer(since(from), GoType.PointerKind.CHANNEL, null);
        }
        if (take("func")) {
            // What it takes and gives does not matter: a value of it is an address.
            at = text.length();
            return pointer(since(from), GoType.PointerKind.FUNCTION, null);
        }
        if (take("interface")) {
            space();
            int open = at;
            skipTo('}');
            boolean hasMethods = text.substring(open, at).strip().length() > "{}".length();
            return new GoType.Interface(since(from), hasMethods);
        }
        if (take("struct")) {
            space();
            int open = at;
            skipTo('}');
            String fields = text.substring(open, at);
            if (!fields.startsWith("{")) {
                throw wrong("'" + text + "' is no type of Go");
            }
            return struct(since(from), fields.substring(1, fields.length() - 1), depth);
        }
        return named(depth);
    }

    private GoType named(int depth) {
        Matcher matcher = NAME.matcher(text).region(at, text.length());
        if (!matcher.lookingAt()) {
            throw wrong("'" + text + "' is no type of Go");
        }
        at = matcher.end();
        GoType type = NAMED.get(matcher.group());
        if (type == null) {
            throw wrong(
                    "what type "
                            + matcher.group()
                            + " is, only the program's debugging information could say: write what"
                            + " it stands for, such as int or struct{…}; for a pointer to it"
                            + " unsafe.Pointer");
        }
        return type;
    }

    private GoType array(int from, int depth) {
        int end = text.indexOf(']', at);
        long length = -1;
        try {
            length = end < 0 ? -1 : Long.parseLong(text.substring(at, end).strip());
        } catch (NumberFormatException e) {
            // Said below.
        }
        if (length < 0 || length > LONGEST_ARRAY) {
            throw wrong("'" + text + "' has no length that an array could have");
        }
        at = end + 1;
        GoType element = type(depth + 1);
        if (element.size() > 0 && length > Integer.MAX_VALUE / element.size()) {
            throw wrong("'" + text + "' is too large");
        }
        return new GoType.Array(since(from), length, element);
    }

    private static GoType struct(String name, String fields, int depth) {
        List<GoType.Field> placed = new ArrayList<>();
        long size = 0;
        int alignment = 1;
        for (String line : split(fields.replace('\n', ';'), ';')) {
            for (Parameter field : parameters(line, ',', depth + 1)) {
                GoType type = field.type();
                size = aligned(size, type.alignment());
                placed.add(new GoType.Field(field.name(), size, type));
                size += type.size();
                alignment = Math.max(alignment, type.alignment());
            }
        }
        // The address of a last field without bytes must not be that of what lies behind.
        if (size > 0 && placed.getLast().type().size() == 0) {
            size++;
        }
        return new GoType.Struct(name, aligned(size, alignment), placed);
    }

    private static long aligned(long size, int alignment) {
        return (size + alignment - 1) & -alignment;
    }

    private String since(int from) {
        return text.substring(from, at);
    }

    private boolean take(String word) {
        if (text.startsWith(word, at)) {
            at += word.length();
            return true;
        }
        return false;
    }

    private void space() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    /** Moves behind the bracket that closes the one that is open, or is to come. */
    private void skipTo(char bracket) {
        int open = bracket == ']' ? 1 : 0;
        while (at < text.length()) {
            char c = text.charAt(at++);
            open += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
            if (c == bracket && open == 0) {
                return;
            }
        }
        throw wrong("'" + text + "' lacks a '" + bracket + "'");
    }

    private static WrongUsage wrong(String problem) {
        return new WrongUsage(problem + "; parameters are declared as in Go: 'x int, y []string'");
    }
}
