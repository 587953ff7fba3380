package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfType;
import dev.purebpf.error.BpfException;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.MapInfo;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PinCommands;
import dev.purebpf.link.DataVariable;
import dev.purebpf.link.MapDefinition;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * A map that is in the kernel already and belongs to no object of this process: one that somebody
 * pinned, or that a running program uses.
 *
 * <pre>{@code
 * try (OpenMap counts = OpenMap.pinned(Path.of("/sys/fs/bpf/counts"))) {
 *     counts.map().typed(Integer.class, Long.class).forEach((pid, count) -> ...);
 * }
 * }</pre>
 *
 * <p>Keys and values are held against the types that the map was created with, where the kernel has
 * them and shows them to this process; else against their sizes alone. Any thread may close it,
 * once no other is in the midst of a call on the map; the map itself stays for as long as others
 * use it.
 */
public final class OpenMap implements AutoCloseable {
    private final BpfMap map;
    private final OwnedFd fd;
    private final Btf types;
    private final List<DataVariable> section;
    private final boolean mappable;
    private final Arena arena = Arena.ofShared();

    /** Until they are asked for: most maps hold none, and the memory of others may be forbidden. */
    private Map<String, Variable> variables;

    private OpenMap(
            BpfMap map, OwnedFd fd, Btf types, List<DataVariable> section, boolean mappable) {
        this.map = map;
        this.fd = fd;
        this.types = types;
        this.section = section;
        this.mappable = mappable;
    }

    /**
     * Opens a map that is pinned, on this machine, for reading and writing.
     *
     * @param path a file in a mounted bpffs
     * @return the map, which has to be closed
     * @throws IllegalArgumentException if something else is pinned there: a program or a link
     * @throws dev.purebpf.error.KernelException if the kernel refuses: ENOENT if nothing is pinned
     *     there, EACCES if this user may not read and write it
     */
    public static OpenMap pinned(Path path) {
        return pinned(Kernel.host(), path, 0);
    }

    /**
     * Opens a map that is pinned.
     *
     * @param kernel the kernel
     * @param path a file in a mounted bpffs
     * @param flags 0, {@link PinCommands#READ_ONLY} or {@link PinCommands#WRITE_ONLY}
     * @return the map, which has to be closed
     * @throws IllegalArgumentException if something else is pinned there: a program or a link
     * @throws dev.purebpf.error.KernelException if the kernel refuses: ENOENT if nothing is pinned
     *     there, EACCES if this user may not use it so
     */
    public static OpenMap pinned(Kernel kernel, Path path, int flags) {
        return open(kernel, DescriptorKind.MAP.openPinned(kernel, path, flags), flags == 0);
    }

    /**
     * Opens a map by the number that the kernel gave it; that needs CAP_SYS_ADMIN.
     *
     * @param kernel the kernel
     * @param id the number, as {@link dev.purebpf.kernel.ProgramInfo#mapIds} and bpftool tell it
     * @return the map, which has to be closed
     * @throws dev.purebpf.error.KernelException if the kernel refuses: ENOENT if there is none, or
     *     none any more
     */
    public static OpenMap ofId(Kernel kernel, int id) {
        return open(kernel, InfoCommands.open(kernel, BpfCommand.MAP_GET_FD_BY_ID, id), true);
    }

    private static OpenMap open(Kernel kernel, OwnedFd fd, boolean mappable) {
        try {
            MapInfo info = InfoCommands.map(kernel, fd.number());
            Btf types = types(kernel, info);
            var created =
                    new CreatedMap(
                            info.name(),
                            info.type(),
                            info.keySize(),
                            info.valueSize(),
                            info.maxEntries(),
                            info.flags(),
                            fd);
            return new OpenMap(
                    created.describe(kernel, types, info.btfKeyTypeId(), info.btfValueTypeId()),
                    fd,
                    types,
                    section(types, info.btfValueTypeId()),
                    mappable);
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** {@return the types of keys and values; {@code null} where they are not to be had} */
    private static Btf types(Kernel kernel, MapInfo info) {
        if (info.btfId() == 0) {
            return null;
        }
        try {
            return ObjectBtf.byId(kernel, info.btfId(), "the types of map " + info.name());
        } catch (BpfException e) {
            // Only CAP_SYS_ADMIN gets them; a map can be used without.
            Notices.debug("map " + info.name() + " is used without its types: " + e.getMessage());
            return null;
        }
    }

    private static List<DataVariable> section(Btf types, int valueType) {
        return types != null
                        && valueType != 0
                        && types.type(valueType) instanceof BtfType.DataSection section
                ? DataVariable.of(types, section)
                : List.of();
    }

    /**
     * {@return the global variables that the map holds, by ascending offset; none if it is no map
     * of global variables, or the kernel does not show its types}
     *
     * @throws dev.purebpf.error.KernelException if the kernel refuses to map them into memory
     * @throws IllegalStateException if this has been closed
     */
    public List<Variable> variables() {
        return List.copyOf(known().values());
    }

    /**
     * {@return a global variable of another process' object, live: of the map {@code .bss}, {@code
     * .data} or {@code .rodata} that was pinned}
     *
     * @param variable its name in C
     * @throws NoSuchElementException if there is none of that name
     * @throws dev.purebpf.error.KernelException if the kernel refuses to map it into memory
     * @throws IllegalStateException if this has been closed
     */
    public Variable variable(String variable) {
        return ByName.find(known(), "map " + map.name(), "variable", variable);
    }

    private synchronized Map<String, Variable> known() {
        if (variables == null) {
            Map<String, Variable> found = new LinkedHashMap<>();
            if (!section.isEmpty()) {
                boolean constant = (map.flags() & MapDefinition.READ_ONLY_FOR_PROGRAMS) != 0;
                GlobalData.variables(map, section, constant, mappable, types, arena)
                        .forEach(variable -> found.putIfAbsent(variable.name(), variable));
            }
            variables = found;
        }
        return variables;
    }

    /** {@return the map, usable until this is closed} */
    public BpfMap map() {
        return map;
    }

    /** Closes this process' way to the map and its variables. */
    @Override
    public synchronized void close() {
        fd.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    @Override
    public String toString() {
        return map.toString();
    }
}
