package dev.purebpf.cli.relocate;

import dev.purebpf.btf.BtfExt;
import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.OneLine;
import dev.purebpf.core.Resolution;
import dev.purebpf.insn.Disassembler;
import dev.purebpf.insn.Instruction;
import dev.purebpf.link.AppliedRelocation;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.ProgramDefinition;
import dev.purebpf.link.TargetKernel;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Programs as assembly, below the lines of C that it came from, and below each instruction that was
 * fitted to the kernel what was asked, what was found, and what has changed:
 *
 * <pre>
 * program fields raw_tp/sys_enter 120
 * fields:
 * ; core.bpf.c:80: RESULT(0) = BPF_CORE_READ(task, pid);
 *        5: r1 = 1500
 *             asked  field byte offset of [7] struct task_struct.pid (0:1 @ offset 16)
 *             found  [120] struct task_struct.pid (0:66 @ offset 1500)
 *             now    16 -> 1500
 * </pre>
 */
final class AssemblyWriter implements ProgramWriter {
    private static final String INDENT = "            ";

    private final CommandOutput output;
    private final boolean named;
    private final TargetKernel kernel;
    private final StringBuilder text = new StringBuilder();

    /**
     * @param output where it goes
     * @param named whether objects are named
     * @param kernel the kernel's types, to say what it has instead of what is asked for
     */
    AssemblyWriter(CommandOutput output, boolean named, TargetKernel kernel) {
        this.output = output;
        this.named = named;
        this.kernel = kernel;
    }

    @Override
    public void object(String path) {
        if (named) {
            line("object " + path);
        }
    }

    @Override
    public void unopened(String path, String problem) {
        line("object " + path + " error " + problem);
    }

    @Override
    public void failed(ProgramDefinition program, String problem) {
        line("program " + program.name() + ' ' + program.section() + " error " + problem);
    }

    @Override
    public void program(LinkedProgram program, ByteOrder order) {
        line("program " + program.name() + ' ' + program.section() + ' ' + program.slots());
        Map<Integer, String> functions = new HashMap<>();
        for (LinkedProgram.Part part : program.functions()) {
            functions.put(part.slot(), part.definition().name());
        }
        Map<Integer, List<AppliedRelocation>> relocations =
                program.relocations().stream()
                        .collect(Collectors.groupingBy(AppliedRelocation::slot));
        int slot = 0;
        for (Instruction instruction : program.instructions()) {
            if (functions.containsKey(slot)) {
                line(functions.get(slot) + ':');
            }
            source(instruction.line());
            line(String.format("%8d: %s", slot, Disassembler.text(instruction)));
            relocations.getOrDefault(slot, List.of()).forEach(this::relocation);
            slot += instruction.slots();
        }
        flush();
    }

    private void source(BtfExt.LineInfo line) {
        if (line != null && !line.text().isBlank()) {
            line("; " + line.quoted());
        }
    }

    private void relocation(AppliedRelocation relocation) {
        Resolution resolution = relocation.resolution();
        String kind = resolution.relocation().kind().name().toLowerCase(Locale.ROOT);
        line(INDENT + "asked  " + kind.replace('_', ' ') + " of " + resolution.local());
        line(INDENT + "found  " + resolution.target().map(Object::toString).orElse("nothing"));
        if (relocation.poisoned()) {
            line(
                    INDENT
                            + "now    poisoned, the verifier refuses it if it can be reached: "
                            + kernel.describeAbsence(resolution));
        } else {
            line(INDENT + "now    " + change(resolution));
        }
    }

    private static String change(Resolution resolution) {
        String value =
                resolution.original() == resolution.value()
                        ? "still " + resolution.value()
                        : resolution.original() + " -> " + resolution.value();
        return resolution.originalSize() == resolution.size()
                ? value
                : value + ", " + resolution.originalSize() + " -> " + resolution.size() + " bytes";
    }

    private void line(String line) {
        text.append(OneLine.of(line)).append('\n');
    }

    @Override
    public void flush() {
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        output.write(bytes, 0, bytes.length);
        text.setLength(0);
    }
}
