package dev.purebpf.btf;

import java.util.List;

/**
 * One type, decoded. Types refer to each other by id, to be looked up by {@link Btf#type(int)}; id
 * 0 is {@code void}.
 *
 * <p>The hierarchy is closed and its members are records, made for {@code switch}:
 *
 * <pre>{@code
 * String text = switch (btf.type(id)) {
 *     case BtfType.Pointer p -> "pointer to " + btf.name(p.type());
 *     case BtfType.Composite c -> c.name() + " of " + c.size() + " bytes";
 *     case BtfType.Modifier m -> btf.name(m.type());
 *     case BtfType other -> other.name();
 * };
 * }</pre>
 *
 * @see <a href="https://docs.kernel.org/bpf/btf.html#type-encoding">BPF Type Format: Type
 *     Encoding</a>
 */
public sealed interface BtfType {
    /** {@return the kind} */
    BtfKind kind();

    /** {@return the name; empty when it has none} */
    default String name() {
        return "";
    }

    /** Struct or union. */
    sealed interface Composite extends BtfType {
        /** {@return its size in bytes} */
        long size();

        /** {@return its members in the order of the declaration} */
        List<Member> members();

        /**
         * {@return whether bit sizes are told by the members rather than by their {@code int} types
         * ({@code kind_flag})}
         */
        boolean bitfields();
    }

    /** Enumeration of either size. */
    sealed interface Enumeration extends BtfType {
        /** {@return its size in bytes: 1, 2, 4 or 8} */
        int size();

        /** {@return whether its values are signed} */
        boolean signed();

        /** {@return its enumerators in the order of the declaration} */
        List<Enumerator> enumerators();
    }

    /** Something in front of a type that does not change its layout: a qualifier or a tag. */
    sealed interface Modifier extends BtfType {
        /** {@return the id of the modified type} */
        int type();
    }

    /** No type: what id 0 means. */
    record Void() implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.VOID;
        }
    }

    /**
     * A number, character or truth value.
     *
     * @param name its name, such as {@code unsigned int}
     * @param size its size in bytes: 1, 2, 4, 8 or 16
     * @param encoding {@link #SIGNED}, {@link #CHARACTER}, {@link #BOOLEAN} or 0
     * @param bitOffset where the value begins within the bytes; not 0 only in bitfields of old BTF
     * @param bits how many bits the value has
     */
    record Int(String name, long size, int encoding, int bitOffset, int bits) implements BtfType {
        /** {@code BTF_INT_SIGNED}, an {@link #encoding}. */
        public static final int SIGNED = 1;

        /** {@code BTF_INT_CHAR}, an {@link #encoding}. */
        public static final int CHARACTER = 2;

        /** {@code BTF_INT_BOOL}, an {@link #encoding}. */
        public static final int BOOLEAN = 4;

        @Override
        public BtfKind kind() {
            return BtfKind.INT;
        }

        /** {@return whether it is a signed number} */
        public boolean signed() {
            return (encoding & SIGNED) != 0;
        }

        /** {@return whether it is a truth value} */
        public boolean bool() {
            return (encoding & BOOLEAN) != 0;
        }
    }

    /**
     * A pointer.
     *
     * @param type the id of the type pointed to
     */
    record Pointer(int type) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.POINTER;
        }
    }

    /**
     * An array.
     *
     * @param elementType the id of its elements' type
     * @param indexType the id of the type of indexes
     * @param length how many elements it has; 0 for a flexible array
     */
    record Array(int elementType, int indexType, long length) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.ARRAY;
        }
    }

    /**
     * A struct.
     *
     * @param name its tag; empty when anonymous
     * @param size its size in bytes
     * @param members its members
     * @param bitfields whether the members tell bit sizes ({@code kind_flag})
     */
    record Struct(String name, long size, List<Member> members, boolean bitfields)
            implements Composite {
        /** Copies the members. */
        public Struct {
            members = List.copyOf(members);
        }

        @Override
        public BtfKind kind() {
            return BtfKind.STRUCT;
        }
    }

    /**
     * A union.
     *
     * @param name its tag; empty when anonymous
     * @param size its size in bytes
     * @param members its members
     * @param bitfields whether the members tell bit sizes ({@code kind_flag})
     */
    record Union(String name, long size, List<Member> members, boolean bitfields)
            implements Composite {
        /** Copies the members. */
        public Union {
            members = List.copyOf(members);
        }

        @Override
        public BtfKind kind() {
            return BtfKind.UNION;
        }
    }

    /**
     * A member of a struct or union.
     *
     * @param name its name; empty for an anonymous struct or union within
     * @param type the id of its type
     * @param bitOffset where it begins, in bits from the start of the struct
     * @param bitSize how many bits it has when it is a bitfield, else 0
     */
    record Member(String name, int type, long bitOffset, int bitSize) {}

    /**
     * An enumeration of at most 32 bits.
     *
     * @param name its tag; empty when anonymous
     * @param size its size in bytes: 1, 2 or 4, and 8 in BTF of old compilers that cut its values
     *     to 32 bits
     * @param signed whether its values are signed ({@code kind_flag}, since Linux 6.0; {@code
     *     false} before)
     * @param enumerators its enumerators
     */
    record Enum(String name, int size, boolean signed, List<Enumerator> enumerators)
            implements Enumeration {
        /** Copies the enumerators. */
        public Enum {
            enumerators = List.copyOf(enumerators);
        }

        @Override
        public BtfKind kind() {
            return BtfKind.ENUM;
        }
    }

    /**
     * A value of an enumeration.
     *
     * @param name its name
     * @param value its value, sign-extended when the enumeration is signed, else zero-extended
     */
    record Enumerator(String name, long value) {}

    /**
     * A struct, union or enum that is declared but not described. An {@code enum} looks like a
     * struct here, except that some compilers write an empty {@link Enum} instead.
     *
     * @param name its tag
     * @param union whether it is a union
     */
    record Forward(String name, boolean union) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.FORWARD;
        }
    }

    /**
     * Another name for a type.
     *
     * @param name the name
     * @param type the id of the type that it names
     */
    record Typedef(String name, int type) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.TYPEDEF;
        }
    }

    /**
     * {@code volatile}.
     *
     * @param type the id of the modified type
     */
    record Volatile(int type) implements Modifier {
        @Override
        public BtfKind kind() {
            return BtfKind.VOLATILE;
        }
    }

    /**
     * {@code const}.
     *
     * @param type the id of the modified type
     */
    record Const(int type) implements Modifier {
        @Override
        public BtfKind kind() {
            return BtfKind.CONST;
        }
    }

    /**
     * {@code restrict}.
     *
     * @param type the id of the modified type
     */
    record Restrict(int type) implements Modifier {
        @Override
        public BtfKind kind() {
            return BtfKind.RESTRICT;
        }
    }

    /**
     * A function.
     *
     * @param name its name
     * @param prototype the id of its {@link FunctionPrototype}
     * @param linkage how far it is known; always {@link Linkage#STATIC} in objects of old compilers
     *     and in the kernel
     */
    record Function(String name, int prototype, Linkage linkage) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.FUNCTION;
        }
    }

    /**
     * The return type and parameters of a function.
     *
     * @param returnType the id of the return type
     * @param parameters its parameters; a last one without name and of type 0 stands for {@code
     *     ...}
     */
    record FunctionPrototype(int returnType, List<Parameter> parameters) implements BtfType {
        /** Copies the parameters. */
        public FunctionPrototype {
            parameters = List.copyOf(parameters);
        }

        @Override
        public BtfKind kind() {
            return BtfKind.FUNCTION_PROTOTYPE;
        }
    }

    /**
     * A parameter of a function.
     *
     * @param name its name; may be empty
     * @param type the id of its type
     */
    record Parameter(String name, int type) {}

    /**
     * A global variable.
     *
     * @param name its name
     * @param type the id of its type
     * @param linkage how far it is known
     */
    record Variable(String name, int type, Linkage linkage) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.VARIABLE;
        }
    }

    /**
     * The variables of one section of the object.
     *
     * @param name the section's name, such as {@code .rodata}
     * @param size its size in bytes; compilers leave it 0, see {@link Btf#withDataSections}
     * @param entries its variables
     */
    record DataSection(String name, long size, List<SectionEntry> entries) implements BtfType {
        /** Copies the entries. */
        public DataSection {
            entries = List.copyOf(entries);
        }

        @Override
        public BtfKind kind() {
            return BtfKind.DATA_SECTION;
        }
    }

    /**
     * A variable, or an extern function, in its section.
     *
     * @param type the id of its {@link Variable} or {@link Function}
     * @param offset where it begins within the section, in bytes; compilers leave it 0
     * @param size its size in bytes
     */
    record SectionEntry(int type, long offset, long size) {}

    /**
     * A floating-point number.
     *
     * @param name its name, such as {@code double}
     * @param size its size in bytes: 2, 4, 8, 12 or 16
     */
    record Float(String name, long size) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.FLOAT;
        }
    }

    /**
     * An attribute of a declaration: {@code __attribute__((btf_decl_tag("…")))}.
     *
     * @param name the attribute's text
     * @param type the id of the struct, union, typedef, variable or function that it belongs to
     * @param component the index of the member or parameter that it belongs to, or −1 for the whole
     * @param attribute whether it is another attribute, spelled out, rather than a tag ({@code
     *     kind_flag}, since Linux 6.15)
     */
    record DeclTag(String name, int type, int component, boolean attribute) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.DECL_TAG;
        }
    }

    /**
     * An attribute of a type: {@code __attribute__((btf_type_tag("…")))}.
     *
     * @param name the attribute's text
     * @param type the id of the tagged type
     * @param attribute whether it is another attribute, spelled out, rather than a tag ({@code
     *     kind_flag}, since Linux 6.15)
     */
    record TypeTag(String name, int type, boolean attribute) implements Modifier {
        @Override
        public BtfKind kind() {
            return BtfKind.TYPE_TAG;
        }
    }

    /**
     * An enumeration of 64 bits.
     *
     * @param name its tag; empty when anonymous
     * @param size its size in bytes
     * @param signed whether its values are signed
     * @param enumerators its enumerators
     */
    record Enum64(String name, int size, boolean signed, List<Enumerator> enumerators)
            implements Enumeration {
        /** Copies the enumerators. */
        public Enum64 {
            enumerators = List.copyOf(enumerators);
        }

        @Override
        public BtfKind kind() {
            return BtfKind.ENUM64;
        }
    }
}
