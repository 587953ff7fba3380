package dev.purebpf.c;

import dev.purebpf.insn.Instruction;

import java.util.List;

/** What an answer makes of an instruction. */
public final class Fitting {
    private static final Instruction POISON = Instruction.of(0x85, 0, 0, 0, 195_896_080);
    private static final List<Integer> SIZES = List.of(4, 2, 1, 8);

    // By class: loads and stores of each size, arithmetic with a constant, ld_imm64; then what has
    // no place for a value.
    private static final List<Integer> ARITHMETIC = List.of(0xb7, 0xb4, 0x07, 0x04, 0x57, 0x18);
    private static final List<Integer> MEMORY =
            List.of(
                    0x61, 0x69, 0x71, 0x79, 0x62, 0x6a, 0x72, 0x7a, 0x63, 0x6b, 0x73, 0x7b, 0x81,
                    0x89, 0x91, 0xc3, 0xdb);
    private static final List<Integer> OTHERS =
            List.of(0xbf, 0xbc, 0x0f, 0x05, 0x15, 0x85, 0x95, 0x16, 0x20, 0x28, 0x40);

    private Fitting() {}

    /**
     * {@return an instruction that may bear a relocation}
     *
     * @param answer what it is to come to; its original value is mostly there
     */
    public static Instruction instruction(Answer answer, Choices choices) {
        long original = answer instanceof Answer.Value value ? value.original() : 0;
        long wrong = choices.onceIn(15) ? 1 : 0;
        return switch (choices.below(12)) {
            case 11 -> Instruction.of(choices.of(OTHERS), 1, 0, 0, (int) original);
            case 10 -> Instruction.of(0x18, 1, choices.below(3), choices.below(2), original);
            case 5, 6, 7, 8, 9 -> memory(answer, (short) (original + wrong), choices);
            default -> {
                int code = choices.of(ARITHMETIC);
                yield Instruction.of(
                        code, 1, 0, 0, code == 0x18 ? original + wrong : (int) (original + wrong));
            }
        };
    }

    private static Instruction memory(Answer answer, short offset, Choices choices) {
        int code = choices.of(MEMORY);
        if (answer instanceof Answer.Value value && !choices.onceIn(10)) {
            int size = SIZES.indexOf((int) value.originalSize());
            code = size < 0 ? code : code & ~0x18 | size << 3;
        }
        boolean constant = (code & 7) == 2;
        return Instruction.of(code, 1, constant ? 0 : 2, offset, constant ? 99 : 0);
    }

    /** {@return the instructions that it becomes; empty when it is refused} */
    public static List<Instruction> fit(Instruction plain, Answer answer) {
        return switch (answer) {
            case Answer.Refused _ -> List.of();
            case Answer.Poisoned _ -> poison(plain);
            case Answer.Value value ->
                    switch (plain.opcode() & 7) {
                        case 4, 7 -> arithmetic(plain, value);
                        case 1, 2, 3 -> memory(plain, value);
                        case 0 -> constant(plain, value);
                        default -> List.of();
                    };
        };
    }

    private static List<Instruction> poison(Instruction plain) {
        return plain.opcode() == 0x18 ? List.of(POISON, POISON) : List.of(POISON);
    }

    private static List<Instruction> arithmetic(Instruction plain, Answer.Value value) {
        boolean hasConstant = (plain.opcode() & 8) == 0;
        return !hasConstant || value.validated() && plain.immediate() != value.original()
                ? List.of()
                : List.of(plain.withImmediate((int) value.value()));
    }

    private static List<Instruction> constant(Instruction plain, Answer.Value value) {
        boolean plainConstant =
                plain.opcode() == 0x18 && plain.source() == 0 && plain.offset() == 0;
        return !plainConstant || value.validated() && plain.immediate() != value.original()
                ? List.of()
                : List.of(plain.withImmediate(value.value()));
    }

    private static List<Instruction> memory(Instruction plain, Answer.Value value) {
        if (value.validated() && plain.offset() != value.original()
                || value.value() < 0
                || value.value() > 32767) {
            return List.of();
        }
        if (!value.resizable()) {
            return poison(plain);
        }
        int code = plain.opcode();
        if (value.originalSize() != value.size()) {
            int before = SIZES.get(code >> 3 & 3);
            int after = SIZES.indexOf((int) value.size());
            if (before != value.originalSize() || after < 0) {
                return List.of();
            }
            code = code & ~0x18 | after << 3;
        }
        return List.of(
                plain.with(
                        code,
                        plain.destination(),
                        plain.source(),
                        (int) value.value(),
                        plain.immediate()));
    }
}
