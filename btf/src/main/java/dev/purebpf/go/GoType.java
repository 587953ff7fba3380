package dev.purebpf.go;

import java.util.List;
import java.util.Optional;

/** A type of Go, as far as its values in memory go. Immutable. */
public sealed interface GoType {
    /** Bytes of an address on the machines that are known. */
    int POINTER_SIZE = 8;

    /** {@return its name as Go writes it, packages included} */
    String name();

    /** {@return how many bytes a value has} */
    long size();

    /** {@return what the address of a value is a multiple of} */
    int alignment();

    /** How a number is to be read. */
    enum Kind {
        /** One byte, 0 or 1. */
        BOOL,
        /** In two's complement. */
        SIGNED,
        /** Without sign. */
        UNSIGNED,
        /** By IEEE 754. */
        FLOAT
    }

    /** What an address is of. */
    enum PointerKind {
        /** A value of the type that is pointed to. */
        POINTER,
        /** What the runtime keeps of a map. */
        MAP,
        /** What the runtime keeps of a channel. */
        CHANNEL,
        /** A function and the variables that it has from where it was made. */
        FUNCTION,
        /** Anything: {@code unsafe.Pointer}. */
        UNSAFE
    }

    /** A type that is looked up when asked for, since types refer to each other in circles. */
    @FunctionalInterface
    interface Reference {
        /** {@return the type; empty if nothing is said of it} */
        Optional<GoType> type();
    }

    /**
     * A number or a truth value.
     *
     * @param name its name
     * @param kind how it is to be read
     * @param size its bytes: 1, 2, 4 or 8
     */
    record Scalar(String name, Kind kind, long size) implements GoType {
        @Override
        public int alignment() {
            return (int) size;
        }
    }

    /**
     * A complex number: two floating point numbers.
     *
     * @param name its name
     * @param size the bytes of both
     */
    record Complex(String name, long size) implements GoType {
        @Override
        public int alignment() {
            return (int) (size / 2);
        }
    }

    /**
     * An address.
     *
     * @param name its name
     * @param kind what it is of
     * @param target the type of what it points to; of no use for what is of the runtime
     */
    record Pointer(String name, PointerKind kind, Reference target) implements GoType {
        @Override
        public long size() {
            return POINTER_SIZE;
        }

        @Override
        public int alignment() {
            return POINTER_SIZE;
        }
    }

    /**
     * A string: the address of its bytes, and their number.
     *
     * @param name its name
     */
    record Text(String name) implements GoType {
        @Override
        public long size() {
            return 2 * POINTER_SIZE;
        }

        @Override
        public int alignment() {
            return POINTER_SIZE;
        }
    }

    /**
     * A slice: the address of its elements, their number, and for how many there is room.
     *
     * @param name its name
     * @param element the type of its elements
     */
    record Slice(String name, Reference element) implements GoType {
        @Override
        public long size() {
            return 3 * POINTER_SIZE;
        }

        @Override
        public int alignment() {
            return POINTER_SIZE;
        }
    }

    /**
     * An interface: the address of what says the type of the value, and the address of the value.
     *
     * @param name its name
     * @param hasMethods whether the first address is that of a table of methods, which refers to
     *     the type, or that of the type itself
     */
    record Interface(String name, boolean hasMethods) implements GoType {
        @Override
        public long size() {
            return 2 * POINTER_SIZE;
        }

        @Override
        public int alignment() {
            return POINTER_SIZE;
        }
    }

    /**
     * Values side by side.
     *
     * @param name its name
     * @param size its bytes, with what is left free
     * @param fields the values, in their order
     */
    record Struct(String name, long size, List<Field> fields) implements GoType {
        /** Copies the list. */
        public Struct {
            fields = List.copyOf(fields);
        }

        @Override
        public int alignment() {
            return fields.stream().mapToInt(field -> field.type().alignment()).max().orElse(1);
        }
    }

    /**
     * A field of a struct.
     *
     * @param name its name, {@code _} if it cannot be referred to
     * @param offset where it begins in the struct, in bytes
     * @param type its type
     */
    record Field(String name, long offset, GoType type) {}

    /**
     * A number of values of one type, one after the other.
     *
     * @param name its name
     * @param length how many
     * @param element their type
     */
    record Array(String name, long length, GoType element) implements GoType {
        @Override
        public long size() {
            return length * element.size();
        }

        @Override
        public int alignment() {
            return element.alignment();
        }
    }
}
