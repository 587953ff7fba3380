package dev.purebpf.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A Go compiler that {@code build/go-toolchains} has unpacked.
 *
 * @param version its version, such as {@code 1.19}
 * @param root its folder ({@code GOROOT})
 */
public record GoToolchain(String version, Path root) {
    private static final String HINT = "needs the Go toolchains that build/go-toolchains fetches";

    /** {@return all toolchains, the oldest first; skips the test where there are none} */
    public static List<GoToolchain> all() throws IOException {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path folder =
                (cache == null
                                ? Path.of(System.getProperty("user.home"), ".cache")
                                : Path.of(cache))
                        .resolve("purebpf/go");
        assumeTrue(Files.isDirectory(folder), HINT);
        List<GoToolchain> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.toList()) {
                if (Files.isExecutable(entry.resolve("bin/go"))) {
                    found.add(new GoToolchain(entry.getFileName().toString(), entry.toRealPath()));
                }
            }
        }
        assumeTrue(!found.isEmpty(), HINT);
        found.sort(Comparator.comparingInt(GoToolchain::minor));
        return found;
    }

    /** {@return the second number of its version} */
    public int minor() {
        return Integer.parseInt(version.substring(version.indexOf('.') + 1));
    }

    /**
     * {@return a program, compiled without any network}
     *
     * @param folder where to; a new folder is made in it
     * @param architecture what for: {@code amd64} or {@code arm64}
     * @param source the text of its one file
     * @param options what else to say to {@code go build}
     */
    public Path build(Path folder, String architecture, String source, String... options)
            throws IOException, InterruptedException {
        Path module = Files.createTempDirectory(folder, "go" + version + "-");
        Files.writeString(module.resolve("main.go"), source);
        Files.writeString(module.resolve("go.mod"), "module example.org/traced\n\ngo 1.15\n");
        Path program = module.resolve("traced");
        List<String> command =
                new ArrayList<>(
                        List.of(root.resolve("bin/go").toString(), "build", "-o", "traced"));
        command.addAll(Arrays.asList(options));
        command.add(".");
        Path log = module.resolve("log");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(module.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("GO"));
        builder.environment().put("GOROOT", root.toString());
        builder.environment().put("GOFLAGS", "-mod=mod");
        builder.environment().put("GOTOOLCHAIN", "local");
        builder.environment().put("GOPROXY", "off");
        builder.environment().put("GOARCH", architecture);
        builder.environment().put("CGO_ENABLED", "0");
        int code = builder.start().waitFor();
        String said = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        assertEquals(0, code, () -> command + ": " + said);
        return program;
    }
}
