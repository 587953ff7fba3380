package dev.purebpf.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.fixtures.GoToolchain;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Functions that call the runtime for more stack are those that begin with a check. */
class StackCheckTest {
    private static final String PROGRAM =
            """
            package main

            import "fmt"

            //go:noinline
            func large(n int) int {
                var room [100000]byte
                room[n] = 1
                return int(room[n/2])
            }

            //go:noinline
            func small(n int) int { return n + 1 }

            func main() { fmt.Println(large(7), small(8)) }
            """;

    @TempDir Path folder;

    @Test
    void aFunctionThatMayAskForStackHasACheck() throws Exception {
        for (GoToolchain go : GoToolchain.all()) {
            for (String architecture : List.of("amd64", "arm64")) {
                for (String options : List.of("", "-gcflags=-N -l", "-buildmode=pie")) {
                    Path program =
                            options.isEmpty()
                                    ? go.build(folder, architecture, PROGRAM)
                                    : go.build(folder, architecture, PROGRAM, options);
                    compare(go + " " + architecture + " " + options, program);
                }
            }
        }
    }

    private static void compare(String what, Path program) throws Exception {
        int checks = 0;
        int without = 0;
        try (ElfFile elf = ElfFile.open(program)) {
            Section text = elf.section(".text").orElseThrow();
            byte[] all = text.bytes();
            Set<Long> more = new HashSet<>();
            for (Symbol symbol : elf.symbols()) {
                if (symbol.name().matches("runtime\\.morestack(_noctxt|c)?(\\.abi0)?")) {
                    more.add(symbol.value());
                }
            }
            for (Symbol symbol : elf.symbols()) {
                if (symbol.type() != Symbol.FUNCTION || symbol.sectionIndex() != text.index()) {
                    continue;
                }
                int from = (int) (symbol.value() - text.address());
                byte[] code = Arrays.copyOfRange(all, from, from + (int) symbol.size());
                int end = StackCheck.end(code, elf.machine());
                boolean asks = calls(code, symbol.value(), more, elf.machine());
                assertEquals(asks, end > 0, () -> what + ": " + symbol.name());
                assertTrue(end <= StackCheck.LONGEST, symbol.name());
                checks += asks ? 1 : 0;
                without += asks ? 0 : 1;
            }
        }
        assertTrue(checks > 500 && without > 50, what + ": " + checks + ", " + without);
    }

    /** {@return whether code calls one of some functions, or seems to} */
    private static boolean calls(byte[] code, long address, Set<Long> functions, int machine) {
        ByteBuffer bytes = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
        if (machine == ElfFile.MACHINE_AARCH64) {
            for (int at = 0; at + 4 <= code.length; at += 4) {
                int word = bytes.getInt(at);
                long target = address + at + (((long) word << 38) >> 36);
                if (word >>> 26 == 0x25 && functions.contains(target)) {
                    return true;
                }
            }
            return false;
        }
        for (int at = 0; at + 5 <= code.length; at++) {
            if (code[at] == (byte) 0xe8
                    && functions.contains(address + at + 5 + bytes.getInt(at + 1))) {
                return true;
            }
        }
        return false;
    }

    @Property
    void anyBytesHaveAnEndAmongThem(@ForAll byte[] code) {
        for (int machine : new int[] {ElfFile.MACHINE_X86_64, ElfFile.MACHINE_AARCH64, 0}) {
            int end = StackCheck.end(code, machine);
            assertTrue(end >= 0 && end <= code.length, () -> "ends at " + end);
        }
    }
}
