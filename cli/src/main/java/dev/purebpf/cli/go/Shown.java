package dev.purebpf.cli.go;

import dev.purebpf.go.GoType;

import java.util.List;

/**
 * A value, or a part of one, and where it is among the data of an event. Places are counted in
 * bytes from the first register on; a step is the number of the read that brought the bytes.
 */
sealed interface Shown {
    /** No step: the bytes are there without a read. */
    int NO_STEP = -1;

    /**
     * A number or a truth value.
     *
     * @param kind how it is to be read
     * @param size its bytes
     * @param at where it is
     */
    record Scalar(GoType.Kind kind, int size, int at) implements Shown {}

    /**
     * What is in a register that eBPF programs cannot read.
     *
     * @param register its name
     */
    record Unreadable(String register) implements Shown {}

    /**
     * A complex number.
     *
     * @param real its real part
     * @param imaginary its imaginary part
     */
    record Complex(Shown real, Shown imaginary) implements Shown {}

    /**
     * A string.
     *
     * @param address where its address is
     * @param length where its length is
     * @param bytes where its bytes are, as many as were read
     * @param limit how many that are at most
     * @param step what reads them
     */
    record Text(int address, int length, int bytes, int limit, int step) implements Shown {}

    /**
     * A slice.
     *
     * @param address where the address of its elements is
     * @param length where their number is
     * @param elements those that are read if there are as many
     * @param step what reads them
     */
    record Slice(int address, int length, List<Shown> elements, int step) implements Shown {
        /** Copies the list. */
        public Slice {
            elements = List.copyOf(elements);
        }
    }

    /**
     * A slice of bytes.
     *
     * @param address where the address of the bytes is
     * @param length where their number is
     * @param bytes where they are, as many as were read
     * @param limit how many that are at most
     * @param step what reads them
     */
    record Bytes(int address, int length, int bytes, int limit, int step) implements Shown {}

    /**
     * An array.
     *
     * @param elements those that are shown
     * @param length how many there are
     */
    record Array(List<Shown> elements, long length) implements Shown {
        /** Copies the list. */
        public Array {
            elements = List.copyOf(elements);
        }
    }

    /**
     * A struct.
     *
     * @param members its fields
     */
    record Struct(List<Member> members) implements Shown {
        /** Copies the list. */
        public Struct {
            members = List.copyOf(members);
        }
    }

    /**
     * A field of a struct.
     *
     * @param name its name
     * @param value its value
     */
    record Member(String name, Shown value) {}

    /**
     * An address.
     *
     * @param at where it is
     * @param target what it is of, or {@code null}
     * @param step what reads that
     */
    record Pointer(int at, Shown target, int step) implements Shown {}

    /**
     * An interface. Its content is two words, and a text if they are a string.
     *
     * @param table where its first word is
     * @param type where the address of its dynamic type is
     * @param typeStep what reads that
     * @param value where its second word is
     * @param content where what that refers to is, or the reason that nothing is read: −1
     * @param contentStep what reads that
     * @param text the string that it may be, or {@code null}
     */
    record Interface(
            int table, int type, int typeStep, int value, int content, int contentStep, Text text)
            implements Shown {}

    /** What was not read, because it would be too much. */
    record Omitted() implements Shown {}
}
