package dev.purebpf.elf;

/**
 * One entry of a {@code SHT_REL} or {@code SHT_RELA} section (ELF specification, "Relocation").
 *
 * @param offset the byte offset within the section that is patched
 * @param symbolIndex the index of the symbol in the linked symbol table
 * @param type what to patch, by the machine's own numbers: {@link #BPF_64_64} …
 * @param addend the constant to add; 0 for {@code SHT_REL}, where it stands at the patched place
 */
public record Relocation(long offset, int symbolIndex, int type, long addend) {
    /** {@code R_BPF_64_64}: the 64-bit constant of an {@code ld_imm64} instruction. */
    public static final int BPF_64_64 = 1;

    /** {@code R_BPF_64_ABS64}: a 64-bit address in data. */
    public static final int BPF_64_ABS64 = 2;

    /** {@code R_BPF_64_ABS32}: a 32-bit address in data. */
    public static final int BPF_64_ABS32 = 3;

    /**
     * {@code R_BPF_64_NODYLD32}: a 32-bit offset in {@code .BTF} and {@code .BTF.ext}, done
     * already.
     */
    public static final int BPF_64_NODYLD32 = 4;

    /** {@code R_BPF_64_32}: the immediate of a call instruction. */
    public static final int BPF_64_32 = 10;
}
