package dev.purebpf.symbol;

import dev.purebpf.kernel.Kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a process has in its memory, from {@code /proc/PID/maps}, as it is at one moment.
 *
 * <p>A line is {@code 7f12c000-7f12d000 r-xp 00026000 08:01 4711 /usr/lib/libc.so.6}. Paths are
 * those of the process, which may have another root, and of which the file may be gone.
 *
 * @param pid the process, as this process numbers it
 * @param mappings its mappings, ascending by address
 */
public record ProcessMaps(int pid, List<Mapping> mappings) {
    private static final String DELETED = " (deleted)";

    /** Copies the list. */
    public ProcessMaps {
        mappings = List.copyOf(mappings);
    }

    /**
     * One mapping.
     *
     * @param start the address of its first byte
     * @param end the address after its last byte
     * @param isExecutable whether it holds code
     * @param offset where in the file it begins, in bytes
     * @param inode the file's number in its file system; 0 for none
     * @param path the file's path, or a name such as {@code [heap]}; empty for none
     * @param isDeleted whether the path no longer leads to the file
     */
    public record Mapping(
            long start,
            long end,
            boolean isExecutable,
            long offset,
            long inode,
            String path,
            boolean isDeleted) {}

    /**
     * {@return the mappings of a process}
     *
     * @param kernel the kernel
     * @param pid the process
     * @throws IOException if there is no such process, or its memory is not for us to see
     */
    public static ProcessMaps load(Kernel kernel, int pid) throws IOException {
        byte[] text = kernel.readFile("/proc/" + pid + "/maps");
        return parse(pid, new String(text, StandardCharsets.UTF_8));
    }

    /**
     * {@return the mappings of a text}
     *
     * @param pid the process that it is about
     * @param text the content of a {@code /proc/PID/maps}; lines that are none of its are ignored
     */
    public static ProcessMaps parse(int pid, String text) {
        var mappings = new ArrayList<Mapping>();
        for (String line : text.split("\n")) {
            mapping(line).ifPresent(mappings::add);
        }
        return new ProcessMaps(pid, mappings);
    }

    private static Optional<Mapping> mapping(String line) {
        String[] parts = line.split(" +", 6);
        int dash = parts[0].indexOf('-');
        if (parts.length < 5 || dash < 0) {
            return Optional.empty();
        }
        String path = parts.length < 6 ? "" : parts[5].replace("\\012", "\n");
        boolean isDeleted = path.endsWith(DELETED);
        try {
            return Optional.of(
                    new Mapping(
                            Long.parseUnsignedLong(parts[0].substring(0, dash), 16),
                            Long.parseUnsignedLong(parts[0].substring(dash + 1), 16),
                            parts[1].indexOf('x') >= 0,
                            Long.parseUnsignedLong(parts[2], 16),
                            Long.parseUnsignedLong(parts[4]),
                            isDeleted ? path.substring(0, path.length() - DELETED.length()) : path,
                            isDeleted));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /**
     * {@return the mapping with the code of a file}
     *
     * @param name the file's path in the process, or its name, such as {@code libc.so.6}
     */
    public Optional<Mapping> code(String name) {
        String end = name.startsWith("/") ? name : "/" + name;
        return mappings.stream()
                .filter(mapping -> mapping.isExecutable() && mapping.inode() != 0)
                .filter(
                        mapping ->
                                mapping.path().equals(name)
                                        || name.indexOf('/') < 0 && mapping.path().endsWith(end))
                .findFirst();
    }

    /**
     * {@return the mapping that an address lies in; empty if there is none}
     *
     * @param address an address of the process
     */
    public Optional<Mapping> containing(long address) {
        int low = 0;
        int high = mappings.size();
        while (low < high) {
            int middle = low + high >>> 1;
            if (Long.compareUnsigned(mappings.get(middle).end(), address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < mappings.size()
                        && Long.compareUnsigned(mappings.get(low).start(), address) <= 0
                ? Optional.of(mappings.get(low))
                : Optional.empty();
    }

    /**
     * {@return a path by which this process can open the file of a mapping, deleted or not}
     *
     * <p>The path of a mapping counts from this process' root, or if the file is not below that,
     * from the root of its mount namespace; the process may have a third one by {@code chroot}.
     *
     * @param mapping one of these
     */
    public Path open(Mapping mapping) {
        Path mapped =
                Path.of(
                        "/proc/"
                                + pid
                                + "/map_files/"
                                + Long.toHexString(mapping.start())
                                + "-"
                                + Long.toHexString(mapping.end()));
        if (mapping.isDeleted()) {
            return mapped;
        }
        Path path = new ProcessRoot(pid).resolve(mapping.path());
        // File systems in layers may show another inode than they map, and few may use map_files.
        return isOf(mapping, path) || !Files.isReadable(mapped) ? path : mapped;
    }

    private static boolean isOf(Mapping mapping, Path path) {
        try {
            return Files.getAttribute(path, "unix:ino").equals(mapping.inode());
        } catch (IOException e) {
            // Another root's.
            return false;
        }
    }
}
