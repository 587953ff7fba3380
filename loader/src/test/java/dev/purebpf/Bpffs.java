package dev.purebpf;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file system that things are pinned in. */
final class Bpffs {
    private Bpffs() {}

    /** {@return a path of this process there, at which nothing is yet} */
    static Path unusedFolder() throws IOException {
        Path bpffs = Path.of("/sys/fs/bpf");
        // What is mounted last at a place hides what was there before.
        String type =
                Files.readAllLines(Path.of("/proc/mounts")).stream()
                        .map(line -> line.split(" "))
                        .filter(fields -> fields[1].equals(bpffs.toString()))
                        .reduce("", (_, fields) -> fields[2], (_, last) -> last);
        assumeTrue(type.equals("bpf"), "needs a bpffs: mount -t bpf bpf /sys/fs/bpf");
        return bpffs.resolve("purebpf-test-" + ProcessHandle.current().pid());
    }
}
