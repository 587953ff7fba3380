package dev.purebpf.cli.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What processes have of the kernel's, which has to be given back. */
final class KernelObjects {
    private KernelObjects() {}

    /** {@return the maps, programs, links and their like that are open, or mapped} */
    static List<String> open() throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"));
                var mappings = Files.lines(Path.of("/proc/self/maps"))) {
            return Stream.concat(
                            descriptors.map(KernelObjects::target),
                            mappings.map(line -> line.replaceAll(".*anon_inode:", "anon_inode:")))
                    .filter(name -> name.startsWith("anon_inode:"))
                    .sorted()
                    .toList();
        }
    }

    /**
     * {@return the ids of the programs that a process's descriptors of a kind are, or are about}
     *
     * @param kind part of what the kernel calls the kind
     */
    static Set<String> programs(long pid, String kind) throws IOException {
        Set<String> ids = new TreeSet<>();
        Path process = Path.of("/proc/" + pid);
        try (var descriptors = Files.list(process.resolve("fd"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                if (target(descriptor).contains(kind)) {
                    Path info = process.resolve("fdinfo").resolve(descriptor.getFileName());
                    Files.readAllLines(info).stream()
                            .filter(line -> line.startsWith("prog_id:"))
                            .forEach(ids::add);
                }
            }
        }
        return ids;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "closed since the directory was read";
        }
    }
}
