package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.fixtures.GoToolchain;
import dev.purebpf.fixtures.MadePrograms;
import dev.purebpf.kernel.Architecture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program {@code calls.go}, built with gRPC-Go of Debian's releases. */
final class GrpcPrograms {
    private static final String HINT = "needs the sources of gRPC-Go that build/go-grpc fetches";

    /** The option that leaves out debugging information. */
    static final String STRIP = "-ldflags=-s -w";

    private GrpcPrograms() {}

    /**
     * {@return a release, built with the Go that it came with, or with the newest}
     *
     * <p>A machine without compilers has the programs that the source asks for.
     */
    static Path build(Path folder, String release, String... options) throws Exception {
        String source = source("calls.go");
        if (MadePrograms.areHere()) {
            List<String> how = List.of(options);
            String kind = how.isEmpty() ? "whole-" : how.equals(List.of(STRIP)) ? "stripped-" : "?";
            List<Path> made = MadePrograms.of(source, "-grpc-" + kind + release);
            assumeTrue(
                    made.size() == 1,
                    "needs a compiler: vm-tests/initramfs compiles no " + release + " like this");
            return made.getFirst();
        }
        return buildSource(folder, release, source, options);
    }

    /** {@return any program in Go, built like that} */
    static Path buildSource(Path folder, String release, String source, String... options)
            throws Exception {
        GoToolchain go =
                switch (release) {
                    case "bullseye" -> GoToolchain.of("1.15");
                    case "bookworm" -> GoToolchain.of("1.19");
                    default -> GoToolchain.all().getLast();
                };
        Path sources = sources(release);
        Path module = Files.createTempDirectory(folder, release + "-");
        Files.copy(sources.resolve("go.mod"), module.resolve("go.mod"));
        Files.createSymbolicLink(module.resolve("vendor"), sources.resolve("vendor"));
        Files.writeString(module.resolve("main.go"), source);
        String architecture = Architecture.host() == Architecture.X86_64 ? "amd64" : "arm64";
        List<String> all = new ArrayList<>(List.of(options));
        // What was compiled for another test is then found again, though in another folder.
        all.add("-trimpath");
        return go.buildModule(module, architecture, "vendor", all.toArray(String[]::new));
    }

    /** {@return the text of a program} */
    static String source(String name) throws IOException {
        try (InputStream source = GrpcPrograms.class.getResourceAsStream(name)) {
            assertNotNull(source);
            return new String(source.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /**
     * {@return a copy of a program whose debugging information nobody finds, since its sections are
     * called something else: like a stripped one, but made without a compiler}
     */
    static Path hideDebug(Path program, Path folder) throws IOException {
        byte[] bytes = Files.readAllBytes(program);
        try (ElfFile file = ElfFile.open(program)) {
            Section names = file.section(".shstrtab").orElseThrow();
            int from = Math.toIntExact(names.offset());
            int to = from + Math.toIntExact(names.size());
            String all = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
            for (int at = all.indexOf("debug_"); at >= 0; at = all.indexOf("debug_", at + 1)) {
                bytes[from + at] = 'D';
            }
        }
        Path copy = Files.createTempDirectory(folder, "hidden").resolve("traced");
        Files.write(copy, bytes);
        assertTrue(copy.toFile().setExecutable(true));
        return copy;
    }

    private static Path sources(String release) {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path folder =
                cache == null ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        Path sources = folder.resolve("purebpf/go/grpc").resolve(release);
        assumeTrue(Files.isDirectory(sources.resolve("vendor")), HINT);
        return sources;
    }

    /** {@return the version of gRPC-Go of a release, such as {@code v1.33.3}} */
    static String version(String release) throws IOException {
        List<String> modules = Files.readAllLines(sources(release).resolve("modules"));
        return modules.stream()
                .filter(line -> line.startsWith("google.golang.org/grpc "))
                .map(line -> line.substring(line.indexOf(' ') + 1))
                .findFirst()
                .orElseThrow();
    }

    /** {@return the machine that programs are built for} */
    static int machine() {
        return Architecture.host() == Architecture.X86_64
                ? ElfFile.MACHINE_X86_64
                : ElfFile.MACHINE_AARCH64;
    }
}
