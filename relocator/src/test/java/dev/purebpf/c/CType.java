package dev.purebpf.c;

import java.util.List;

/** A type of C. Structs and unions with a tag are referred to by it, so that they may be cyclic. */
public sealed interface CType {
    /** {@code void}. */
    record Void() implements CType {}

    /** A number, or with {@code bool} a truth value. */
    record Int(String name, int bytes, boolean signed, boolean bool) implements CType {}

    /** A floating-point number. */
    record Float(String name, int bytes) implements CType {}

    /** A pointer. */
    record Pointer(CType to) implements CType {}

    /** An array; of length 0 it is a flexible one. */
    record Array(CType element, int length) implements CType {}

    /** What may stand in front of a type without changing its layout. */
    enum Qualifier {
        CONST,
        VOLATILE,
        RESTRICT,
        TAG
    }

    /** A qualified type. */
    record Qualified(Qualifier qualifier, CType type) implements CType {}

    /** Another name for a type. */
    record Typedef(String name, CType type) implements CType {}

    /** An enumeration, with the size and sign that compilers give it. */
    record Enum(String name, int bytes, boolean signed, List<Constant> constants) implements CType {
        /** {@return an enumeration as large as its values ask for} */
        public static Enum of(String name, List<Constant> constants) {
            boolean signed = constants.stream().anyMatch(c -> c.value() < 0);
            boolean large =
                    constants.stream()
                            .anyMatch(
                                    c ->
                                            signed
                                                    ? c.value() != (int) c.value()
                                                    : c.value() >>> 32 != 0);
            return new Enum(name, large ? 8 : 4, signed, constants);
        }
    }

    /** An enumerator. */
    record Constant(String name, long value) {}

    /** The type of a function. */
    record Prototype(CType result, List<CType> parameters) implements CType {}

    /** A struct or union; only those at the top of a {@link CUnit} have a tag. */
    record Composite(String name, boolean union, boolean packed, List<Field> fields)
            implements CType {}

    /**
     * A member.
     *
     * @param name its name; empty for an anonymous struct or union
     * @param bits the width of a bitfield, else 0
     */
    record Field(String name, CType type, int bits) {}

    /**
     * A struct or union of the unit by its tag.
     *
     * @param union which of the two, where the unit only declares it
     */
    record Reference(String name, boolean union) implements CType {}
}
