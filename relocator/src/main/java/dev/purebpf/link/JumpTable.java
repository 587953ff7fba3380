package dev.purebpf.link;

import java.util.List;

/**
 * Where an indirect jump ({@code gotox}) of a program can lead, as a map of {@link
 * MapType#INSN_ARRAY}.
 *
 * <p>The loader creates it for the program, with {@link #KEY_SIZE} and {@link #VALUE_SIZE}, sets
 * {@code orig_off} of the i-th {@code struct bpf_insn_array_value} (its first four bytes) to the
 * i-th target, and freezes it before the program is loaded.
 *
 * @param offset where it begins in section {@code .jumptables}, in bytes: what tells the tables of
 *     a program apart
 * @param targets slots of eight bytes, counted from the beginning of the linked program; unsigned
 */
public record JumpTable(long offset, List<Integer> targets) {
    /** The name of the map in the kernel. */
    public static final String NAME = ".jumptables";

    /** The size of a key in bytes. */
    public static final int KEY_SIZE = 4;

    /** The size of {@code struct bpf_insn_array_value} in bytes. */
    public static final int VALUE_SIZE = 16;

    /** Copies the targets. */
    public JumpTable {
        targets = List.copyOf(targets);
    }
}
