package dev.purebpf.btf;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The names that types get in a C header. Where C wants them to be different they are: a name that
 * is taken gets {@code ___2} behind it, which CO-RE leaves out when it compares names.
 */
final class CNames {
    private static final Set<String> WORDS_OF_NUMBERS =
            Set.of(
                    "char",
                    "short",
                    "int",
                    "long",
                    "signed",
                    "unsigned",
                    "_Bool",
                    "__int128",
                    "float",
                    "double",
                    "_Complex",
                    "complex",
                    "_Float16",
                    "__bf16");

    private final Btf btf;
    private final Map<Integer, String> names = new HashMap<>();
    private final Map<String, Integer> definitions = new HashMap<>();
    // Tags are a name space of their own; typedefs, enumerators and functions share the other one.
    private final Map<String, Integer> tags = new HashMap<>();
    private final Map<String, Integer> identifiers = new HashMap<>();

    CNames(Btf btf) {
        this.btf = btf;
        for (int id = 1; id < btf.typeCount(); id++) {
            switch (btf.kind(id)) {
                case STRUCT, UNION -> definitions.putIfAbsent(btf.kind(id) + btf.name(id), id);
                default -> {}
            }
        }
    }

    /** {@return the tag of a struct, a union or an enum with a name} */
    String tag(int id) {
        String known = names.get(id);
        if (known == null) {
            known = different(tags, btf.name(id));
            names.put(id, known);
        }
        return known;
    }

    /**
     * {@return the id of the struct or union that a declaration without a body means, or its own}
     */
    int definition(int id, BtfType.Forward forward) {
        BtfKind kind = forward.union() ? BtfKind.UNION : BtfKind.STRUCT;
        return definitions.getOrDefault(kind + forward.name(), id);
    }

    /** {@return the name of a typedef, or of a number that C does not know} */
    String identifier(int id) {
        String known = names.get(id);
        if (known == null) {
            known = enumerator(btf.name(id));
            names.put(id, known);
        }
        return known;
    }

    /** {@return a name for an enumerator or a function, another one each time} */
    String enumerator(String name) {
        return different(identifiers, name);
    }

    /** {@return whether a compiler knows a number without being told} */
    static boolean isBuiltIn(BtfType type) {
        return switch (type) {
            case BtfType.Int number -> isMadeOfWords(number.name());
            case BtfType.Float number -> isMadeOfWords(number.name());
            default -> false;
        };
    }

    private static boolean isMadeOfWords(String name) {
        for (String word : name.split(" ")) {
            if (!WORDS_OF_NUMBERS.contains(word)) {
                return false;
            }
        }
        return true;
    }

    private static String different(Map<String, Integer> taken, String name) {
        String identifier = of(name);
        int count = taken.merge(identifier, 1, Integer::sum);
        while (count > 1) {
            String other = identifier + "___" + count;
            if (taken.putIfAbsent(other, 1) == null) {
                return other;
            }
            count = taken.merge(identifier, 1, Integer::sum);
        }
        return identifier;
    }

    /** {@return a name as C could have it: other languages and damaged files have others} */
    static String of(String name) {
        StringBuilder text = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char letter = name.charAt(i);
            boolean isDigit = letter >= '0' && letter <= '9';
            boolean isLetter =
                    letter >= 'a' && letter <= 'z'
                            || letter >= 'A' && letter <= 'Z'
                            || letter == '_';
            if (isDigit && i == 0) {
                text.append('_');
            }
            text.append(isDigit || isLetter ? letter : '_');
        }
        return text.toString();
    }
}
