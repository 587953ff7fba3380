package dev.purebpf.cli.session;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.BpfObject;
import dev.purebpf.insn.Opcode;
import dev.purebpf.link.ProgramDefinition;
import dev.purebpf.programs.Programs;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.List;

/**
 * A program that can be interrupted for another task has a tail call, without which its stack is
 * the processor's from Linux 6.13 on ({@code stack.h}). {@code InterruptedProgramTest} shows what
 * comes of that.
 */
class OwnStackTest {
    /** {@code BPF_FUNC_tail_call}. */
    private static final int TAIL_CALL = 12;

    @ParameterizedTest
    @CsvSource({
        "go, uprobe",
        "grpc, uprobe",
        // Functions of programs are probed by the programs for functions of the kernel, too.
        "trace, kprobe",
        "trace, uprobe.multi",
        "trace, usdt"
    })
    void programsInUserSpaceKeepTheirStack(String object, String section) throws IOException {
        for (String architecture : List.of("x86_64", "aarch64")) {
            List<ProgramDefinition> programs =
                    BpfObject.open(object, Programs.read(object, architecture))
                            .file()
                            .programs()
                            .stream()
                            .filter(program -> isAt(section, program.section()))
                            .toList();
            assertFalse(programs.isEmpty());
            for (ProgramDefinition program : programs) {
                assertTrue(
                        program.instructions().stream()
                                .anyMatch(
                                        each ->
                                                each.opcode() == Opcode.CALL
                                                        && each.source() == 0
                                                        && each.immediate() == TAIL_CALL),
                        () -> object + ", " + program.name() + ", " + architecture);
            }
        }
    }

    /** Of kprobes those that are not many at once: the kernel runs these to their end. */
    private static boolean isAt(String section, String whole) {
        return section.equals("kprobe") ? whole.equals(section) : whole.startsWith(section);
    }
}
