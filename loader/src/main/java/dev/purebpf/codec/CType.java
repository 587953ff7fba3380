package dev.purebpf.codec;

import dev.purebpf.btf.Btf;

import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * How a C type lies in memory, as far as copying it to and from Java needs to know: sizes, offsets
 * and what the bytes mean. Numbers are in the byte order of the machine.
 *
 * <p>{@link #of(Btf, int)} takes it from an object's BTF, which is what the C compiler decided.
 * {@link #of(Class)} derives it from a record by the rules of C, for types that are in no BTF.
 */
public sealed interface CType {
    /** {@return the type as C writes it, for messages: {@code struct event}, {@code char[16]}} */
    String name();

    /** {@return its size in bytes} */
    int size();

    /**
     * A whole number.
     *
     * @param name its name in C
     * @param size its size in bytes
     * @param signed whether it is signed
     */
    record Whole(String name, int size, boolean signed) implements CType {}

    /**
     * A {@code bool}: one byte, 0 or 1.
     *
     * @param name its name in C
     */
    record Truth(String name) implements CType {
        @Override
        public int size() {
            return 1;
        }
    }

    /**
     * A floating-point number.
     *
     * @param name its name in C
     * @param size its size in bytes
     */
    record Real(String name, int size) implements CType {}

    /**
     * A pointer, whose value is an address of some other memory.
     *
     * @param name what it points to and a {@code *}
     * @param size its size in bytes: 8 in BPF
     */
    record Pointer(String name, int size) implements CType {}

    /**
     * An enumeration.
     *
     * @param name its name in C
     * @param size its size in bytes
     * @param signed whether its values are signed
     * @param constants its enumerators in the order of the declaration
     */
    record Enumeration(String name, int size, boolean signed, List<Constant> constants)
            implements CType {
        /** Copies the constants. */
        public Enumeration {
            constants = List.copyOf(constants);
        }
    }

    /**
     * An enumerator.
     *
     * @param name its name
     * @param value its value, extended to 64 bits by its sign
     */
    record Constant(String name, long value) {}

    /**
     * An array.
     *
     * @param element the type of its elements
     * @param length how many there are
     */
    record Array(CType element, int length) implements CType {
        /** Checks that the size of the whole fits an {@code int}. */
        public Array {
            Objects.requireNonNull(element);
            Math.multiplyExact(element.size(), length);
        }

        @Override
        public String name() {
            return element.name() + "[" + length + "]";
        }

        @Override
        public int size() {
            return element.size() * length;
        }
    }

    /**
     * A struct. Members of anonymous structs within it are fields of its own, as they are in C.
     *
     * @param name its name in C
     * @param size its size in bytes, padding at the end included
     * @param fields its fields by ascending offset
     */
    record Struct(String name, int size, List<Field> fields) implements CType {
        /** Copies the fields. */
        public Struct {
            fields = List.copyOf(fields);
        }
    }

    /**
     * A field of a struct.
     *
     * @param name its name; empty for an anonymous union
     * @param offset where it begins, in bytes from the start of the struct; for a bitfield, the
     *     byte that holds its first bit
     * @param type its type
     */
    record Field(String name, int offset, CType type) {}

    /**
     * A bitfield. As on all machines of the least significant byte first, its lowest bit is the
     * lowest one that is free in the byte where it begins.
     *
     * @param base the type that it is declared with: a whole number, {@code bool} or an enumeration
     * @param shift how many bits of its first byte belong to what is before it, 0 to 7
     * @param bits its width in bits, 1 to 64
     */
    record Bitfield(CType base, int shift, int bits) implements CType {
        /** {@return its type and width} */
        @Override
        public String name() {
            return base.name() + " : " + bits;
        }

        /** {@return how many bytes it has a part of} */
        @Override
        public int size() {
            return (shift + bits + 7) / 8;
        }
    }

    /**
     * A union: one of its fields at a time, which C alone knows. Java gets the bytes.
     *
     * @param name its name in C
     * @param size its size in bytes
     * @param fields what the bytes may be; those of anonymous structs within it at their offsets
     */
    record Union(String name, int size, List<Field> fields) implements CType {
        /** Copies the fields. */
        public Union {
            fields = List.copyOf(fields);
        }
    }

    /**
     * Bytes without a meaning of their own: what Java has no type for.
     *
     * @param name its name in C
     * @param size its size in bytes
     */
    record Opaque(String name, int size) implements CType {}

    /**
     * {@return the layout of a type, as the C compiler of the object chose it}
     *
     * @param btf the object's types
     * @param id the type's id; qualifiers and typedefs are looked through
     * @throws dev.purebpf.error.MalformedObjectException if the BTF is damaged
     * @throws IllegalArgumentException if it has no layout, such as {@code void} and functions, or
     *     is larger than 2 GiB
     */
    static CType of(Btf btf, int id) {
        return new BtfLayout(btf).layout(id);
    }

    /**
     * {@return the layouts of an object's types by their ids, as {@link #of(Btf, int)} gives them,
     * but the same object each time for the same type}
     *
     * @param btf the object's types
     */
    static IntFunction<CType> layouts(Btf btf) {
        return new BtfLayout(btf)::layout;
    }

    /**
     * {@return this type as Java describes memory: in the machine's byte order, at any alignment,
     * fields by their names in C, padding and bitfields as padding}
     *
     * @throws IllegalArgumentException if fields overlap or stand outside of their struct, as
     *     damaged BTF may say
     */
    default MemoryLayout layout() {
        return MemoryLayouts.of(this);
    }

    /**
     * {@return the layout that a C compiler would give a struct with the same fields}
     *
     * <p>{@code byte}, {@code short}, {@code int}, {@code long}, {@code float}, {@code double},
     * {@code char} (an {@code unsigned short}), {@code boolean} and nested records have one size in
     * Java and C; strings, arrays and enumerations have not.
     *
     * @param record the record
     * @throws IllegalArgumentException if it has a component whose size Java does not tell
     */
    static Struct of(Class<? extends Record> record) {
        return RecordLayout.layout(record, 0);
    }

    /**
     * {@return the layout to bind a Java type to when all that is known about the C type is its
     * size}
     *
     * @param javaType a wrapper or primitive type, a record, {@code String} or {@code byte[]}
     * @param size the size of the C type in bytes
     * @throws IllegalArgumentException if a size does not tell how to read such a Java type
     */
    static CType guess(Class<?> javaType, int size) {
        Class<?> plain = MethodType.methodType(javaType).unwrap().returnType();
        if (plain.isRecord()) {
            return RecordLayout.layout(plain, 0);
        }
        if (plain == String.class || plain == byte[].class) {
            return new Array(new Whole("char", 1, true), size);
        }
        CType scalar = Scalars.natural(plain);
        if (scalar == null) {
            throw new IllegalArgumentException(
                    "how a "
                            + javaType.getSimpleName()
                            + " lies in memory is not known: the object has no BTF type for it");
        }
        return scalar;
    }
}
