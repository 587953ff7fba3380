package dev.purebpf.link;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.insn.InstructionReader;
import dev.purebpf.insn.Reference;

import java.util.ArrayList;
import java.util.List;

/**
 * The jump tables of an object: what {@code switch} statements become with {@code -mcpu=v4} from
 * clang 22 on. Section {@code .jumptables} holds them one behind the other, each entry eight bytes:
 * the byte offset of its target in the section of code.
 */
final class JumpTables {
    static final int ENTRY_SIZE = 8;

    private static final long MAX_TARGET = 0xffff_ffffL;

    private final long[] entries;
    private final long size;

    private JumpTables(long[] entries, long size) {
        this.entries = entries;
        this.size = size;
    }

    /** {@return no tables} */
    static JumpTables none() {
        return new JumpTables(new long[0], 0);
    }

    /**
     * {@return what a section holds}
     *
     * @param reader the section
     */
    static JumpTables read(ByteReader reader) {
        var entries = new long[reader.length() / ENTRY_SIZE];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = reader.s64((long) i * ENTRY_SIZE);
        }
        return new JumpTables(entries, reader.length());
    }

    /** A table cannot be made; the message completes "refers to …: ". */
    static final class Unfit extends Exception {
        private static final long serialVersionUID = 1L;

        Unfit(String problem) {
            super(problem);
        }
    }

    /** {@return how many entries a table has, if it lies within the section} */
    int count(Reference.JumpTable reference) {
        return (int) Math.min(reference.size() / ENTRY_SIZE, entries.length);
    }

    /**
     * {@return a table for a program}
     *
     * @param reference where it is
     * @param sectionSlot the slot in the section of code where the function that jumps begins
     * @param programSlot the slot in the linked program where that function begins
     */
    JumpTable table(Reference.JumpTable reference, int sectionSlot, int programSlot) throws Unfit {
        long offset = reference.offset();
        if (offset % ENTRY_SIZE != 0 || reference.size() % ENTRY_SIZE != 0) {
            throw new Unfit("the jump table does not consist of whole entries of 8 bytes");
        }
        if (offset < 0 || reference.size() < 0 || offset > size - reference.size()) {
            throw new Unfit("the jump table reaches past the end of section " + JumpTable.NAME);
        }
        int first = (int) (offset / ENTRY_SIZE);
        int count = (int) (reference.size() / ENTRY_SIZE);
        List<Integer> targets = new ArrayList<>(count);
        for (int i = first; i < first + count; i++) {
            long slot = Long.divideUnsigned(entries[i], InstructionReader.SLOT_SIZE);
            long target = slot - sectionSlot + programSlot;
            if (target < 0 || target > MAX_TARGET) {
                throw new Unfit("entry " + (i - first) + " of the jump table leaves the function");
            }
            targets.add((int) target);
        }
        return new JumpTable(offset, targets);
    }
}
