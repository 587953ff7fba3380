package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.RelocationException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.InstructionWriter;
import dev.purebpf.insn.Opcode;
import dev.purebpf.insn.Reference;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The section {@code .jumptables} of clang 22: where indirect jumps lead. */
class JumpTableTest {
    private static final int SLOT = 8;
    private static final int GOTO_REGISTER = 0x0d;

    private static final Instruction LOAD = Instruction.of(Opcode.LOAD_CONSTANT, 1, 0, 7, 0);
    private static final Instruction JUMP = Instruction.of(GOTO_REGISTER, 1, 0, 0, 0);
    private static final Instruction EXIT = Instruction.of(Opcode.EXIT, 0, 0, 0, 0);
    private static final Instruction CALL =
            Instruction.of(Opcode.CALL, 0, Opcode.PSEUDO_CALL, 0, -1);

    private final ObjectBuilder object = new ObjectBuilder();
    private final List<long[]> references = new ArrayList<>();
    private int code;

    private static byte[] code(Instruction... instructions) {
        return InstructionWriter.write(List.of(instructions), ByteOrder.LITTLE_ENDIAN);
    }

    private int tables(long... entries) {
        ByteBuffer bytes = ByteBuffer.allocate(entries.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        for (long entry : entries) {
            bytes.putLong(entry);
        }
        return object.section(".jumptables", Section.PROGBITS, 0, bytes.array());
    }

    /** The loads of a program's tables are at its slots 0, 2, 4, … */
    private void refer(int slot, int section, long offset, long size) {
        int table =
                object.symbol(
                        object.string("BPF.JT"),
                        Symbol.GLOBAL,
                        Symbol.OBJECT,
                        section,
                        offset,
                        size);
        references.add(new long[] {(long) slot * SLOT, table});
    }

    private LinkedProgram link() {
        object.relocations(code, references.toArray(long[][]::new));
        ObjectFile file = ObjectFile.parse(ElfFile.of("jumps.bpf.o", object.build()));
        return Linker.link(file, TargetKernel.unknown(), LinkOptions.defaults())
                .program("program")
                .orElseThrow();
    }

    private String refusal() {
        return link().failure().map(RelocationException::getMessage).orElse("not refused");
    }

    @Test
    void targetsCountFromTheBeginningOfTheProgram() {
        // Another program is before it in the section.
        code = object.code("syscall", code(EXIT, EXIT, LOAD, JUMP, EXIT, EXIT));
        object.function("first", code, 0, 2 * SLOT);
        object.function("program", code, 2 * SLOT, 5 * SLOT);
        refer(2, tables(5 * SLOT, 6 * SLOT, 5 * SLOT), 0, 24);
        LinkedProgram program = link();
        assertEquals(List.of(new JumpTable(0, List.of(3, 4, 3))), program.jumpTables());
        assertEquals(new Reference.JumpTable(0, 24), program.instructions().getFirst().reference());
    }

    @Test
    void theLoadBecomesOneOfAMapsValueWithoutOffset() {
        code = object.code("syscall", code(LOAD, JUMP, EXIT));
        object.function("program", code, 0, 4 * SLOT);
        refer(0, tables(3 * SLOT), 0, 8);
        byte[] bytes = link().encode(_ -> 1, _ -> 2, at -> 77 + (int) at, ByteOrder.LITTLE_ENDIAN);
        assertEquals(
                List.of(Instruction.of(Opcode.LOAD_CONSTANT, 1, Opcode.PSEUDO_MAP_VALUE, 0, 77)),
                LinkerTest.decode(bytes).subList(0, 1));
    }

    @Test
    void targetsWithinASubprogramMoveWithIt() {
        int text = object.code(".text", code(EXIT, LOAD, JUMP, EXIT));
        object.function("before", text, 0, SLOT);
        int jumps = object.function("jumps", text, SLOT, 4 * SLOT);
        int section = tables(0, 4 * SLOT);
        int table =
                object.symbol(object.string("BPF.JT"), Symbol.GLOBAL, Symbol.OBJECT, section, 8, 8);
        object.relocations(text, new long[][] {{SLOT, table}});
        code = object.code("syscall", code(EXIT, CALL, EXIT));
        object.function("program", code, 0, 3 * SLOT);
        references.add(new long[] {SLOT, jumps});
        // The subprogram begins at slot 3 of the program, its exit is its fourth slot.
        assertEquals(List.of(new JumpTable(8, List.of(6))), link().jumpTables());
    }

    @Test
    void aTableThatIsReferredToTwiceIsOne() {
        code = object.code("syscall", code(LOAD, LOAD, LOAD, JUMP, EXIT));
        object.function("program", code, 0, 8 * SLOT);
        int section = tables(7 * SLOT, 7 * SLOT);
        refer(0, section, 0, 8);
        refer(2, section, 8, 8);
        refer(4, section, 0, 8);
        assertEquals(
                List.of(new JumpTable(0, List.of(7)), new JumpTable(8, List.of(7))),
                link().jumpTables());
    }

    @Test
    void tablesThatAreNoneAreRefused() {
        code = object.code("syscall", code(LOAD, JUMP, EXIT));
        object.function("program", code, 0, 4 * SLOT);
        refer(0, tables(24, 24), 4, 8);
        assertTrue(refusal().contains("whole entries"), refusal());
    }

    @Test
    void tablesPastTheEndAreRefused() {
        code = object.code("syscall", code(LOAD, JUMP, EXIT));
        object.function("program", code, 0, 4 * SLOT);
        refer(0, tables(24, 24), 8, Long.MAX_VALUE & ~7);
        assertTrue(refusal().contains("past the end"), refusal());
    }

    @Test
    void targetsBeforeTheFunctionAreRefused() {
        code = object.code("syscall", code(EXIT, LOAD, JUMP, EXIT));
        object.function("first", code, 0, SLOT);
        object.function("program", code, SLOT, 4 * SLOT);
        refer(1, tables(0), 0, 8);
        assertTrue(refusal().contains("leaves the function"), refusal());
    }

    @Test
    void manyLargeTablesAreRefusedInBoundedMemory() {
        var loads = new Instruction[1001];
        for (int i = 0; i < 1000; i++) {
            loads[i] = LOAD;
        }
        loads[1000] = EXIT;
        code = object.code("syscall", code(loads));
        object.function("program", code, 0, 2001 * SLOT);
        int section = tables(new long[20_000]);
        for (int i = 0; i < 1000; i++) {
            refer(2 * i, section, 8L * i, 8 * 19_000);
        }
        assertTrue(refusal().contains("too large"), refusal());
    }
}
