package dev.purebpf.link;

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
    private final Map<Integer, List<Instruction>> replaced = new HashMap<>();
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
        for (int i = index; i >= 0; i--) {
            Instruction instruction = definition.instructions().get(i);
            if (instruction.line() != null) {
                return SourceLine.describe(instruction.line());
            }
        }
        return null;
    }

    /** {@return the line of C that a slot of the function belongs to, in words, or {@code null}} */
    String sourceLineAt(int slot) {
        int found = Arrays.binarySearch(slots, slot);
        return sourceLine(found >= 0 ? found : -found - 2);
    }

    void replace(int index, List<Instruction> with) {
        replaced.put(index, with);
    }

    void fail(RelocationException why) {
        failure = why;
    }

    RelocationException failure() {
        return failure;
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
                    List<Instruction> with = replaced.get(i);
                    if (with == null) {
                        instructions.add(definition.instructions().get(i));
                    } else {
                        instructions.addAll(with);
                    }
                }
            }
        }
        return instructions;
    }
}
