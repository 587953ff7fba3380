package dev.purebpf;

import dev.purebpf.elf.ElfFile;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** The objects that clang has made of {@code bpf/fixtures}. */
public final class Fixtures {
    /** All of them, without the path and the ending. */
    public static final List<String> NAMES =
            List.of(
                    "arena",
                    "core",
                    "events_perf",
                    "events_ring",
                    "exceptions",
                    "globals",
                    "jumps",
                    "kconfig",
                    "kfuncs",
                    "ksyms",
                    "layout",
                    "linking",
                    "maps",
                    "minimal",
                    "norecord",
                    "rejected",
                    "sections",
                    "structops",
                    "subprograms",
                    "version",
                    "weak",
                    "zero_bits");

    private Fixtures() {}

    /** {@return the bytes of an object for little-endian machines} */
    public static byte[] little(String name) {
        return read("/fixtures/" + name + ".bpf.o");
    }

    /** {@return an object for little-endian machines} */
    public static ElfFile elf(String name) {
        return ElfFile.of(name + ".bpf.o", little(name));
    }

    /** {@return the same object for big-endian machines} */
    public static ElfFile bigEndianElf(String name) {
        return ElfFile.of(name + ".bpf.o", read("/fixtures/big-endian/" + name + ".bpf.o"));
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
