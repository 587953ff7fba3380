package dev.purebpf.link;

import dev.purebpf.btf.BtfExt;
import dev.purebpf.elf.Symbol;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.Reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** A function while what belongs to its instructions is being collected. */
final class FunctionDraft {
    private static final int SECOND_SLOT = -1;

    final Symbol symbol;
    final int sectionIndex;
    final int start;
    final int slots;
    private final List<Instruction> instructions;
    private final int[] bySlot;
    private final Reference[] references;
    private final BtfExt.LineInfo[] lines;
    private final BtfExt.FunctionInfo[] functions;
    private final List<List<BtfExt.CoreRelocation>> relocations;

    FunctionDraft(Symbol symbol, int start, int slots, List<Instruction> instructions) {
        this.symbol = symbol;
        this.sectionIndex = symbol.sectionIndex();
        this.start = start;
        this.slots = slots;
        this.instructions = instructions;
        int count = instructions.size();
        this.bySlot = new int[slots];
        Arrays.fill(bySlot, SECOND_SLOT);
        for (int i = 0, slot = 0; i < count; i++) {
            bySlot[slot] = i;
            slot += instructions.get(i).slots();
        }
        this.references = new Reference[count];
        this.lines = new BtfExt.LineInfo[count];
        this.functions = new BtfExt.FunctionInfo[count];
        this.relocations = new ArrayList<>(Collections.nCopies(count, null));
    }

    /** {@return whether a slot of the section belongs to this function} */
    boolean contains(long sectionSlot) {
        return sectionSlot >= start && sectionSlot < (long) start + slots;
    }

    /** {@return the instruction that begins at a slot, or {@code null} in the middle of one} */
    Instruction at(int sectionSlot) {
        int index = bySlot[sectionSlot - start];
        return index == SECOND_SLOT ? null : instructions.get(index);
    }

    void refer(int sectionSlot, Reference reference) {
        references[bySlot[sectionSlot - start]] = reference;
    }

    boolean relocate(int sectionSlot, BtfExt.CoreRelocation relocation) {
        int index = bySlot[sectionSlot - start];
        if (index == SECOND_SLOT) {
            return false;
        }
        if (relocations.get(index) == null) {
            relocations.set(index, new ArrayList<>(1));
        }
        relocations.get(index).add(relocation);
        return true;
    }

    void line(int sectionSlot, BtfExt.LineInfo line) {
        int index = bySlot[sectionSlot - start];
        if (index != SECOND_SLOT && lines[index] == null) {
            lines[index] = line;
        }
    }

    void function(int sectionSlot, BtfExt.FunctionInfo function) {
        int index = bySlot[sectionSlot - start];
        if (index != SECOND_SLOT && functions[index] == null) {
            functions[index] = function;
        }
    }

    /** {@return the line of C that a slot belongs to, in words, or {@code null}} */
    String sourceLine(int sectionSlot) {
        for (int slot = sectionSlot - start; slot >= 0; slot--) {
            int index = bySlot[slot];
            if (index != SECOND_SLOT && lines[index] != null) {
                return lines[index].quoted();
            }
        }
        return null;
    }

    List<Instruction> finish() {
        var finished = new ArrayList<Instruction>(instructions.size());
        for (int i = 0; i < instructions.size(); i++) {
            Instruction plain = instructions.get(i);
            List<BtfExt.CoreRelocation> asked = relocations.get(i);
            boolean carriesNothing =
                    references[i] == null
                            && asked == null
                            && lines[i] == null
                            && functions[i] == null;
            finished.add(
                    carriesNothing
                            ? plain
                            : new Instruction(
                                    plain.opcode(),
                                    plain.destination(),
                                    plain.source(),
                                    plain.offset(),
                                    plain.immediate(),
                                    references[i],
                                    asked == null ? List.of() : asked,
                                    lines[i],
                                    functions[i]));
        }
        return finished;
    }
}
