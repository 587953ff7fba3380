package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.fixtures.GoToolchain;
import dev.purebpf.kernel.Architecture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program {@code calls.go}, built with gRPC-Go of Debian's releases. */
final class GrpcPrograms {
    private static final String HINT = "needs the sources of gRPC-Go that build/go-grpc fetches";

    private GrpcPrograms() {}

    /** {@return a release, built with the Go that it came with, or with the newest} */
    static Path build(Path folder, String release, String... options) throws Exception {
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
        try (InputStream source = GrpcPrograms.class.getResourceAsStream("calls.go")) {
            assertNotNull(source);
            Files.copy(source, module.resolve("main.go"));
        }
        String architecture = Architecture.host() == Architecture.X86_64 ? "amd64" : "arm64";
        List<String> all = new ArrayList<>(List.of(options));
        // What was compiled for another test is then found again, though in another folder.
        all.add("-trimpath");
        return go.buildModule(module, architecture, "vendor", all.toArray(String[]::new));
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
