package dev.purebpf.elf;

/**
 * One program header: a part of the file and where it is mapped in memory (ELF specification,
 * "Program Header").
 *
 * @param type what it is: {@link #LOAD}, {@link #NOTE} …
 * @param flags permissions: {@link #EXECUTABLE}, {@link #WRITABLE}, {@link #READABLE}
 * @param offset where its bytes begin in the file
 * @param address the virtual address of its first byte
 * @param fileSize how many bytes it has in the file
 * @param memorySize how many bytes it has in memory; the rest is zero
 * @param alignment the alignment of {@code offset} and {@code address}
 */
public record Segment(
        int type,
        int flags,
        long offset,
        long address,
        long fileSize,
        long memorySize,
        long alignment) {
    /** {@code PT_LOAD}: mapped into memory. */
    public static final int LOAD = 1;

    /** {@code PT_DYNAMIC}: the dynamic linker's table. */
    public static final int DYNAMIC = 2;

    /** {@code PT_INTERP}: what loads the program; a shared library has none. */
    public static final int INTERPRETER = 3;

    /** {@code PT_NOTE}: notes, such as the build id. */
    public static final int NOTE = 4;

    /** {@code PT_TLS}: what each thread has a copy of. */
    public static final int TLS = 7;

    /** {@code PF_X}, a bit of {@link #flags}. */
    public static final int EXECUTABLE = 1;

    /** {@code PF_W}, a bit of {@link #flags}. */
    public static final int WRITABLE = 2;

    /** {@code PF_R}, a bit of {@link #flags}. */
    public static final int READABLE = 4;

    /**
     * {@return whether the address lies within the bytes that this segment has in memory}
     *
     * @param virtualAddress an address as symbols give it
     */
    public boolean contains(long virtualAddress) {
        return Long.compareUnsigned(virtualAddress - address, memorySize) < 0
                && Long.compareUnsigned(virtualAddress, address) >= 0;
    }
}
