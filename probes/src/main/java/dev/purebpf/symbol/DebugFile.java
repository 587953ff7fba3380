package dev.purebpf.symbol;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.MalformedObjectException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * The file with what was stripped from another.
 *
 * @see <a
 *     href="https://sourceware.org/gdb/current/onlinedocs/gdb.html/Separate-Debug-Files.html">GDB,
 *     "Debugging Information in Separate Files"</a>
 */
final class DebugFile {
    /** Where distributions keep those of all programs. */
    static final Path FOLDER = Path.of("/usr/lib/debug");

    private static final String LINK = ".gnu_debuglink";

    private DebugFile() {}

    /**
     * {@return the file; empty if there is none, or it is of no use}
     *
     * @param file the stripped file
     * @param path where it is, if it is anywhere
     * @param folder where the files of all others are: {@link #FOLDER}
     */
    static Optional<ElfFile> find(ElfFile file, Optional<Path> path, Path folder) {
        Optional<ElfFile> found = file.buildId().flatMap(id -> byBuildId(id, folder));
        return found.isPresent() ? found : path.flatMap(where -> byLink(file, where, folder));
    }

    private static Optional<ElfFile> byBuildId(String id, Path folder) {
        if (id.length() < 3) {
            return Optional.empty();
        }
        String name = id.substring(0, 2) + "/" + id.substring(2) + ".debug";
        return open(folder.resolve(".build-id").resolve(name), Optional.of(id));
    }

    /** Another file may have the same name by now: the link has a checksum. */
    private static Optional<ElfFile> byLink(ElfFile file, Path path, Path folder) {
        Optional<Section> section = file.section(LINK);
        if (section.isEmpty() || section.get().type() == Section.NOBITS) {
            return Optional.empty();
        }
        try {
            ByteReader link = section.get().reader();
            String name = link.string(0);
            long checksum = link.u32(link.length() - Integer.BYTES);
            if (name.isEmpty() || name.indexOf('/') >= 0) {
                return Optional.empty();
            }
            for (Path candidate : candidates(path, name, folder)) {
                if (Files.isRegularFile(candidate) && checksum(candidate) == checksum) {
                    return open(candidate, Optional.empty());
                }
            }
        } catch (IOException | MalformedObjectException e) {
            log("following " + LINK + " of " + path, e);
        }
        return Optional.empty();
    }

    private static Set<Path> candidates(Path path, String name, Path folder) throws IOException {
        Set<Path> candidates = new LinkedHashSet<>();
        // By the path as it is, too: that of a process in a container leads elsewhere when
        // followed.
        for (Path place : new Path[] {path.toAbsolutePath(), path.toRealPath()}) {
            candidates.add(place.resolveSibling(name));
            candidates.add(place.resolveSibling(".debug").resolve(name));
            candidates.add(folder.resolve(Path.of("/").relativize(place)).resolveSibling(name));
        }
        return candidates;
    }

    private static long checksum(Path path) throws IOException {
        CRC32 checksum = new CRC32();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(path)) {
            for (int size = in.read(buffer); size >= 0; size = in.read(buffer)) {
                checksum.update(buffer, 0, size);
            }
        }
        return checksum.getValue();
    }

    /** {@return the file, if it has the build id that it is to have} */
    private static Optional<ElfFile> open(Path path, Optional<String> buildId) {
        if (!Files.isRegularFile(path)) {
            return Optional.empty();
        }
        try {
            ElfFile debug = ElfFile.open(path);
            try {
                if (buildId.isEmpty() || debug.buildId().equals(buildId)) {
                    return Optional.of(debug);
                }
            } catch (MalformedObjectException e) {
                debug.close();
                throw e;
            }
            debug.close();
        } catch (IOException | MalformedObjectException e) {
            log("reading " + path, e);
        }
        return Optional.empty();
    }

    private static void log(String what, Exception e) {
        System.getLogger("dev.purebpf.symbol").log(System.Logger.Level.DEBUG, what, e);
    }
}
