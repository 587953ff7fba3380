package dev.purebpf.code;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.error.MalformedObjectException;

/**
 * Instructions of x86-64 in 64-bit mode.
 *
 * <pre>
 * legacy prefixes   66, 67, F0, F2, F3 and segments, in any number and order
 * REX               40 … 4F, counts only directly before the opcode
 * opcode            one byte; or 0F and one; or 0F 38 or 0F 3A and one
 *                   or VEX (C4, C5), EVEX (62) or XOP (8F), which name one of these maps, and one
 * ModRM             u2 mode, u3 register or more of the opcode, u3 register or memory
 * SIB               where ModRM asks for it
 * displacement      0, 1 or 4 bytes, as ModRM and SIB say
 * immediate         0 … 8 bytes, as the opcode says; the offset of a jump is one
 * </pre>
 *
 * <p>How long an instruction is follows from these alone, not from what it does. Opcodes that have
 * no meaning in 64-bit mode are refused, and what has another length on AMD's than on Intel's
 * processors; but not a known opcode with a prefix or an operand that it cannot have.
 *
 * @see <a href="https://www.intel.com/sdm">Intel 64 and IA-32 Architectures Software Developer's
 *     Manual, volume 2: chapter 2 "Instruction Format", appendix A "Opcode Map"</a>
 * @see <a href="https://docs.amd.com/v/u/en-US/26568">AMD64 Architecture Programmer's Manual,
 *     volume 6 (XOP)</a>
 */
final class X86Instructions {
    /** The longest that processors take. */
    static final int MAX_LENGTH = 15;

    /**
     * What follows each opcode of one byte.
     *
     * <pre>
     * .  nothing                       m  ModRM
     * b  an immediate of one byte      B  ModRM, immediate of one byte
     * z  of the operand's size, ≤ 4    Z  ModRM, immediate of the operand's size, ≤ 4
     * v  of the operand's size         r  ModRM that always means registers
     * w  of two bytes                  g  ModRM, and more depends on it
     * e  of two and one bytes          j  offset of a jump or call, four bytes
     * a  an address                    s  offset of a jump, one byte
     * p  it is a prefix                x  it begins another form
     * -  no instruction
     * </pre>
     */
    private static final String ONE_BYTE =
            "mmmmbz--mmmmbz-x" // 00
                    + "mmmmbz--mmmmbz--" // 10
                    + "mmmmbzp-mmmmbzp-" // 20
                    + "mmmmbzp-mmmmbzp-" // 30
                    + "pppppppppppppppp" // 40
                    + "................" // 50
                    + "--xmppppzZbB...." // 60
                    + "ssssssssssssssss" // 70
                    + "BZ-Bmmmmmmmmmmmx" // 80
                    + "..........-....." // 90
                    + "aaaa....bz......" // A0
                    + "bbbbbbbbvvvvvvvv" // B0
                    + "BBw.xxgge.w..b-." // C0
                    + "mmmm---.mmmmmmmm" // D0
                    + "ssssbbbbjj-s...." // E0
                    + "p.pp..gg......gg"; // F0

    /** What follows 0F and an opcode. */
    private static final String TWO_BYTES =
            "mmmm-.....-.-m.B" // 00
                    + "mmmmmmmmmmmmmmmm" // 10
                    + "rrrr----mmmmmmmm" // 20
                    + "......-.x-x-----" // 30
                    + "mmmmmmmmmmmmmmmm" // 40
                    + "mmmmmmmmmmmmmmmm" // 50
                    + "mmmmmmmmmmmmmmmm" // 60
                    + "BBBBmmm.gm--mmmm" // 70
                    + "jjjjjjjjjjjjjjjj" // 80
                    + "mmmmmmmmmmmmmmmm" // 90
                    + "...mBm--...mBmmm" // A0
                    + "mmmmmmmmgmgmmmmm" // B0
                    + "mmBmBBBm........" // C0
                    + "mmmmmmmmmmmmmmmm" // D0
                    + "mmmmmmmmmmmmmmmm" // E0
                    + "mmmmmmmmmmmmmmm-"; // F0

    /** What follows 0F 38 and an opcode. */
    private static final String MAP_0F38 =
            "mmmmmmmmmmmm----" // 00
                    + "m---mm-m----mmm-" // 10
                    + "mmmmmm--mmmm----" // 20
                    + "mmmmmm-mmmmmmmmm" // 30
                    + "mm--------------" // 40
                    + "----------------" // 50
                    + "----------------" // 60
                    + "----------------" // 70
                    + "mmm-------------" // 80
                    + "----------------" // 90
                    + "----------------" // A0
                    + "----------------" // B0
                    + "--------mmmmmm-m" // C0
                    + "--------m--mmmmm" // D0
                    + "----------------" // E0
                    + "mm---mm-mmmmm---"; // F0

    /** What follows 0F 3A and an opcode. */
    private static final String MAP_0F3A =
            "--------BBBBBBBB" // 00
                    + "----BBBB--------" // 10
                    + "BBB-------------" // 20
                    + "----------------" // 30
                    + "BBB-B-----------" // 40
                    + "----------------" // 50
                    + "BBBB------------" // 60
                    + "----------------" // 70
                    + "----------------" // 80
                    + "----------------" // 90
                    + "----------------" // A0
                    + "----------------" // B0
                    + "------------B-BB" // C0
                    + "---------------B" // D0
                    + "----------------" // E0
                    + "B---------------"; // F0

    private static final char NOTHING = '-';

    private final ByteReader code;
    private final long start;
    private long at;
    private boolean wide;
    private boolean operandPrefix;
    private boolean addressPrefix;

    /** The last one of F2 and F3, 0 if there is none. */
    private int repeat;

    private boolean anyRefusedByVex;

    private X86Instructions(ByteReader code, long start) {
        this.code = code;
        this.start = start;
        this.at = start;
    }

    /**
     * {@return an instruction}
     *
     * @throws MalformedObjectException if no known instruction is there, or it is cut off
     */
    static Instruction decode(ByteReader code, long at) {
        return new X86Instructions(code, at).decode();
    }

    private Instruction decode() {
        int opcode = afterPrefixes();
        Instruction decoded =
                switch (opcode) {
                    case 0x0f -> afterEscape();
                    case 0x62 -> evex();
                    case 0x8f -> (code.u8(at) & 0x1f) >= 8 ? xop() : pop();
                    case 0xc4 -> vex(true);
                    case 0xc5 -> vex(false);
                    default -> oneByte(opcode);
                };
        if (decoded.length() > MAX_LENGTH) {
            throw refusal("longer than the " + MAX_LENGTH + " bytes of the longest instruction");
        }
        return decoded;
    }

    /** {@return the first byte that is no prefix} */
    private int afterPrefixes() {
        while (true) {
            int next = code.u8(at++);
            if (at - start > MAX_LENGTH) {
                throw refusal("prefixes without an end");
            }
            boolean isRex = (next & 0xf0) == 0x40;
            if (!isRex && ONE_BYTE.charAt(next) != 'p') {
                return next;
            }
            // Another prefix behind it takes the meaning of REX away.
            wide = isRex && (next & 8) != 0;
            switch (next) {
                case 0x66 -> operandPrefix = true;
                case 0x67 -> addressPrefix = true;
                case 0xf2, 0xf3 -> repeat = next;
                default -> {}
            }
            anyRefusedByVex =
                    isRex || next == 0xf0 || operandPrefix || repeat != 0 || anyRefusedByVex;
        }
    }

    private Instruction oneByte(int opcode) {
        return switch (opcode) {
            case 0xc2 -> end(2, Instruction.Kind.RETURN);
            case 0xc3 -> end(0, Instruction.Kind.RETURN);
            case 0xc6, 0xc7 -> group11(opcode);
            case 0xe8 -> call();
            case 0xf6, 0xf7 -> group3(opcode);
            case 0xfe -> group4();
            case 0xff -> group5();
            default -> follow(ONE_BYTE.charAt(opcode), opcode);
        };
    }

    private Instruction afterEscape() {
        int opcode = code.u8(at++);
        return switch (opcode) {
            case 0x38 -> follow(MAP_0F38.charAt(code.u8(at)), code.u8(at++));
            case 0x3a -> follow(MAP_0F3A.charAt(code.u8(at)), code.u8(at++));
            case 0x78 -> {
                if (repeat == 0xf3) {
                    throw unknown(opcode);
                }
                modRm();
                yield end(operandPrefix || repeat != 0 ? 2 : 0, Instruction.Kind.NEXT);
            }
            case 0xa6, 0xa7 -> { // of VIA's processors, with registers only
                if (code.u8(at) < 0xc0) {
                    throw unknown(opcode);
                }
                yield follow('m', opcode);
            }
            case 0xb8 -> {
                if (repeat != 0xf3) {
                    throw unknown(opcode);
                }
                yield follow('m', opcode);
            }
            case 0xba -> {
                if (register() < 4) {
                    throw unknown(opcode);
                }
                yield follow('B', opcode);
            }
            default -> follow(TWO_BYTES.charAt(opcode), opcode);
        };
    }

    private Instruction follow(char form, int opcode) {
        return switch (form) {
            case '.' -> end(0, Instruction.Kind.NEXT);
            case 'b' -> end(1, Instruction.Kind.NEXT);
            case 'w' -> end(2, Instruction.Kind.NEXT);
            case 'e' -> end(3, Instruction.Kind.NEXT);
            case 'z' -> end(operandSize(), Instruction.Kind.NEXT);
            case 'v' -> end(wide ? 8 : operandSize(), Instruction.Kind.NEXT);
            case 'a' -> end(addressPrefix ? 4 : 8, Instruction.Kind.NEXT);
            case 's' -> jump(1);
            case 'j' -> {
                requireOffsetOfFour();
                yield jump(4);
            }
            case 'r' -> end(1, Instruction.Kind.NEXT);
            case 'm' -> {
                modRm();
                yield end(0, Instruction.Kind.NEXT);
            }
            case 'B' -> {
                modRm();
                yield end(1, Instruction.Kind.NEXT);
            }
            case 'Z' -> {
                modRm();
                yield end(operandSize(), Instruction.Kind.NEXT);
            }
            default -> throw unknown(opcode);
        };
    }

    /** {@code MOV}; with registers only, {@code XABORT} and {@code XBEGIN}. */
    private Instruction group11(int opcode) {
        if (register() != 0 && code.u8(at) != 0xf8) {
            throw unknown(opcode);
        }
        return follow(opcode == 0xc6 ? 'B' : 'Z', opcode);
    }

    /** {@code TEST} has an immediate, {@code NOT}, {@code NEG}, {@code MUL} and so on have none. */
    private Instruction group3(int opcode) {
        boolean isTest = register() <= 1;
        return follow(!isTest ? 'm' : opcode == 0xf6 ? 'B' : 'Z', opcode);
    }

    /** {@code INC} and {@code DEC}. */
    private Instruction group4() {
        if (register() > 1) {
            throw unknown(0xfe);
        }
        return follow('m', 0xfe);
    }

    /** {@code INC}, {@code DEC}, {@code CALL}, {@code JMP}, {@code PUSH}. */
    private Instruction group5() {
        int register = register();
        if (register == 7) {
            throw unknown(0xff);
        }
        modRm();
        boolean isJump = register == 4 || register == 5;
        return end(0, isJump ? Instruction.Kind.INDIRECT_JUMP : Instruction.Kind.NEXT);
    }

    private Instruction pop() {
        if (register() != 0) {
            throw unknown(0x8f);
        }
        return follow('m', 0x8f);
    }

    private Instruction call() {
        requireOffsetOfFour();
        return end(4, Instruction.Kind.NEXT);
    }

    /** VEX: a second byte that implies map 0F; or two, of which the first has the map. */
    private Instruction vex(boolean isLong) {
        requireNoPrefix();
        int map = isLong ? code.u8(at) & 0x1f : 1;
        at += isLong ? 2 : 1;
        int opcode = code.u8(at++);
        if (map == 1 && opcode == 0x77) { // VZEROUPPER, VZEROALL
            return end(0, Instruction.Kind.NEXT);
        }
        if (map < 1 || map > 3) {
            throw unknown(opcode);
        }
        return inMap(map, opcode);
    }

    /** EVEX: three bytes, the map in the first; maps 5 and 6 have numbers of half precision. */
    private Instruction evex() {
        requireNoPrefix();
        int map = code.u8(at) & 0xf;
        boolean isBefore10 = (code.u8(at + 1) & 4) != 0;
        at += 3;
        int opcode = code.u8(at++);
        if (!isBefore10 || !(map >= 1 && map <= 3 || map == 5 || map == 6)) {
            throw unknown(opcode);
        }
        return inMap(map, opcode);
    }

    /** XOP: as VEX, with maps of its own, of AMD's. */
    private Instruction xop() {
        requireNoPrefix();
        int map = code.u8(at) & 0x1f;
        at += 2;
        int opcode = code.u8(at++);
        int immediate =
                switch (map) {
                    case 8 -> 1;
                    case 9 -> 0;
                    case 10 -> 4;
                    default -> throw unknown(opcode);
                };
        modRm();
        return end(immediate, Instruction.Kind.NEXT);
    }

    /** All instructions of these maps have ModRM, and all of map 0F 3A an immediate. */
    private Instruction inMap(int map, int opcode) {
        boolean hasImmediate =
                map == 3
                        || map == 1
                                && switch (opcode) {
                                    case 0x70, 0x71, 0x72, 0x73, 0xc2, 0xc4, 0xc5, 0xc6 -> true;
                                    default -> false;
                                };
        modRm();
        return end(hasImmediate ? 1 : 0, Instruction.Kind.NEXT);
    }

    /** {@return the three bits of ModRM that some opcodes go on in; ModRM is not consumed} */
    private int register() {
        return code.u8(at) >> 3 & 7;
    }

    /** Consumes ModRM, SIB and displacement. */
    private void modRm() {
        int modRm = code.u8(at++);
        int mode = modRm >> 6;
        if (mode == 3) {
            return;
        }
        int base = modRm & 7;
        if (base == 4) {
            base = code.u8(at++) & 7;
        }
        at += mode == 1 ? 1 : mode == 2 || base == 5 ? 4 : 0;
    }

    private int operandSize() {
        return operandPrefix && !wide ? 2 : 4;
    }

    private Instruction jump(int size) {
        long target = size == 1 ? at + 1 + (byte) code.u8(at) : at + 4 + code.s32(at);
        at += size;
        return new Instruction((int) (at - start), Instruction.Kind.JUMP, target);
    }

    private Instruction end(int immediate, Instruction.Kind kind) {
        at += immediate;
        if (at > code.length()) {
            throw refusal("an instruction that goes on after the end of the code");
        }
        return new Instruction((int) (at - start), kind, 0);
    }

    /** With prefix 66 the offset has two bytes on AMD's processors, four on Intel's. */
    private void requireOffsetOfFour() {
        if (operandPrefix && !wide) {
            throw refusal("a jump or call that not all processors take for one of the same length");
        }
    }

    private void requireNoPrefix() {
        if (anyRefusedByVex) {
            throw refusal("a prefix before VEX, EVEX or XOP that processors refuse");
        }
    }

    private MalformedObjectException unknown(int opcode) {
        return refusal(
                String.format("no instruction of x86-64 that is known, by opcode %02x", opcode));
    }

    private MalformedObjectException refusal(String problem) {
        long shown = Math.min(code.length() - start, MAX_LENGTH);
        StringBuilder bytes = new StringBuilder();
        for (long next = start; next < start + shown; next++) {
            bytes.append(String.format(" %02x", code.u8(next)));
        }
        return code.malformed(start, problem + ":" + bytes);
    }
}
