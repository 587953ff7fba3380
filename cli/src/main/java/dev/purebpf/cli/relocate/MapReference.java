package dev.purebpf.cli.relocate;

import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.Reference;

import java.util.Optional;

/** Which map an instruction refers to. */
final class MapReference {
    private MapReference() {}

    /** {@return the name of the map whose file descriptor an instruction will hold, if it will} */
    static Optional<String> of(Instruction instruction) {
        return switch (instruction.reference()) {
            case Reference.Map map -> Optional.of(map.name());
            case Reference.MapValue value -> Optional.of(value.name());
            case Reference.JumpTable table -> Optional.of(table.name());
            case null, default -> Optional.empty();
        };
    }
}
