package dev.purebpf.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * Test programs that vm-tests/initramfs compiled, where there are no compilers: each is called by
 * the sum of its source, and how it was compiled.
 */
public final class MadePrograms {
    private static final Path FOLDER = Path.of("/purebpf/programs");

    private MadePrograms() {}

    /** {@return whether this is such a machine} */
    public static boolean areHere() {
        return Files.isDirectory(FOLDER);
    }

    /**
     * {@return the programs of a source in the order of their names}
     *
     * @param source its text
     * @param how how the part of their names begins that is not the sum
     */
    public static List<Path> of(String source, String how) throws IOException {
        if (!areHere()) {
            return List.of();
        }
        String name = sum(source) + how;
        try (var files = Files.list(FOLDER)) {
            return files.filter(file -> file.getFileName().toString().startsWith(name))
                    .sorted()
                    .toList();
        }
    }

    private static String sum(String source) {
        try {
            byte[] bytes = source.getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
