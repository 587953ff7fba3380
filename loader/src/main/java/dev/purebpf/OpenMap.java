package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.error.BpfException;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.MapInfo;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PinCommands;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

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

    private OpenMap(BpfMap map, OwnedFd fd) {
        this.map = map;
        this.fd = fd;
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
        OwnedFd fd = PinCommands.open(kernel, path, flags);
        return open(kernel, fd, "what is pinned at " + path);
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
        OwnedFd fd = InfoCommands.open(kernel, BpfCommand.MAP_GET_FD_BY_ID, id);
        return open(kernel, fd, "the map of id " + id);
    }

    private static OpenMap open(Kernel kernel, OwnedFd fd, String what) {
        try {
            requireMap(kernel, fd, what);
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
                    fd);
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** The kernel tells about any of its objects in memory that is made for a map. */
    private static void requireMap(Kernel kernel, OwnedFd fd, String what) {
        String path = "/proc/self/fdinfo/" + fd.number();
        String about;
        try {
            about = new String(kernel.readFile(path), StandardCharsets.US_ASCII);
        } catch (IOException _) {
            // Without /proc it is taken on trust, as libbpf does.
            return;
        }
        if (about.lines().noneMatch(line -> line.startsWith("map_type:"))) {
            throw new IllegalArgumentException(what + " is no map");
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

    /** {@return the map, usable until this is closed} */
    public BpfMap map() {
        return map;
    }

    /** Closes this process' way to the map. */
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return map.toString();
    }
}
