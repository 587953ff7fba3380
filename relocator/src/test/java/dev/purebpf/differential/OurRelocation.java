package dev.purebpf.differential;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.BpfException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.Reference;
import dev.purebpf.link.JumpTable;
import dev.purebpf.link.LinkOptions;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.Linker;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.ProgramDefinition;
import dev.purebpf.link.TargetKernel;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Relocates an object as {@code purebpf relocate} does: all programs, without a kernel. */
final class OurRelocation {
    private OurRelocation() {}

    static Relocated of(ElfFile elf, TargetKernel kernel) {
        try {
            ObjectFile object = ObjectFile.parse(elf);
            return of(
                    object,
                    kernel,
                    object.programs().stream()
                            .map(ProgramDefinition::name)
                            .collect(Collectors.toSet()));
        } catch (BpfException e) {
            return new Relocated(e.getMessage(), List.of());
        }
    }

    /** Relocates some programs as if the others were not to be loaded. */
    static Relocated of(ObjectFile object, TargetKernel kernel, Set<String> names) {
        try {
            LinkOptions options = LinkOptions.defaults().withPrograms(names);
            return new Relocated(
                    null,
                    Linker.link(object, kernel, options).programs().stream()
                            .map(OurRelocation::program)
                            .toList());
        } catch (BpfException e) {
            return new Relocated(e.getMessage(), List.of());
        }
    }

    private static Relocated.Program program(LinkedProgram program) {
        String failure = program.failure().map(Throwable::getMessage).orElse(null);
        return new Relocated.Program(
                program.name(),
                program.section(),
                failure,
                failure == null ? code(program) : List.of());
    }

    private static List<String> code(LinkedProgram program) {
        String code = HexFormat.of().formatHex(program.encode(m -> 0, ByteOrder.LITTLE_ENDIAN));
        var lines = new ArrayList<String>();
        for (Instruction instruction : program.instructions()) {
            for (int i = 0; i < instruction.slots(); i++) {
                int at = lines.size() * 16;
                String map = i == 0 ? map(program, instruction.reference()) : "";
                lines.add(code.substring(at, at + 16) + map);
            }
        }
        return lines;
    }

    private static String map(LinkedProgram program, Reference reference) {
        return switch (reference) {
            case Reference.Map map -> " map=" + map.name();
            case Reference.MapValue value -> " map=" + value.name();
            case Reference.JumpTable jumps ->
                    program.jumpTables().stream()
                            .filter(table -> table.offset() == jumps.offset())
                            .map(OurRelocation::targets)
                            .collect(Collectors.joining());
            case null, default -> "";
        };
    }

    /** As libbpf-judge shows where the jumps lead. */
    private static String targets(JumpTable table) {
        return table.targets().stream()
                .map(Integer::toUnsignedString)
                .collect(Collectors.joining(",", " map=" + JumpTable.NAME + "[", "]"));
    }
}
