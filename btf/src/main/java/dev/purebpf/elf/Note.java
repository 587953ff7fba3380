package dev.purebpf.elf;

import java.util.ArrayList;
import java.util.List;

/**
 * One note: what a tool has to say about the file to another one (ELF specification, "Note
 * Section").
 *
 * @param owner whose note it is, such as {@code GNU}: types mean something for one owner only
 * @param type what kind of note
 * @param description its bytes
 */
public record Note(String owner, int type, ByteReader description) {
    /** {@code NT_GNU_BUILD_ID}, a {@link #type} of {@code GNU}. */
    public static final int BUILD_ID = 3;

    private static final int OWNER_LIMIT = 1024;

    /** Reads notes, of which each part is padded to a multiple of the alignment. */
    static List<Note> read(ByteReader bytes, int alignment) {
        var notes = new ArrayList<Note>();
        long at = 0;
        while (at < bytes.length()) {
            long ownerSize = bytes.u32(at);
            long size = bytes.u32(at + 4);
            int type = bytes.s32(at + 8);
            ByteReader owner = bytes.slice(at + 12, ownerSize);
            long description = padded(at + 12 + ownerSize, alignment);
            notes.add(
                    new Note(
                            ownerSize == 0 ? "" : owner.string(0, OWNER_LIMIT),
                            type,
                            bytes.slice(description, size)));
            at = padded(description + size, alignment);
        }
        return List.copyOf(notes);
    }

    private static long padded(long offset, int alignment) {
        return offset + alignment - 1 & -alignment;
    }
}
