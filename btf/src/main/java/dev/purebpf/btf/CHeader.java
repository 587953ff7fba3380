package dev.purebpf.btf;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Types as a C header, such as {@code vmlinux.h}: what a BPF program includes to know the kernel's
 * structs, enums, typedefs and kernel functions, without any header of the kernel.
 *
 * <p>Each type stands behind those that it needs. Layouts are those of the types, whatever packing
 * and filling that takes, for a compiler with 64-bit pointers ({@code clang -target bpf}). Records
 * are declared with {@code preserve_access_index}, so that accesses become CO-RE relocations. What
 * would have the name of something else gets {@code ___2} behind it. Left out are global variables,
 * functions that are no kernel functions, and structs and unions without a name that nothing is of.
 */
public final class CHeader {
    private static final int MAX_NESTING = 512;
    private static final String KERNEL_FUNCTION = "bpf_kfunc";

    private static final String BEGIN =
            """
            #ifndef __VMLINUX_H__
            #define __VMLINUX_H__

            #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
            #pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
            #endif

            """;

    private static final String BEFORE_FUNCTIONS =
            """
            #ifndef BPF_NO_KFUNC_PROTOTYPES
            #ifndef __ksym
            #define __ksym __attribute__((section(".ksyms")))
            #endif

            #ifndef __weak
            #define __weak __attribute__((weak))
            #endif

            """;

    private static final String END =
            """
            #endif

            #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
            #pragma clang attribute pop
            #endif

            #endif /* __VMLINUX_H__ */
            """;

    private final Btf btf;
    private final StringBuilder out = new StringBuilder();
    private final CNames names;
    private final CDeclaration declaration;

    /** What has been declared: tags that may be pointed to, typedefs. */
    private final BitSet declared = new BitSet();

    /** What has been told with all that it needs. */
    private final BitSet complete = new BitSet();

    private final BitSet underWay = new BitSet();

    /**
     * What has no name and stands in others: what it needs is there, except for the struct that it
     * was within then, or 0. Without this, functions that each take two of the next would take time
     * exponential in their number.
     */
    private final Map<Integer, Integer> lookedThrough = new HashMap<>();

    private CHeader(Btf btf) {
        this.btf = btf;
        this.names = new CNames(btf);
        this.declaration = new CDeclaration(btf, names);
    }

    /**
     * {@return the header of all types; the same types give the same text}
     *
     * <p>Some 3 MB for a kernel.
     *
     * @param btf the types, with those of its base
     * @throws dev.purebpf.error.MalformedObjectException if the types are damaged, or such as C
     *     cannot have: a struct that contains itself
     */
    public static String of(Btf btf) {
        return new CHeader(Objects.requireNonNull(btf)).write();
    }

    private String write() {
        out.append(BEGIN);
        BitSet referredTo = referredTo();
        for (int id = 1; id < btf.typeCount(); id++) {
            switch (btf.kind(id)) {
                case STRUCT, UNION, TYPEDEF -> {
                    if (!btf.name(id).isEmpty()) {
                        need(id, true, 0, 0);
                    }
                }
                case ENUM, ENUM64 -> {
                    if (!btf.name(id).isEmpty() || !referredTo.get(id)) {
                        defineEnum(id);
                    }
                }
                default -> {}
            }
        }
        out.append(BEFORE_FUNCTIONS);
        writeFunctions();
        return out.append(END).toString();
    }

    /** {@return the types that others are made of, which stand there if they have no name} */
    private BitSet referredTo() {
        BitSet all = new BitSet();
        for (int id = 1; id < btf.typeCount(); id++) {
            if (btf.kind(id) == BtfKind.UNKNOWN) {
                continue;
            }
            switch (btf.type(id)) {
                case BtfType.Composite composite ->
                        composite.members().forEach(m -> all.set(m.type()));
                case BtfType.FunctionPrototype function -> {
                    all.set(function.returnType());
                    function.parameters().forEach(parameter -> all.set(parameter.type()));
                }
                case BtfType.Pointer pointer -> all.set(pointer.type());
                case BtfType.Array array -> all.set(array.elementType());
                case BtfType.Typedef typedef -> all.set(typedef.type());
                case BtfType.Modifier modifier -> all.set(modifier.type());
                case BtfType.Variable variable -> all.set(variable.type());
                default -> {}
            }
        }
        return all;
    }

    /**
     * Writes what has to stand before a type can be named, if it does not stand there.
     *
     * @param byValue whether its size has to be known, too
     * @param within the struct or union that will name it, 0 for none: a struct knows itself
     */
    private void need(int id, boolean byValue, int within, int nesting) {
        if (nesting > MAX_NESTING) {
            throw btf.malformed(id, 2, "more than " + MAX_NESTING + " types need each other");
        }
        int next = nesting + 1;
        switch (btf.type(id)) {
            case BtfType.Composite composite -> needComposite(id, composite, byValue, within, next);
            case BtfType.Typedef typedef when CDeclaration.isCompilers(typedef) ->
                    need(typedef.type(), byValue, within, next);
            case BtfType.Typedef typedef -> needTypedef(id, typedef, byValue, next);
            case BtfType.Int number -> needNumber(id, number, number.size(), number.signed());
            case BtfType.Float number -> needNumber(id, number, number.size(), true);
            case BtfType.Enumeration _ -> {
                if (!btf.name(id).isEmpty()) {
                    defineEnum(id);
                }
            }
            case BtfType.Forward forward -> {
                int definition = names.definition(id, forward);
                if (definition != within) {
                    declareTag(definition, forward.union());
                }
            }
            case BtfType.Pointer pointer -> need(pointer.type(), false, within, next);
            case BtfType.Modifier modifier -> need(modifier.type(), byValue, within, next);
            case BtfType.Array array -> need(array.elementType(), true, within, next);
            case BtfType.FunctionPrototype function when !isLookedThrough(id, within) -> {
                need(function.returnType(), false, within, next);
                for (BtfType.Parameter parameter : function.parameters()) {
                    need(parameter.type(), false, within, next);
                }
                lookedThrough.put(id, within);
            }
            default -> {}
        }
    }

    private boolean isLookedThrough(int id, int within) {
        Integer before = lookedThrough.get(id);
        return before != null && (before == 0 || before == within);
    }

    private void needComposite(
            int id, BtfType.Composite composite, boolean byValue, int within, int nesting) {
        boolean isNamed = !composite.name().isEmpty();
        if (complete.get(id) || id == within && !byValue || isLookedThrough(id, within)) {
            return;
        }
        if (isNamed && !byValue) {
            declareTag(id, composite.kind() == BtfKind.UNION);
            return;
        }
        if (underWay.get(id)) {
            throw btf.malformed(id, 2, "it contains itself");
        }
        underWay.set(id);
        for (BtfType.Member member : composite.members()) {
            need(member.type(), true, isNamed ? id : within, nesting);
        }
        underWay.clear(id);
        if (isNamed) {
            complete.set(id);
            declared.set(id);
            out.append(declaration.body(id)).append(";\n\n");
        } else {
            lookedThrough.put(id, within);
        }
    }

    private void declareTag(int id, boolean union) {
        if (!declared.get(id)) {
            declared.set(id);
            out.append(union ? "union " : "struct ").append(names.tag(id)).append(";\n\n");
        }
    }

    private void needTypedef(int id, BtfType.Typedef typedef, boolean byValue, int nesting) {
        if (!declared.get(id)) {
            if (underWay.get(id)) {
                throw btf.malformed(id, 2, "it contains itself");
            }
            underWay.set(id);
            need(typedef.type(), false, 0, nesting);
            underWay.clear(id);
            declared.set(id);
            out.append("typedef ")
                    .append(declaration.of(typedef.type(), names.identifier(id)))
                    .append(";\n\n");
        }
        if (byValue && !complete.get(id)) {
            need(typedef.type(), true, 0, nesting);
            complete.set(id);
        }
    }

    /** Other languages have names for numbers that C does not know, and so have some processors. */
    private void needNumber(int id, BtfType number, long size, boolean signed) {
        if (CNames.isBuiltIn(number) || declared.get(id)) {
            return;
        }
        declared.set(id);
        String alike =
                switch ((int) size) {
                    case 1 -> "char";
                    case 2 -> "short";
                    case 8 -> "long";
                    case 16 -> "__int128";
                    default -> "int";
                };
        out.append(signed ? "typedef signed " : "typedef unsigned ")
                .append(alike)
                .append(' ')
                .append(names.identifier(id))
                .append(";\n\n");
    }

    private void defineEnum(int id) {
        if (!complete.get(id)) {
            complete.set(id);
            out.append(declaration.body(id)).append(";\n\n");
        }
    }

    private void writeFunctions() {
        BitSet done = new BitSet();
        for (int id = 1; id < btf.typeCount(); id++) {
            if (btf.kind(id) == BtfKind.DECL_TAG
                    && btf.type(id) instanceof BtfType.DeclTag tag
                    && tag.name().equals(KERNEL_FUNCTION)
                    && btf.type(tag.type()) instanceof BtfType.Function function
                    && !done.get(tag.type())) {
                done.set(tag.type());
                need(function.prototype(), false, 0, 0);
                out.append("extern ")
                        .append(
                                declaration.of(
                                        function.prototype(), names.enumerator(function.name())))
                        .append(" __weak __ksym;\n\n");
            }
        }
    }
}
