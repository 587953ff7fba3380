package dev.purebpf.cli.go;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Traces in a process that lacks rights, and prints what purebpf says and what of the kernel's the
 * process then still has.
 */
final class RefusedLoad {
    private RefusedLoad() {}

    /**
     * Runs once.
     *
     * @param words those of purebpf
     * @throws IOException if {@code /proc} cannot be read
     */
    public static void main(String[] words) throws IOException {
        Run run = PureBpf.runHere(words);
        System.out.println(run.exitCode());
        System.out.print(run.err());
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : all) {
                // That of the folder itself is gone before it can be asked.
                if (Files.isSymbolicLink(descriptor)) {
                    print(Files.readSymbolicLink(descriptor).toString(), words);
                }
            }
        }
        for (String mapping : Files.readAllLines(Path.of("/proc/self/maps"))) {
            print(mapping, words);
        }
    }

    private static void print(String what, String[] words) {
        if (what.contains("bpf") && what.contains("anon_inode")
                || what.contains(words[words.length - 1])) {
            System.out.println("left: " + what);
        }
    }
}
