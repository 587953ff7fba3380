package dev.purebpf.code;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.fixtures.GoToolchain;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Instructions of aarch64, as {@code llvm-objdump} has them. */
class Aarch64InstructionsTest {
    private static final Pattern JUMP =
            Pattern.compile("(?:b|b[.][a-z]+|cbn?z|tbn?z) .*0x(?<target>[0-9a-f]+) <.*");

    @TempDir Path folder;

    @Test
    void everyInstructionOfAGoProgramGoesOnWhereObjdumpSays() throws Exception {
        Path program =
                GoToolchain.of("1.27")
                        .build(
                                folder,
                                "arm64",
                                """
                                package main

                                import "fmt"

                                func main() { fmt.Println("traced") }
                                """);
        Map<Instruction.Kind, Integer> count = new EnumMap<>(Instruction.Kind.class);
        Map<Section, ByteReader> code = new HashMap<>();
        try (ElfFile file = ElfFile.open(program)) {
            Disassembly.ask(
                    theirs -> {
                        Section section = theirs.section(file);
                        ByteReader bytes = code.computeIfAbsent(section, Section::reader);
                        Instruction ours =
                                Aarch64Instructions.decode(
                                        bytes, theirs.address() - section.address());
                        assertEquals(theirs.length(), ours.length(), theirs::toString);
                        assertEquals(kind(theirs), ours.kind(), theirs::toString);
                        Matcher jump = JUMP.matcher(theirs.text());
                        if (jump.matches()) {
                            long target = Long.parseUnsignedLong(jump.group("target"), 16);
                            assertEquals(target, section.address() + ours.target());
                        }
                        count.merge(ours.kind(), 1, Integer::sum);
                    },
                    List.of("llvm-objdump"),
                    "-d",
                    program.toString());
        }
        assertEquals(Instruction.Kind.values().length, count.size(), count::toString);
        assertTrue(count.get(Instruction.Kind.RETURN) > 1000, count::toString);
        assertTrue(count.get(Instruction.Kind.JUMP) > 10_000, count::toString);
    }

    private static Instruction.Kind kind(Disassembly theirs) {
        String name = theirs.text().split(" ", 2)[0];
        return switch (name) {
            case "ret" -> Instruction.Kind.RETURN;
            case "br" -> Instruction.Kind.INDIRECT_JUMP;
            default ->
                    JUMP.matcher(theirs.text()).matches()
                            ? Instruction.Kind.JUMP
                            : Instruction.Kind.NEXT;
        };
    }
}
