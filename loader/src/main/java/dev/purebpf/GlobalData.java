package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.MapCommands;
import dev.purebpf.kernel.Mapping;
import dev.purebpf.link.DataVariable;
import dev.purebpf.link.MapDefinition;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The maps that hold global variables: array maps with a single value, which is the whole section.
 */
final class GlobalData {
    /** {@code BPF_F_SEGV_ON_FAULT}: touching a page that no program has allocated is fatal. */
    private static final int SIGNAL_ON_FAULT = 1 << 17;

    private GlobalData() {}

    /**
     * Puts the initial values in; where {@code null}, they are all zero, as the map is by itself.
     */
    static void fill(Kernel kernel, CreatedMap map, byte[] image) {
        if (image == null) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment value = arena.allocate(image.length, 8);
            MemorySegment.copy(image, 0, value, ValueLayout.JAVA_BYTE, 0, image.length);
            kernel.check(
                    MapCommands.update(kernel, map.fd().number(), key, value, MapCommands.ANY),
                    "filling map " + map.name());
        }
    }

    /**
     * Maps the section into memory where that is possible, and adds its variables to the object.
     */
    static void addVariables(
            LoadedObject object, BpfMap map, MapDefinition definition, Btf btf, Arena arena) {
        boolean constant = definition.isFrozen();
        variables(map, definition.variables(), constant, true, btf, arena).forEach(object::add);
    }

    /**
     * {@return the variables of a section}
     *
     * @param constant whether nobody can change them any more
     * @param mappable whether the descriptor of the map is for reading and writing: any other the
     *     kernel does not map
     * @param arena unmaps the section's memory, if it can be mapped
     */
    static List<Variable> variables(
            BpfMap map,
            List<DataVariable> all,
            boolean constant,
            boolean mappable,
            Btf btf,
            Arena arena) {
        MemorySegment memory = null;
        if (mappable && (map.flags() & MapDefinition.MAPPABLE) != 0) {
            // A frozen map cannot be mapped for writing any more, not even by a debugger.
            int protection =
                    constant
                            ? Kernel.PROTECTION_READ
                            : Kernel.PROTECTION_READ | Kernel.PROTECTION_WRITE;
            String operation = "mapping the variables of " + map.name();
            long size = map.valueSize();
            memory = Mapping.map(map.kernel(), map.fd(), 0, size, protection, arena, operation);
        }
        List<Variable> variables = new ArrayList<>();
        for (DataVariable variable : all) {
            if (Math.addExact(variable.offset(), variable.size()) <= map.valueSize()) {
                var type = new VariableType(variable, btf);
                variables.add(new Variable(type, variable.offset(), map, memory, constant));
            }
        }
        return variables;
    }

    /**
     * Maps an arena, without which no program that uses it can be loaded, puts the initial values
     * of its variables in, and adds them to the object.
     *
     * @param start the offset in the arena where its variables begin
     */
    static void mapArena(
            LoadedObject object,
            BpfMap map,
            MapDefinition definition,
            long start,
            Btf btf,
            Arena arena) {
        Kernel kernel = map.kernel();
        byte[] image = definition.data();
        long size = map.maxEntries() * kernel.pageSize();
        if (image.length > size - start) {
            throw new IllegalArgumentException(
                    "arena "
                            + map.name()
                            + " was given "
                            + map.maxEntries()
                            + " pages, which leaves no room for its variables");
        }
        if (image.length > 0 && (map.flags() & SIGNAL_ON_FAULT) != 0) {
            throw new UnsupportedFeatureException(
                    "variables in arena "
                            + map.name()
                            + ", whose pages only programs may allocate (BPF_F_SEGV_ON_FAULT),",
                    null);
        }
        String operation = "mapping arena " + map.name();
        MemorySegment memory =
                Mapping.arena(kernel, map.fd(), definition.mapExtra(), size, arena, operation);
        MemorySegment.copy(image, 0, memory, ValueLayout.JAVA_BYTE, start, image.length);
        for (DataVariable variable : definition.variables()) {
            if (Math.addExact(variable.offset(), variable.size()) <= image.length) {
                var type = new VariableType(variable, btf);
                object.add(new Variable(type, start + variable.offset(), map, memory, false));
            }
        }
    }
}
