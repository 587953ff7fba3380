package dev.purebpf.cli.input;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.link.ObjectFile;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Opens the objects that a command line names. */
public final class ObjectInput {
    private ObjectInput() {}

    /**
     * {@return the object in a file}
     *
     * @param path the file's name
     * @throws IOException if the file cannot be read
     * @throws MalformedObjectException if it is not a BPF object, or damaged
     */
    public static ObjectFile open(String path) throws IOException {
        Path file;
        try {
            file = Path.of(path);
        } catch (InvalidPathException e) {
            throw new IOException("cannot be the name of a file", e);
        }
        FileProblem.requireFile(file);
        try (ElfFile elf = ElfFile.open(file)) {
            return ObjectFile.parse(elf);
        }
    }
}
