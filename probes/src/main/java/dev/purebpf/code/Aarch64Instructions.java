package dev.purebpf.code;

import dev.purebpf.elf.ByteReader;

/**
 * Instructions of aarch64: four bytes each, little-endian whatever the order of the data, as in all
 * Linux programs.
 *
 * @see <a href="https://developer.arm.com/documentation/ddi0487/latest">Arm Architecture Reference
 *     Manual, C4.1.95 "Branches, Exception Generating and System instructions"</a>
 */
final class Aarch64Instructions {
    static final int LENGTH = 4;

    private Aarch64Instructions() {}

    static Instruction decode(ByteReader code, long at) {
        int word =
                code.u8(at) | code.u8(at + 1) << 8 | code.u8(at + 2) << 16 | code.u8(at + 3) << 24;
        if (is(word, 0xffff_fc1f, 0xd65f_0000) // RET Xn
                || is(word, 0xffff_fbff, 0xd65f_0bff)) { // RETAA, RETAB
            return new Instruction(LENGTH, Instruction.Kind.RETURN, 0);
        }
        if (is(word, 0xffff_fc1f, 0xd61f_0000) // BR Xn
                || is(word, 0xfeff_f800, 0xd61f_0800)) { // BRAA, BRAAZ, BRAB, BRABZ
            return new Instruction(LENGTH, Instruction.Kind.INDIRECT_JUMP, 0);
        }
        if (is(word, 0xfc00_0000, 0x1400_0000)) { // B
            return jump(at, word << 6 >> 6);
        }
        if (is(word, 0xff00_0000, 0x5400_0000) // B.cond, BC.cond
                || is(word, 0x7e00_0000, 0x3400_0000)) { // CBZ, CBNZ
            return jump(at, word << 8 >> 13);
        }
        if (is(word, 0x7e00_0000, 0x3600_0000)) { // TBZ, TBNZ
            return jump(at, word << 13 >> 18);
        }
        return Instruction.next(LENGTH);
    }

    private static boolean is(int word, int mask, int pattern) {
        return (word & mask) == pattern;
    }

    private static Instruction jump(long at, int words) {
        return new Instruction(LENGTH, Instruction.Kind.JUMP, at + (long) LENGTH * words);
    }
}
