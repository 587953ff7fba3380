package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.codec.CType;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** Finds the C struct that a Java record is named after. */
final class StructNames {
    private StructNames() {}

    /** {@return the struct for a record, or {@code null}} */
    static CType findFor(Btf btf, Class<?> record) {
        for (String name : candidates(record.getSimpleName())) {
            CType type = find(btf, name);
            if (type != null) {
                return type;
            }
        }
        return null;
    }

    /** {@return the struct of this tag or typedef, or {@code null}} */
    static CType find(Btf btf, String name) {
        int id = btf.find(name, BtfKind.STRUCT);
        if (id <= 0) {
            id = btf.find(name, BtfKind.TYPEDEF);
        }
        if (id <= 0 || btf.kind(btf.skipModifiersAndTypedefs(id)) != BtfKind.STRUCT) {
            return null;
        }
        return CType.of(btf, id);
    }

    /**
     * {@code SysCall} may be {@code SysCall}, {@code sys_call}, {@code syscall} in C, or end in
     * {@code _t}.
     */
    static Set<String> candidates(String simpleName) {
        var snake = new StringBuilder();
        for (int i = 0; i < simpleName.length(); i++) {
            char c = simpleName.charAt(i);
            if (Character.isUpperCase(c)
                    && i > 0
                    && !Character.isUpperCase(simpleName.charAt(i - 1))) {
                snake.append('_');
            }
            snake.append(Character.toLowerCase(c));
        }
        Set<String> names = new LinkedHashSet<>();
        names.add(simpleName);
        names.add(snake.toString());
        names.add(simpleName.toLowerCase(Locale.ROOT));
        names.add(snake + "_t");
        return names;
    }
}
