package dev.purebpf.symbol;

import static dev.purebpf.kernel.Architecture.AARCH64;
import static dev.purebpf.kernel.Architecture.X86_64;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.kernel.Architecture;
import dev.purebpf.symbol.UsdtArgument.Constant;
import dev.purebpf.symbol.UsdtArgument.Indexed;
import dev.purebpf.symbol.UsdtArgument.Memory;
import dev.purebpf.symbol.UsdtArgument.Register;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** All forms that compilers write, and what no program could read. */
class UsdtArgumentTest {
    @Test
    void allFormsOfX86AreUnderstood() {
        assertEquals(
                List.of(
                        new UsdtArgument(4, true, new Constant(-9)),
                        new UsdtArgument(8, false, new Register(80)),
                        new UsdtArgument(4, true, new Memory(32, -1204)),
                        new UsdtArgument(2, false, new Memory(152, 0)),
                        new UsdtArgument(1, true, new Indexed(32, 80, 3, -96)),
                        new UsdtArgument(8, true, new Indexed(112, 104, 0, 0))),
                UsdtArgument.parse(
                        "-4@$-9 8@%rax -4@-1204(%rbp) 2@(%rsp) -1@-96(%rbp,%rax,8) -8@(%rdi,%rsi)",
                        X86_64));
    }

    @Test
    void allFormsOfAarch64AreUnderstood() {
        assertEquals(
                List.of(
                        new UsdtArgument(8, true, new Constant(5)),
                        new UsdtArgument(4, true, new Register(19 * 8)),
                        new UsdtArgument(8, false, new Memory(0, 0)),
                        new UsdtArgument(4, true, new Memory(31 * 8, 12)),
                        new UsdtArgument(1, false, new Memory(30 * 8, -3))),
                UsdtArgument.parse("-8@5 -4@x19 8@[x0] -4@[sp, 12] 1@[x30,-3]", AARCH64));
    }

    /** {@code struct pt_regs} of x86-64: places in it by all names of the registers. */
    @ParameterizedTest
    @CsvSource({
        "r15b, 0", "r14w, 8", "r13d, 16", "r12, 24", "bpl, 32", "bx, 40", "r11, 48", "r10d, 56",
        "r9w, 64", "r8b, 72", "eax, 80", "cl, 88", "dx, 96", "esi, 104", "dil, 112", "rip, 128",
        "esp, 152",
    })
    void aRegisterHasItsPlaceByEachOfItsNames(String name, int offset) {
        assertEquals(
                List.of(new UsdtArgument(8, false, new Register(offset))),
                UsdtArgument.parse("8@%" + name, X86_64));
    }

    @Test
    void aProbeMayHaveNoValues() {
        assertEquals(List.of(), UsdtArgument.parse("", X86_64));
        assertEquals(List.of(), UsdtArgument.parse("  ", AARCH64));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8f@%xmm0",
                "4@%xmm0",
                "8@%ah",
                "16@%rax",
                "3@%rax",
                "0@%rax",
                "%rax",
                "8@",
                "8@rax",
                "8@%rax)",
                "8@(%rax",
                "8@(%rax,%rbx,3)",
                "8@sink(%rip)",
                "8@%gs:16",
                "8@$99999999999999999999",
                "8@%rax8@%rbx",
                "8@[x0]",
                "- 8@%rax",
            })
    void whatNoProgramCouldReadIsRefusedOnX86(String argument) {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> UsdtArgument.parse("4@%eax " + argument, X86_64));
        assertTrue(e.getMessage().startsWith("argument 2 of "), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"8@x31", "4@w0", "8@d0", "8@[x0, x1]", "8@[x0, 8]!", "8@%rax", "8@[sp"})
    void whatNoProgramCouldReadIsRefusedOnAarch64(String argument) {
        assertThrows(IllegalArgumentException.class, () -> UsdtArgument.parse(argument, AARCH64));
    }

    @Property
    void whatIsWrittenIsReadAgain(
            @ForAll("sizes") int size,
            @ForAll boolean isSigned,
            @ForAll int offset,
            @ForAll("shifts") int shift) {
        String begin = (isSigned ? "-" : "") + size + "@";
        String both = begin + offset + "(%rax,%rbx," + (1 << shift) + ") " + begin + "$" + offset;
        assertEquals(
                List.of(
                        new UsdtArgument(size, isSigned, new Indexed(80, 40, shift, offset)),
                        new UsdtArgument(size, isSigned, new Constant(offset))),
                UsdtArgument.parse(both, X86_64));
        assertEquals(
                List.of(new UsdtArgument(size, isSigned, new Memory(16, offset))),
                UsdtArgument.parse(begin + "[x2, " + offset + "]", AARCH64));
    }

    @Property(tries = 5000)
    void anyTextIsReadOrRefused(@ForAll("texts") String text, @ForAll Architecture architecture) {
        try {
            for (UsdtArgument argument : UsdtArgument.parse(text, architecture)) {
                assertFalse(argument.size() > 8);
            }
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().startsWith("argument "), e.getMessage());
        }
    }

    @Provide
    Arbitrary<Integer> sizes() {
        return Arbitraries.of(1, 2, 4, 8);
    }

    @Provide
    Arbitrary<Integer> shifts() {
        return Arbitraries.integers().between(0, 3);
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> parts =
                Arbitraries.of(
                        "8",
                        "-",
                        "4",
                        "@",
                        "%",
                        "rax",
                        "rbp",
                        "(",
                        ")",
                        ",",
                        "$",
                        " ",
                        "[",
                        "]",
                        "x1",
                        "sp",
                        "-16",
                        "f",
                        "99999999999999999999",
                        ":");
        return parts.list().ofMaxSize(14).map(all -> String.join("", all));
    }
}
