package dev.purebpf.cli.relocate;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.OneLine;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.InstructionReader;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.ProgramDefinition;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Programs in the fixed form for tests and tools:
 *
 * <pre>
 * program on_exec tp/sched/sched_process_exec 3
 * 1811000000000000 map=.rodata
 * 0000000000000000
 * 9500000000000000
 * program on_exit tp/sched/sched_process_exit error program on_exit, instruction 2: …
 * </pre>
 *
 * <p>One line a slot: its eight bytes in the order in which they go to the kernel. Where it refers
 * to a map by file descriptor, that is zero, and the map's name follows. With several objects the
 * line {@code object PATH} precedes what belongs to each.
 */
final class HexWriter implements ProgramWriter {
    private static final int FULL = 1 << 16;

    private final CommandOutput output;
    private final boolean named;
    private final StringBuilder text = new StringBuilder();

    /**
     * @param output where it goes
     * @param named whether objects are named
     */
    HexWriter(CommandOutput output, boolean named) {
        this.output = output;
        this.named = named;
    }

    @Override
    public void object(String path) {
        if (named) {
            text.append("object ").append(OneLine.of(path)).append('\n');
        }
    }

    @Override
    public void unopened(String path, String problem) {
        text.append("object ").append(OneLine.of(path)).append(" error ").append(problem);
        text.append('\n');
    }

    @Override
    public void program(LinkedProgram program, ByteOrder order) {
        header(program.program());
        text.append(program.slots()).append('\n');
        String code = HexFormat.of().formatHex(program.encode(_ -> 0, order));
        int digits = 2 * InstructionReader.SLOT_SIZE;
        int slot = 0;
        for (Instruction instruction : program.instructions()) {
            for (int i = 0; i < instruction.slots(); i++, slot++) {
                text.append(code, slot * digits, (slot + 1) * digits);
                if (i == 0) {
                    MapReference.of(instruction)
                            .ifPresent(map -> text.append(" map=").append(OneLine.of(map)));
                }
                text.append('\n');
            }
            flushWhenFull();
        }
    }

    @Override
    public void failed(ProgramDefinition program, String problem) {
        header(program);
        text.append("error ").append(problem).append('\n');
        flushWhenFull();
    }

    private void header(ProgramDefinition program) {
        text.append("program ").append(OneLine.of(program.name())).append(' ');
        text.append(OneLine.of(program.section())).append(' ');
    }

    private void flushWhenFull() {
        if (text.length() >= FULL) {
            flush();
        }
    }

    @Override
    public void flush() {
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        output.write(bytes, 0, bytes.length);
        text.setLength(0);
    }
}
