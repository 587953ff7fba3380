package dev.purebpf.insn;

/** Writes instructions as assembly, in the manner of {@code llvm-objdump}. */
public final class Disassembler {
    private static final String[] ALU_OPERATORS = {
        "+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "", "%=", "^=", "=", "s>>=", ""
    };

    private static final String[] COMPARISONS = {
        "", "==", ">", ">=", "&", "!=", "s>", "s>=", "", "", "<", "<=", "s<", "s<="
    };

    private Disassembler() {}

    /**
     * {@return one instruction as text: {@code r1 = *(u64 *)(r6 + 8)}}
     *
     * @param instruction the instruction
     */
    public static String text(Instruction instruction) {
        return switch (instruction.opcodeClass()) {
            case Opcode.CLASS_LD -> load(instruction);
            case Opcode.CLASS_LDX ->
                    register(instruction.destination(), false) + " = " + memory(instruction, false);
            case Opcode.CLASS_ST -> memory(instruction, true) + " = " + instruction.immediate();
            case Opcode.CLASS_STX -> store(instruction);
            case Opcode.CLASS_ALU, Opcode.CLASS_ALU64 -> arithmetic(instruction);
            default -> jump(instruction);
        };
    }

    private static String load(Instruction instruction) {
        if (instruction.isWide()) {
            return register(instruction.destination(), false)
                    + " = "
                    + constant(instruction)
                    + " ll";
        }
        String size = "u" + 8 * Opcode.accessSize(instruction.opcode());
        return switch (instruction.opcode() & Opcode.MODE_MASK) {
            case 0x20 -> "r0 = *(" + size + " *)skb[" + instruction.immediate() + "]";
            case 0x40 -> "r0 = *(" + size + " *)skb[r" + instruction.source() + "]";
            default -> unknown(instruction);
        };
    }

    private static String constant(Instruction instruction) {
        return switch (instruction.reference()) {
            case null ->
                    instruction.isFunctionAddress()
                            ? "function " + signed(instruction.immediate())
                            : Long.toString(instruction.immediate());
            case Reference.Map map -> "map " + map.name();
            case Reference.MapValue value ->
                    "map " + value.name() + " value " + signed(value.offset());
            case Reference.JumpTable table -> "jump table " + signed(table.offset());
            case Reference.FunctionAddress function -> "function " + function.name();
            case Reference other -> other.name();
        };
    }

    private static String store(Instruction instruction) {
        String source = register(instruction.source(), false);
        if ((instruction.opcode() & Opcode.MODE_MASK) != Opcode.MODE_ATOMIC) {
            return memory(instruction, true) + " = " + source;
        }
        boolean fetches = (instruction.immediate() & 1) != 0;
        String target = memory(instruction, true);
        return switch ((int) instruction.immediate()) {
            case 0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1 ->
                    "lock "
                            + (fetches ? source + " = fetch " : "")
                            + target
                            + ' '
                            + ALU_OPERATORS[(int) instruction.immediate() >>> 4]
                            + ' '
                            + source;
            case 0xe1 -> source + " = xchg(" + target + ", " + source + ")";
            case 0xf1 -> "r0 = cmpxchg(" + target + ", r0, " + source + ")";
            case 0x100 ->
                    register(instruction.destination(), false)
                            + " = load_acquire("
                            + memoryAt(instruction, instruction.source(), true)
                            + ")";
            case 0x110 -> "store_release(" + target + ", " + source + ")";
            default -> unknown(instruction);
        };
    }

    private static String memory(Instruction instruction, boolean store) {
        return memoryAt(
                instruction,
                store ? instruction.destination() : instruction.source(),
                (instruction.opcode() & Opcode.MODE_MASK) != Opcode.MODE_MEMORY_SIGNED);
    }

    private static String memoryAt(Instruction instruction, int base, boolean unsigned) {
        int bits = 8 * Opcode.accessSize(instruction.opcode());
        return "*("
                + (unsigned ? "u" : "s")
                + bits
                + " *)(r"
                + base
                + ' '
                + signed(instruction.offset())
                + ')';
    }

    private static String arithmetic(Instruction instruction) {
        boolean narrow = instruction.opcodeClass() == Opcode.CLASS_ALU;
        int operation = (instruction.opcode() & Opcode.OPERATION_MASK) >>> 4;
        boolean fromRegister = (instruction.opcode() & Opcode.SOURCE_REGISTER) != 0;
        String destination = register(instruction.destination(), narrow);
        String source =
                fromRegister
                        ? register(instruction.source(), narrow)
                        : Long.toString(instruction.immediate());
        return switch (operation) {
            case 0x8 -> destination + " = -" + destination;
            case 0xd -> {
                String order = fromRegister ? "be" : narrow ? "le" : "bswap";
                String whole = register(instruction.destination(), false);
                yield whole + " = " + order + instruction.immediate() + ' ' + whole;
            }
            case 0xe, 0xf -> unknown(instruction);
            case 0x3, 0x9 ->
                    destination
                            + ' '
                            + (instruction.offset() == 1 ? "s" : "")
                            + ALU_OPERATORS[operation]
                            + ' '
                            + source;
            case 0xb -> destination + " = " + signExtension(instruction) + source;
            default -> destination + ' ' + ALU_OPERATORS[operation] + ' ' + source;
        };
    }

    private static String signExtension(Instruction instruction) {
        return instruction.offset() == 0 ? "" : "(s" + instruction.offset() + ")";
    }

    private static String jump(Instruction instruction) {
        boolean narrow = instruction.opcodeClass() == Opcode.CLASS_JMP32;
        int operation = (instruction.opcode() & Opcode.OPERATION_MASK) >>> 4;
        boolean fromRegister = (instruction.opcode() & Opcode.SOURCE_REGISTER) != 0;
        return switch (operation) {
            case 0x0 ->
                    fromRegister
                            ? "gotox r" + instruction.destination()
                            : "goto "
                                    + signed(
                                            narrow
                                                    ? instruction.immediate()
                                                    : instruction.offset());
            case 0x8 -> call(instruction);
            case 0x9 -> "exit";
            case 0xe -> "may_goto " + signed(instruction.offset());
            case 0xf -> unknown(instruction);
            default ->
                    "if "
                            + register(instruction.destination(), narrow)
                            + ' '
                            + COMPARISONS[operation]
                            + ' '
                            + (fromRegister
                                    ? register(instruction.source(), narrow)
                                    : Long.toString(instruction.immediate()))
                            + " goto "
                            + signed(instruction.offset());
        };
    }

    private static String call(Instruction instruction) {
        if ((instruction.opcode() & Opcode.SOURCE_REGISTER) != 0) {
            return "callx r" + instruction.destination();
        }
        if (instruction.reference() != null) {
            return "call " + instruction.reference().name();
        }
        return switch (instruction.source()) {
            case Opcode.PSEUDO_CALL -> "call " + signed(instruction.immediate());
            case Opcode.PSEUDO_KFUNC_CALL -> "call kernel function " + instruction.immediate();
            default -> "call helper " + instruction.immediate();
        };
    }

    private static String register(int number, boolean narrow) {
        return (narrow ? "w" : "r") + number;
    }

    private static String signed(long number) {
        return number < 0 ? "- " + Long.toString(number).substring(1) : "+ " + number;
    }

    private static String unknown(Instruction instruction) {
        return String.format(
                "unknown instruction 0x%02x, dst %d, src %d, off %d, imm %d",
                instruction.opcode(),
                instruction.destination(),
                instruction.source(),
                instruction.offset(),
                instruction.immediate());
    }
}
