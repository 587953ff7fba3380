package dev.purebpf.go;

import dev.purebpf.elf.ElfFile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;

/**
 * The instructions at the beginning of a function that look whether the stack has room. If it has
 * not, or the scheduler wants the processor, the runtime is called and the function begins anew: a
 * probe of its first instruction is then hit twice for one call. Behind the check each call comes
 * by once, and all parameters are still where they came in.
 *
 * <pre>
 * x86-64     load runtime.g (before Go 1.17)
 *            compare the stack pointer, for large frames less their size, with g's bound
 *            jbe
 * aarch64    load g's bound
 *            compare as above
 *            b.ls
 * </pre>
 *
 * @see <a href="https://go.dev/src/cmd/internal/obj/x86/obj6.go">{@code stacksplit}</a> of Go's
 *     assemblers
 */
public final class StackCheck {
    /** The most bytes that a check has, jumps included. */
    public static final int LONGEST = 64;

    /** {@code g.stackguard0}. */
    private static final int BOUND = 16;

    /** {@code g.stackguard1}, for what runs only on a stack of the system. */
    private static final int SYSTEM_BOUND = 24;

    private static final int RELATIVE8 = 2;
    private static final int RELATIVE32 = 6;

    private StackCheck() {}

    /**
     * {@return how many bytes behind the beginning of a function each call comes by once: where the
     * check ends, 0 if there is none}
     *
     * @param code the function's code, or its first {@link #LONGEST} bytes
     * @param machine {@link ElfFile#machine()}
     */
    public static int end(byte[] code, int machine) {
        return switch (machine) {
            case ElfFile.MACHINE_X86_64 -> new Amd64(code).end();
            case ElfFile.MACHINE_AARCH64 -> arm64(code);
            default -> 0;
        };
    }

    /**
     * {@return how far before the thread's own memory ({@code fs:0}) a function of x86-64 looks for
     * its goroutine, as before Go 1.17; empty if it does not look there, or not by a number of its
     * own: in a position-independent program it reads the number, unless a C linker has put it
     * there}
     *
     * @param code the function's code, or its first {@link #LONGEST} bytes
     */
    public static OptionalInt goroutineInThread(byte[] code) {
        Amd64 amd64 = new Amd64(code);
        boolean isThere =
                amd64.take(0x64, 0x48, 0x8b, 0x0c, 0x25) && amd64.skip(4) // mov rcx, fs:[-8]
                        || amd64.take(0x48, 0xc7, 0xc1) && amd64.skip(4); // mov rcx, -8
        return isThere
                ? OptionalInt.of(
                        -ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).getInt(amd64.at - 4))
                : OptionalInt.empty();
    }

    /** Reads instructions of x86-64, of those forms that the assembler chooses. */
    private static final class Amd64 {
        private final byte[] code;
        private int at;

        private Amd64(byte[] code) {
            this.code = code;
        }

        private int end() {
            if (loadsRcx()) {
                return byThread() ? at : 0;
            }
            at = 0;
            // Where assembly calls what takes its parameters in registers, g comes into its own.
            if (!loadsR14()) {
                at = 0;
            }
            return byRegister() ? at : 0;
        }

        /**
         * Position-independent code has the offset of g in memory, or was given it by its linker.
         */
        private boolean loadsRcx() {
            return take(0x64, 0x48, 0x8b, 0x0c, 0x25) && skip(4) // mov rcx, fs:[-8]
                    || (take(0x48, 0x8b, 0x0d) // mov rcx, [rip+offset]
                                    || take(0x48, 0xc7, 0xc1)) // mov rcx, -8
                            && skip(4)
                            && take(0x64, 0x48, 0x8b, 0x09); // mov rcx, fs:[rcx]
        }

        /** The same with the other register. */
        private boolean loadsR14() {
            return take(0x64, 0x4c, 0x8b, 0x34, 0x25) && skip(4) // mov r14, fs:[-8]
                    || (take(0x4c, 0x8b, 0x35) // mov r14, [rip+offset]
                                    || take(0x49, 0xc7, 0xc6)) // mov r14, -8
                            && skip(4)
                            && take(0x64, 0x4d, 0x8b, 0x36); // mov r14, fs:[r14]
        }

        /** Compares with the bound of the goroutine in rcx. */
        private boolean byThread() {
            if (bound(0x48, 0x3b, 0x61)) { // cmp rsp, [rcx+bound]
                return jump(0x76);
            }
            if (bound(0x48, 0x8b, 0x71)) { // mov rsi, [rcx+bound]
                return take(0x48, 0x81, 0xfe)
                        && skip(4) // cmp rsi, preempted
                        && jump(0x74)
                        && address(0x48, 0x84, 0x44) // lea rax, [rsp+guard]
                        && take(0x48, 0x29, 0xf0) // sub rax, rsi
                        && take(0x48, 0x3d)
                        && skip(4) // cmp rax, frame
                        && jump(0x76);
            }
            return address(0x48, 0x84, 0x44) // lea rax, [rsp-frame]
                    && bound(0x48, 0x3b, 0x41) // cmp rax, [rcx+bound]
                    && jump(0x76);
        }

        /** Compares with the bound of the goroutine in r14. */
        private boolean byRegister() {
            if (bound(0x49, 0x3b, 0x66)) { // cmp rsp, [r14+bound]
                return jump(0x76);
            }
            if (take(0x49, 0x89, 0xe4)) { // mov r12, rsp
                return take(0x49, 0x81, 0xec)
                        && skip(4) // sub r12, frame
                        && jump(0x72)
                        && bound(0x4d, 0x3b, 0x66) // cmp r12, [r14+bound]
                        && jump(0x76);
            }
            return address(0x4c, 0xa4, 0x64) // lea r12, [rsp-frame]
                    && bound(0x4d, 0x3b, 0x66)
                    && jump(0x76);
        }

        /** {@code lea} of an address relative to the stack pointer, by its two forms. */
        private boolean address(int prefix, int long32, int short8) {
            return take(prefix, 0x8d, long32, 0x24) && skip(4)
                    || take(prefix, 0x8d, short8, 0x24) && skip(1);
        }

        /** A conditional jump, by its two forms. */
        private boolean jump(int condition) {
            return take(condition) && skip(RELATIVE8 - 1)
                    || take(0x0f, condition + 0x10) && skip(RELATIVE32 - 2);
        }

        /** An instruction that ends in the offset of one of g's two bounds. */
        private boolean bound(int... bytes) {
            return take(bytes) && (take(BOUND) || take(SYSTEM_BOUND));
        }

        private boolean take(int... bytes) {
            if (code.length - at < bytes.length) {
                return false;
            }
            for (int i = 0; i < bytes.length; i++) {
                if ((code[at + i] & 0xff) != bytes[i]) {
                    return false;
                }
            }
            at += bytes.length;
            return true;
        }

        private boolean skip(int bytes) {
            at += bytes;
            return at <= code.length;
        }
    }

    /** {@code ldr xN, [x28, #16]}, with N in the lowest bits. */
    private static final int LOAD_BOUND = 0xf9400b80;

    /** {@code ldr xN, [x28, #24]}. */
    private static final int LOAD_SYSTEM_BOUND = 0xf9400f80;

    /** {@code b.ls}, with the distance in bits 5 to 23. */
    private static final int JUMP_BELOW_OR_SAME = 0x54000009;

    private static final int JUMP_MASK = 0xff00001f;
    private static final int REGISTER = 0x1f;

    private static int arm64(byte[] code) {
        int load = code.length < 4 ? 0 : word(code, 0) & ~REGISTER;
        if (load != LOAD_BOUND && load != LOAD_SYSTEM_BOUND) {
            return 0;
        }
        for (int at = 4; at + 4 <= Math.min(code.length, LONGEST); at += 4) {
            int word = word(code, at);
            if ((word & JUMP_MASK) == JUMP_BELOW_OR_SAME) {
                return at + 4;
            }
            if (!computesBound(word)) {
                return 0;
            }
        }
        return 0;
    }

    /** Moves, additions, subtractions and comparisons, and the jumps of large frames. */
    private static boolean computesBound(int word) {
        int group = word >>> 24;
        return switch (group) {
            case 0x91, 0xd1, 0xf1, 0xb1, 0xcb, 0xeb, 0xd2, 0xf2, 0x92, 0x54 -> true;
            default -> false;
        };
    }

    private static int word(byte[] code, int at) {
        return code[at] & 0xff
                | (code[at + 1] & 0xff) << 8
                | (code[at + 2] & 0xff) << 16
                | code[at + 3] << 24;
    }
}
