package dev.purebpf.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.dwarf.AddressRange;
import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.DieCursor;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.dwarf.DwarfTag;
import dev.purebpf.dwarf.Location;
import dev.purebpf.dwarf.Unit;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.fixtures.GoToolchain;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares where values are computed to be with where Go's compilers say that they are, in what
 * they write for debuggers: of parameters the places at a function's first instruction; of results,
 * for which a debugger is told nothing of registers, whether they are on the stack and where.
 */
class GoAbiTest {
    private static final int FUNCTIONS = 150;
    private static final long SEED = 20261125;

    /** Operations of DWARF's expressions: {@code DW_OP_…}. */
    private static final int REG0 = 0x50;

    private static final int REG31 = 0x6f;
    private static final int REGX = 0x90;
    private static final int FBREG = 0x91;
    private static final int PIECE = 0x93;
    private static final int CALL_FRAME_CFA = 0x9c;

    private static final List<String> AMD64_INTEGERS =
            List.of(
                    "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10",
                    "r11", "r12", "r13", "r14", "r15", "rip");

    @TempDir Path folder;

    @Test
    void parametersAreWhereTheCompilerSays() throws Exception {
        for (GoToolchain go : GoToolchain.all()) {
            String source = GeneratedSignatures.program(SEED, FUNCTIONS, go);
            for (String architecture : List.of("amd64", "arm64")) {
                int compared = compare(go.build(folder, architecture, source), false);
                assertTrue(compared > 2 * FUNCTIONS, go + " " + architecture + ": " + compared);
            }
        }
    }

    @Test
    void resultsOnTheStackAreWhereTheCompilerSays() throws Exception {
        for (GoToolchain go : GoToolchain.all()) {
            String source = GeneratedSignatures.program(SEED + 1, FUNCTIONS, go);
            for (String architecture : List.of("amd64", "arm64")) {
                Path program = go.build(folder, architecture, source, "-gcflags=-N -l");
                int compared = compare(program, true);
                assertTrue(compared > FUNCTIONS, go + " " + architecture + ": " + compared);
            }
        }
    }

    /** {@return how many values were compared} */
    private static int compare(Path program, boolean results) throws Exception {
        int compared = 0;
        int seen = 0;
        try (ElfFile elf = ElfFile.open(program);
                Dwarf dwarf = Dwarf.of(elf).orElseThrow()) {
            GoAbi abi =
                    GoAbi.of(elf.machine(), GoBuildInfo.of(elf).orElseThrow().version())
                            .orElseThrow();
            boolean amd64 = elf.machine() == ElfFile.MACHINE_X86_64;
            for (Unit unit : dwarf.units()) {
                if (!unit.root().name().equals(Optional.of("main"))) {
                    continue;
                }
                DieCursor entries = unit.entries();
                while (entries.next()) {
                    if (entries.tag() != DwarfTag.SUBPROGRAM) {
                        continue;
                    }
                    Die function = entries.die();
                    GoSignature signature = GoSignature.of(function);
                    if (!signature.name().matches("main\\.(.*\\.)?f\\d+")
                            || function.ranges().isEmpty()) {
                        continue;
                    }
                    seen++;
                    GoCall call = abi.assign(signature);
                    List<Die> values =
                            function.children().stream()
                                    .filter(child -> child.tag() == DwarfTag.FORMAL_PARAMETER)
                                    .filter(child -> GoSignature.isResult(child) == results)
                                    .toList();
                    List<List<GoCall.Part>> places = results ? call.results() : call.parameters();
                    assertEquals(values.size(), places.size(), signature::toString);
                    assertNull(EntryPlaces.contradiction(call, function, elf.machine()));
                    for (int i = 0; i < values.size(); i++) {
                        String said = said(values.get(i), function.ranges().getFirst(), amd64);
                        String computed = computed(abi, places.get(i), results);
                        String value = values.get(i).name().orElseThrow();
                        if (said != null && places.get(i).getFirst().size() > 0) {
                            assertEquals(said, computed, () -> value + " of " + signature);
                            compared++;
                        }
                    }
                }
            }
        }
        assertTrue(seen >= FUNCTIONS, program + ": " + seen + " functions");
        return compared;
    }

    private static String computed(GoAbi abi, List<GoCall.Part> parts, boolean results) {
        if (parts.getFirst().place() == GoCall.Place.STACK) {
            return "stack " + parts.getFirst().number();
        }
        return results ? "frame" : String.join(" ", parts.stream().map(abi::register).toList());
    }

    /** {@return where the compiler says that a value is; null if it says nothing, or not of all} */
    private static String said(Die value, AddressRange code, boolean amd64) {
        for (Location location : value.locations()) {
            if (location.range() == null || location.range().contains(code.start())) {
                return said(location.expression(), amd64);
            }
        }
        return null;
    }

    private static String said(byte[] expression, boolean amd64) {
        List<String> registers = new ArrayList<>();
        boolean known = false;
        int i = 0;
        while (i < expression.length) {
            int operation = expression[i++] & 0xff;
            if (operation == CALL_FRAME_CFA || operation == FBREG) {
                long offset = operation == FBREG ? sleb(expression, i) : 0;
                // On amd64 the frame begins behind the address to return to.
                return offset < 0 ? "frame" : "stack " + (offset + (amd64 ? 8 : 0));
            } else if (operation >= REG0 && operation <= REG31) {
                registers.add(name(operation - REG0, amd64));
                known = true;
            } else if (operation == REGX) {
                registers.add(name(expression[i] & 0x7f, amd64)); // No number is above 127.
                i++;
                known = true;
            } else if (operation == PIECE) {
                if (!known) {
                    return null; // This part is not used, and so nowhere.
                }
                known = false;
                i++; // No part has more than 127 bytes.
            } else {
                throw new AssertionError("operation " + Integer.toHexString(operation));
            }
        }
        return registers.isEmpty() ? null : String.join(" ", registers);
    }

    private static String name(int number, boolean amd64) {
        if (amd64) {
            return number < 17 ? AMD64_INTEGERS.get(number) : "xmm" + (number - 17);
        }
        return number < 64 ? "x" + number : "v" + (number - 64);
    }

    private static long sleb(byte[] bytes, int at) {
        long value = 0;
        int shift = 0;
        int i = at;
        while (true) {
            byte next = bytes[i++];
            value |= (next & 0x7fL) << shift;
            shift += 7;
            if (next >= 0) {
                return (next & 0x40) != 0 ? value | -1L << shift : value;
            }
        }
    }
}
