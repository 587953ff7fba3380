package dev.purebpf;

import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.MapAttributes;
import dev.purebpf.kernel.MapCommands;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.link.JumpTable;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.MapType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/**
 * The maps of a program's jump tables, filled and frozen. Once the program is loaded it holds them
 * itself, so they are closed then.
 */
final class JumpTableMaps implements AutoCloseable {
    private final Kernel kernel;
    private final Resources maps = new Resources();
    private final Map<Long, Integer> descriptors = new HashMap<>();

    private JumpTableMaps(Kernel kernel) {
        this.kernel = kernel;
    }

    /**
     * {@return the maps of all jump tables of a program}
     *
     * @throws dev.purebpf.error.KernelException if the kernel refuses one: it knows them since 6.19
     */
    static JumpTableMaps create(Kernel kernel, LinkedProgram program) {
        var created = new JumpTableMaps(kernel);
        try {
            for (JumpTable table : program.jumpTables()) {
                created.descriptors.put(table.offset(), created.create(table));
            }
            return created;
        } catch (RuntimeException e) {
            created.close();
            throw e;
        }
    }

    private int create(JumpTable table) {
        var attributes =
                new MapAttributes(
                        JumpTable.NAME,
                        MapType.INSN_ARRAY.number(),
                        JumpTable.KEY_SIZE,
                        JumpTable.VALUE_SIZE,
                        table.targets().size());
        OwnedFd fd = maps.add(MapCommands.create(kernel, attributes));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment value = arena.allocate(JumpTable.VALUE_SIZE, 8);
            for (int i = 0; i < table.targets().size(); i++) {
                key.set(ValueLayout.JAVA_INT, 0, i);
                // orig_off, the first member of struct bpf_insn_array_value.
                value.set(ValueLayout.JAVA_INT, 0, table.targets().get(i));
                kernel.check(
                        MapCommands.update(kernel, fd.number(), key, value, MapCommands.ANY),
                        "filling map " + JumpTable.NAME);
            }
        }
        MapCommands.freeze(kernel, fd.number(), JumpTable.NAME);
        return fd.number();
    }

    /** {@return the descriptor of the map of the table that begins at an offset} */
    int descriptor(long offset) {
        return descriptors.get(offset);
    }

    @Override
    public void close() {
        maps.close();
    }
}
