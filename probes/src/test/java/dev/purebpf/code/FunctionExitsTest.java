package dev.purebpf.code;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.fixtures.GoToolchain;
import dev.purebpf.symbol.GoFunctions;
import dev.purebpf.symbol.GoFunctions.Function;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/** How functions are left: short ones by hand, and all of Go programs, where objdump knows. */
class FunctionExitsTest {
    @Test
    void anX86FunctionReturnsWhereverItSaysSo() {
        FunctionExits exits =
                exits(
                        ElfFile.MACHINE_X86_64,
                        "85c0" // 0: test eax,eax
                                + "7403" // 2: je 7
                                + "c3" // 4: ret
                                + "c3" // 5: ret
                                + "90" // 6: nop
                                + "b8c3c3c3c3" // 7: mov eax,0xc3c3c3c3: none of these returns
                                + "f3c3" // 12: repz ret
                                + "c20800" // 14: ret 8
                                + "cccc"); // 17: padding
        assertEquals(new FunctionExits(List.of(4, 5, 12, 14), List.of(), List.of()), exits);
    }

    @Test
    void anX86FunctionMayGoOnInAnother() {
        FunctionExits exits =
                exits(
                        ElfFile.MACHINE_X86_64,
                        "ebfe" // 0: jmp 0
                                + "e9f9ffffff" // 2: jmp 0
                                + "e903000000" // 7: jmp 15, the end
                                + "74f1" // 12: je -1
                                + "90"); // 14: nop
        assertEquals(List.of(7, 12), exits.tailJumps());
        exits = exits(ElfFile.MACHINE_X86_64, "ffe0" + "ff24c500000000" + "ff1500000000");
        assertEquals(new FunctionExits(List.of(), List.of(), List.of(0, 2)), exits);
    }

    @Test
    void anAarch64FunctionHasTheSameExits() {
        FunctionExits exits =
                exits(
                        ElfFile.MACHINE_AARCH64,
                        "c0035fd6" // 0: ret
                                + "60035fd6" // 4: ret x27
                                + "ff0b5fd6" // 8: retaa
                                + "ff0f5fd6" // 12: retab
                                + "fdffff17" // 16: b 4
                                + "02000014" // 20: b 28
                                + "40000054" // 24: b.eq 32
                                + "40ffffb4" // 28: cbz x0, 4
                                + "00080036" // 32: tbz w0, #0, 288
                                + "60031fd6" // 36: br x27
                                + "60033fd6" // 40: blr x27
                                + "00000000"); // 44: padding
        assertEquals(List.of(0, 4, 8, 12), exits.returns());
        assertEquals(List.of(32), exits.tailJumps());
        assertEquals(List.of(36), exits.indirectJumps());
    }

    @Test
    void nothingBehindWhatIsNotKnownIsGuessed() {
        var e =
                assertThrows(
                        MalformedObjectException.class,
                        () -> exits(ElfFile.MACHINE_X86_64, "90c306c3"));
        assertEquals(
                "code: section .text, offset 0x2: no instruction of x86-64 that is known, by opcode"
                        + " 06: 06 c3",
                e.getMessage());
        assertThrows(
                MalformedObjectException.class, () -> exits(ElfFile.MACHINE_AARCH64, "c0035fd6c0"));
        assertThrows(UnsupportedFeatureException.class, () -> exits(40, "00"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.15", "1.19", "1.27"})
    void everyFunctionOfAGoProgramReturnsWhereObjdumpSays(String version) throws Exception {
        Path program = GoToolchain.of(version).root().resolve("bin/gofmt");
        NavigableSet<Long> theirs = new TreeSet<>();
        Disassembly.ask(
                instruction -> {
                    if (instruction.text().matches("(?:[a-z]+ )*ret.*")) {
                        theirs.add(instruction.address());
                    }
                },
                List.of("objdump"),
                "-d",
                "-w",
                "-z",
                program.toString());
        try (ElfFile file = ElfFile.open(program)) {
            GoFunctions functions = GoFunctions.of(file).orElseThrow();
            for (int index = 0; index < functions.size(); index++) {
                Function function = functions.get(index);
                FunctionExits exits = FunctionExits.of(file, function.address(), function.size());
                assertEquals(
                        List.copyOf(
                                theirs.subSet(
                                        function.address(), function.address() + function.size())),
                        exits.returns().stream().map(at -> function.address() + at).toList(),
                        function::toString);
            }
            assertTrue(functions.size() > 1000, () -> functions.size() + " functions");
        }
    }

    private static FunctionExits exits(int machine, String hex) {
        ByteReader code =
                ByteReader.of(
                        "code", ".text", HexFormat.of().parseHex(hex), ByteOrder.LITTLE_ENDIAN);
        return FunctionExits.of(code, InstructionSet.of(machine));
    }
}
