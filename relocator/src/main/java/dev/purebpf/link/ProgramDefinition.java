package dev.purebpf.link;

import dev.purebpf.btf.BtfExt;
import dev.purebpf.insn.Instruction;

import java.util.List;
import java.util.Optional;

/**
 * A function of the object, as the compiler left it: an entry program, or a subprogram of {@code
 * .text} that entry programs call.
 *
 * @param name the function's name
 * @param section the name of its section, without the {@code '?'} that turns autoload off: {@code
 *     tp/sched/sched_switch}
 * @param definition what the section's name says; empty for subprograms and for names that are not
 *     in the table
 * @param autoload whether it is loaded unless asked otherwise
 * @param sectionIndex the index of its ELF section
 * @param sectionSlot where it begins within its section, in slots of eight bytes
 * @param instructions its instructions, not yet relocated
 */
public record ProgramDefinition(
        String name,
        String section,
        Optional<SectionDefinition> definition,
        boolean autoload,
        int sectionIndex,
        int sectionSlot,
        List<Instruction> instructions) {

    /** Copies the instructions. */
    public ProgramDefinition {
        instructions = List.copyOf(instructions);
    }

    /**
     * {@return the line of C that an instruction was compiled from, if the object tells}
     *
     * @param index the index of the instruction
     */
    public Optional<BtfExt.LineInfo> line(int index) {
        for (int i = index; i >= 0; i--) {
            if (instructions.get(i).line() != null) {
                return Optional.of(instructions.get(i).line());
            }
        }
        return Optional.empty();
    }

    /** {@return how many slots of eight bytes its instructions take} */
    public int slots() {
        return instructions.stream().mapToInt(Instruction::slots).sum();
    }

    /**
     * {@return what follows the first {@code '/'} of the section's name; empty when nothing does}
     */
    public String target() {
        int slash = section.indexOf('/');
        return slash < 0 ? "" : section.substring(slash + 1);
    }
}
