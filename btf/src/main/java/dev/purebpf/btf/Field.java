package dev.purebpf.btf;

/**
 * A field of a struct or union, or of something within, found by {@link Btf#field(int, String)}.
 *
 * @param path the path that led to it, such as {@code a.b[2].c}
 * @param type the id of its type, as declared
 * @param bitOffset where it begins, in bits from the start of the outermost struct
 * @param bitSize how many bits it has
 * @param bitfield whether it was declared as a bitfield
 */
public record Field(String path, int type, long bitOffset, long bitSize, boolean bitfield) {
    /**
     * {@return where it begins, in whole bytes}
     *
     * @throws IllegalStateException if it begins within a byte
     */
    public long byteOffset() {
        if ((bitOffset & 7) != 0) {
            throw new IllegalStateException(
                    "field " + path + " begins at bit " + bitOffset + ", within a byte");
        }
        return bitOffset >>> 3;
    }
}
