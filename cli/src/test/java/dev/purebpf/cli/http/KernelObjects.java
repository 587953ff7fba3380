package dev.purebpf.cli.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What this process has of the kernel's, which has to be given back. */
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

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "closed since the directory was read";
        }
    }
}
