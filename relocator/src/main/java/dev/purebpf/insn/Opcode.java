package dev.purebpf.insn;

/**
 * The numbers in the opcode byte and the source register ({@code include/uapi/linux/bpf.h}, {@code
 * bpf_common.h}; RFC 9669).
 */
public final class Opcode {
    /** {@code BPF_LD}, a class: constants, and packet access of old. */
    public static final int CLASS_LD = 0x00;

    /** {@code BPF_LDX}, a class: load from memory into a register. */
    public static final int CLASS_LDX = 0x01;

    /** {@code BPF_ST}, a class: store a constant to memory. */
    public static final int CLASS_ST = 0x02;

    /** {@code BPF_STX}, a class: store a register to memory; atomic operations. */
    public static final int CLASS_STX = 0x03;

    /** {@code BPF_ALU}, a class: arithmetic in 32 bits. */
    public static final int CLASS_ALU = 0x04;

    /** {@code BPF_JMP}, a class: jumps that compare 64 bits, calls, exit. */
    public static final int CLASS_JMP = 0x05;

    /** {@code BPF_JMP32}, a class: jumps that compare 32 bits. */
    public static final int CLASS_JMP32 = 0x06;

    /** {@code BPF_ALU64}, a class: arithmetic in 64 bits. */
    public static final int CLASS_ALU64 = 0x07;

    /** {@code BPF_X}: the second operand is a register, not the constant. */
    public static final int SOURCE_REGISTER = 0x08;

    /** The bits of a memory access that say how wide it is. */
    public static final int SIZE_MASK = 0x18;

    /** {@code BPF_W}: four bytes. */
    public static final int SIZE_WORD = 0x00;

    /** {@code BPF_H}: two bytes. */
    public static final int SIZE_HALF = 0x08;

    /** {@code BPF_B}: one byte. */
    public static final int SIZE_BYTE = 0x10;

    /** {@code BPF_DW}: eight bytes. */
    public static final int SIZE_DOUBLE = 0x18;

    /** The bits of a memory access that say what kind it is. */
    public static final int MODE_MASK = 0xe0;

    /** {@code BPF_MEM}: an ordinary access. */
    public static final int MODE_MEMORY = 0x60;

    /** {@code BPF_MEMSX}: a load that extends the sign; since Linux 6.6. */
    public static final int MODE_MEMORY_SIGNED = 0x80;

    /** {@code BPF_ATOMIC}: an atomic operation. */
    public static final int MODE_ATOMIC = 0xc0;

    /** The bits of arithmetic and jumps that say which. */
    public static final int OPERATION_MASK = 0xf0;

    /** {@code BPF_LD | BPF_IMM | BPF_DW}: {@code ld_imm64}, the only instruction of two slots. */
    public static final int LOAD_CONSTANT = 0x18;

    /** {@code BPF_JMP | BPF_CALL}. */
    public static final int CALL = 0x85;

    /** {@code BPF_JMP | BPF_EXIT}. */
    public static final int EXIT = 0x95;

    /** {@code BPF_PSEUDO_MAP_FD}: the constant is the file descriptor of a map. */
    public static final int PSEUDO_MAP = 1;

    /** {@code BPF_PSEUDO_MAP_VALUE}: a file descriptor, and an offset into the map's value. */
    public static final int PSEUDO_MAP_VALUE = 2;

    /** {@code BPF_PSEUDO_BTF_ID}: the constant is the BTF id of a kernel variable. */
    public static final int PSEUDO_BTF_ID = 3;

    /** {@code BPF_PSEUDO_FUNC}: the constant is the distance to a subprogram, in slots. */
    public static final int PSEUDO_FUNCTION = 4;

    /** {@code BPF_PSEUDO_CALL}: a call of a subprogram, by distance in slots. */
    public static final int PSEUDO_CALL = 1;

    /** {@code BPF_PSEUDO_KFUNC_CALL}: a call of a kernel function, by BTF id. */
    public static final int PSEUDO_KFUNC_CALL = 2;

    private Opcode() {}

    /**
     * {@return how many bytes a memory access of this opcode moves: 1, 2, 4 or 8}
     *
     * @param opcode an opcode of the classes LD, LDX, ST or STX
     */
    public static int accessSize(int opcode) {
        return switch (opcode & SIZE_MASK) {
            case SIZE_BYTE -> 1;
            case SIZE_HALF -> 2;
            case SIZE_WORD -> 4;
            default -> 8;
        };
    }
}
