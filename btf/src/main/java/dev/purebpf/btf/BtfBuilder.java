package dev.purebpf.btf;

import java.nio.ByteOrder;

/**
 * Writes BTF: new types, or a changed copy of existing ones.
 *
 * <pre>{@code
 * var builder = BtfBuilder.create();
 * int u32 = builder.add(new BtfType.Int("unsigned int", 4, 0, 0, 32));
 * builder.add(new BtfType.Struct("pair", 8, List.of(
 *         new BtfType.Member("first", u32, 0, 0),
 *         new BtfType.Member("second", u32, 32, 0)), false));
 * Btf btf = builder.build("pairs", ByteOrder.LITTLE_ENDIAN);
 * }</pre>
 *
 * <p>Not safe to share between threads.
 */
public final class BtfBuilder {
    private BtfBuilder() {}

    /** {@return a builder without any types} */
    public static BtfBuilder create() {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return a builder of split BTF}
     *
     * @param base the types that it continues
     */
    public static BtfBuilder split(Btf base) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return a builder that begins with a copy of all types and strings; ids and string offsets
     * stay the same}
     *
     * @param btf what to copy; if it is split, so is the result, over the same base
     */
    public static BtfBuilder copyOf(Btf btf) {
        throw new UnsupportedOperationException();
    }

    /** {@return the id that the next added type gets} */
    public int nextId() {
        throw new UnsupportedOperationException();
    }

    /**
     * Appends a type. It may refer to ids that are added later.
     *
     * @param type the type
     * @return its id
     * @throws IllegalArgumentException if it cannot be written: {@link BtfType.Void}, or a number
     *     that does not fit its field
     */
    public int add(BtfType type) {
        throw new UnsupportedOperationException();
    }

    /**
     * Replaces a type.
     *
     * @param id its id, not of the base
     * @param type the new type
     * @throws IllegalArgumentException as {@link #add}
     */
    public void set(int id, BtfType type) {
        throw new UnsupportedOperationException();
    }

    /**
     * Adds a string, or finds it.
     *
     * @param text the string, without a zero character
     * @return its offset in the string section
     */
    public int string(String text) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the bytes of a {@code .BTF} section}
     *
     * @param order the byte order
     */
    public byte[] toBytes(ByteOrder order) {
        throw new UnsupportedOperationException();
    }

    /**
     * {@return the types, ready for use}
     *
     * @param origin a name for messages
     * @param order the byte order
     */
    public Btf build(String origin, ByteOrder order) {
        throw new UnsupportedOperationException();
    }
}
