package dev.purebpf;

import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.MapInfo;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PinCommands;
import dev.purebpf.link.MapDefinition;
import dev.purebpf.link.MapType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** The pin of a map that is shared by name: looked for, compared, made. */
final class PinnedMap {
    private final Kernel kernel;
    private final MapDefinition map;
    private final Path path;

    PinnedMap(Kernel kernel, MapDefinition map, Path path) {
        this.kernel = kernel;
        this.map = map;
        this.path = path;
    }

    /** {@return what is pinned there, or {@code null} if nothing is} */
    OwnedFd open() {
        try {
            return PinCommands.open(kernel, path, 0);
        } catch (KernelException e) {
            if (Errno.ENOENT.is(e)) {
                return null;
            }
            throw e;
        }
    }

    /**
     * Insists that the pinned map is just what the object wants.
     *
     * @throws KernelException if it is not
     */
    void check(OwnedFd fd) {
        MapInfo info = InfoCommands.map(kernel, fd.number());
        List<String> differences = new ArrayList<>();
        compare(differences, "type", info.type(), map.typeNumber());
        compare(differences, "key size", info.keySize(), map.keySize());
        compare(differences, "value size", info.valueSize(), map.valueSize());
        compare(
                differences,
                "capacity",
                Integer.toUnsignedLong(info.maxEntries()),
                map.maxEntries());
        compare(differences, "flags", info.flags() & ~added(), map.flags() & ~added());
        compare(differences, "extra", info.extra(), map.mapExtra());
        if (!differences.isEmpty()) {
            throw Errno.EINVAL.failure(
                    "reusing the map pinned at " + path + " for map " + map.name(),
                    String.join(", ", differences)
                            + ": remove the pin if nobody needs it, or pin this map elsewhere");
        }
    }

    /** Flags that the kernel sets by itself: maps of devices are never written by programs. */
    private int added() {
        return switch (map.type().orElse(null)) {
            case MapType.DEVMAP, MapType.DEVMAP_HASH -> MapDefinition.READ_ONLY_FOR_PROGRAMS;
            case null, default -> 0;
        };
    }

    private static void compare(List<String> differences, String what, long pinned, long wanted) {
        if (pinned != wanted) {
            differences.add("its " + what + " is " + pinned + " instead of " + wanted);
        }
    }

    /** Pins a new map, to be unpinned again if the load fails later. */
    void pin(OwnedFd fd, Resources undo) {
        makeDirectory();
        Path directory = path.toAbsolutePath().getParent();
        if (!PinCommands.isPinnable(kernel, directory)) {
            throw Errno.EINVAL.failure(
                    "pinning map " + map.name() + " to " + path,
                    directory
                            + " is not in a BPF file system: mount -t bpf bpf /sys/fs/bpf, or pin"
                            + " it elsewhere");
        }
        PinCommands.pin(kernel, fd.number(), path);
        undo.add(() -> Files.deleteIfExists(path));
    }

    private void makeDirectory() {
        Path directory = path.getParent();
        if (directory == null || Files.isDirectory(directory)) {
            return;
        }
        try {
            Files.createDirectory(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw ObjectLoading.failure(
                    "making directory "
                            + directory
                            + " to pin map "
                            + map.name()
                            + " in (is a bpffs mounted there? mount -t bpf bpf /sys/fs/bpf)",
                    e);
        }
    }
}
