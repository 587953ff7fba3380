package dev.purebpf.link;

import dev.purebpf.btf.BtfExt;
import dev.purebpf.core.Relocated;
import dev.purebpf.core.Resolution;
import dev.purebpf.error.RelocationException;
import dev.purebpf.insn.Instruction;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A function while its instructions are fitted to a kernel. */
final class FittedFunction {
    private final ProgramDefinition definition;
    private final Map<Integer, Relocated> replaced = new HashMap<>();
    private final int[] slots;
    private List<Instruction> instructions;
    private RelocationException failure;

    FittedFunction(ProgramDefinition definition) {
        this.definition = definition;
        this.slots = new int[definition.instructions().size()];
        for (int i = 0, slot = 0; i < slots.length; i++) {
            slots[i] = slot;
            slot += definition.instructions().get(i).slots();
        }
    }

    ProgramDefinition definition() {
        return definition;
    }

    /** {@return the slot within the function where its instruction of an index begins} */
    int slot(int index) {
        return slots[index];
    }

    /** {@return the line of C that an instruction belongs to, in words, or {@code null}} */
    String sourceLine(int index) {
        return definition.line(index).map(BtfExt.LineInfo::quoted).orElse(null);
    }

    /** {@return the line of C that a slot of the function belongs to, in words, or {@code null}} */
    String sourceLineAt(int slot) {
        int found = Arrays.binarySearch(slots, slot);
        return sourceLine(found >= 0 ? found : -found - 2);
    }

    void replace(int index, Relocated with) {
        replaced.put(index, with);
    }

    void fail(RelocationException why) {
        failure = why;
    }

    RelocationException failure() {
        return failure;
    }

    /** {@return what became of its relocations, when it begins at a slot of a program} */
    List<AppliedRelocation> relocations(int start) {
        var relocations = new ArrayList<AppliedRelocation>();
        for (int index = 0; index < slots.length; index++) {
            Relocated relocated = replaced.get(index);
            if (relocated == null) {
                continue;
            }
            for (Resolution resolution : relocated.resolutions()) {
                relocations.add(
                        new AppliedRelocation(
                                definition.name(),
                                start + slots[index],
                                slots[index],
                                definition.line(index),
                                definition.instructions().get(index),
                                relocated.instructions(),
                                relocated.poisoned(),
                                resolution));
            }
        }
        return relocations;
    }

    boolean contains(long sectionSlot) {
        int count =
                slots.length == 0
                        ? 0
                        : slots[slots.length - 1] + definition.instructions().getLast().slots();
        return sectionSlot >= definition.sectionSlot()
                && sectionSlot < (long) definition.sectionSlot() + count;
    }

    /** {@return the fitted instructions; they take as many slots as before} */
    List<Instruction> instructions() {
        if (instructions == null) {
            if (replaced.isEmpty()) {
                instructions = definition.instructions();
            } else {
                instructions = new ArrayList<>(slots.length + replaced.size());
                for (int i = 0; i < slots.length; i++) {
                    Relocated with = replaced.get(i);
                    if (with == null) {
                        instructions.add(definition.instructions().get(i));
                    } else {
                        instructions.addAll(with.instructions());
                    }
                }
            }
        }
        return instructions;
    }
}
