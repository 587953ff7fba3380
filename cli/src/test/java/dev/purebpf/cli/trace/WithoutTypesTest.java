package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.PureBpf;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A kernel that tells no types: they are hidden from the command, in mounts of its own. */
class WithoutTypesTest {
    @Test
    void thatThereAreNoneIsSaidAndNotThatAFunctionIsMissing() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount");
        assumeTrue(Files.isDirectory(Path.of("/sys/kernel/btf")), "needs Linux 5.4 with BTF");
        assumeTrue(Files.exists(Path.of("/usr/bin/unshare")), "needs unshare of util-linux");
        String words = String.join(" ", PureBpf.command(System.getProperty("java.class.path")));
        String line =
                "mount -t tmpfs none /sys/kernel/btf && exec "
                        + words
                        + " trace fentry:vfs_read -- true";
        try (PureBpf.Running running =
                PureBpf.startProcess(List.of("unshare", "-m", "sh", "-c", line))) {
            PureBpf.Run run = running.end();
            assertTrue(run.err().startsWith("purebpf: "), run.err());
            assertFalse(run.err().contains("tell of no function"), run.err());
        }
    }
}
