package dev.purebpf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The objects that clang has made of {@code bpf/fixtures}. */
public final class Fixtures {
    /** All of them, without the path and the ending. */
    public static final List<String> NAMES =
            List.of(
                    "core",
                    "events_perf",
                    "events_ring",
                    "globals",
                    "layout",
                    "maps",
                    "minimal",
                    "rejected",
                    "sections",
                    "subprograms",
                    "version",
                    "weak",
                    "zero_bits");

    private Fixtures() {}

    /**
     * {@return the bytes of an object for little-endian machines}
     *
     * @param name its name, such as {@code maps}
     */
    public static byte[] little(String name) {
        return read("/fixtures/" + name + ".bpf.o");
    }

    /**
     * {@return the bytes of the same object for big-endian machines}
     *
     * @param name its name, such as {@code maps}
     */
    public static byte[] big(String name) {
        return read("/fixtures/big-endian/" + name + ".bpf.o");
    }

    /**
     * Writes an object into a folder, for tools that want a file.
     *
     * @param name its name
     * @param folder the folder
     * @return the file
     */
    public static Path write(String name, Path folder) {
        try {
            return Files.write(folder.resolve(name + ".bpf.o"), little(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(String resource) {
        try (InputStream stream = Fixtures.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException(resource + " is not on the class path");
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
